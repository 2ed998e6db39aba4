"""Connections in the admin: seen, taken back one by one, or all of somebody's at once."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Consent, IssuedToken, OAuthClient, User
from servers.models import Server
from tests import make
from tests.admin_pages import changes, many, text, url

EVERYTHING = "/admin/accounts/consent/end-everything/"


@pytest.fixture
def page(alice: User, client: Client) -> Client:
    client.force_login(alice)
    return client


@pytest.fixture
def server(db: None) -> Server:
    return make.server("notes")


@pytest.fixture
def consent(bob: User, server: Server) -> Consent:
    row = make.consent(bob, make.client("Editor"), server)
    make.connected(row)
    make.token(bob, server)
    return row


def end(what: str, row: Any) -> str:
    return f"/admin/accounts/consent/end/{what}/{row.public_id}/"


def staff(*codenames: str) -> User:
    user = make.user("staff", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    return user


def test_list_says_who_allowed_whom_where(page: Client, consent: Consent) -> None:
    html = text(page.get(url(Consent, "changelist")))
    for said in ("Editor", "Self-registered", "bob", "notes", "Read, Write", "never", "Connected"):
        assert said in html


def test_list_costs_the_same_however_long_it_is(page: Client, bob: User, server: Server) -> None:
    page.get(url(Consent, "changelist"))  # what each process remembers is read once
    costs = []
    page.get(url(Consent, "changelist"))  # what pages remember is read once
    for _ in range(2):
        for _ in range(5):
            make.connected(make.consent(bob, make.client(), server))
        with CaptureQueriesContext(connection) as queries:
            page.get(url(Consent, "changelist"))
        costs.append(len(queries))
    assert costs[0] == costs[1]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "bob"}, 1),
        ({"q": "Editor"}, 1),
        ({"q": "charlie"}, 0),
        ({"known": "dcr"}, 1),
        ({"known": "manual"}, 0),
        ({"server": "notes"}, 1),
        ({"used": "never"}, 1),
        ({"used": "lately"}, 0),
        ({"used": "before"}, 0),
    ],
)
def test_list_is_searched_and_filtered(
    page: Client, consent: Consent, query: dict[str, str], found: int
) -> None:
    answer = page.get(url(Consent, "changelist"), query)
    assert len(answer.context["cl"].result_list) == found


def test_one_is_revoked_once_the_clients_name_is_typed(page: Client, consent: Consent) -> None:
    address = url(Consent, "delete", consent.pk)
    assert page.post(address, {"name": "wrong"}).status_code == 422
    assert Consent.objects.exists()
    page.post(address, {"name": "Editor"})
    assert not Consent.objects.exists()
    assert changes("connection.revoke")[0]["before"]["client"] == "Editor"


def test_several_are_revoked_at_once(page: Client, bob: User, server: Server) -> None:
    rows = [make.consent(bob, make.client(), server) for _ in range(3)]
    keys = [row.pk for row in rows[:2]]
    answer = many(page, Consent, "revoke", keys, "2 connections")
    assert "2 connections revoked." in text(answer)
    assert Consent.objects.count() == 1


@pytest.mark.parametrize(("what", "typed"), [("client", "Editor"), ("person", "bob")])
def test_all_of_a_client_or_person_end_once_the_name_is_typed(
    page: Client, bob: User, consent: Consent, what: str, typed: str
) -> None:
    address = end(what, consent.client if what == "client" else bob)
    assert "1 connection ends." in text(page.get(address))
    assert page.post(address, {"name": typed[:-1]}).status_code == 422
    assert Consent.objects.exists()
    told = text(page.post(address, {"name": typed}, follow=True))
    assert "1 connection." in told
    assert not Consent.objects.exists() and IssuedToken.objects.count() == 1
    assert changes(f"connection.revoke_{what}")


@pytest.mark.parametrize("tick", [{}, {"tokens_too": "on"}])
def test_all_to_a_server_end_and_tokens_for_it_if_ticked(
    page: Client, consent: Consent, server: Server, tick: dict[str, str]
) -> None:
    page.post(end("server", server), {"name": "notes", **tick})
    assert not Consent.objects.exists()
    assert IssuedToken.objects.exists() is not bool(tick)


@pytest.mark.parametrize("tick", [{}, {"tokens_too": "on"}])
def test_everything_ends_once_the_word_is_typed(
    page: Client, consent: Consent, tick: dict[str, str]
) -> None:
    assert page.post(EVERYTHING, {"name": "all"}).status_code == 422
    assert Consent.objects.exists()
    page.post(EVERYTHING, {"name": "everything", **tick})
    assert not Consent.objects.exists()
    assert IssuedToken.objects.exists() is not bool(tick)


def test_pages_of_people_and_servers_lead_there(
    page: Client, bob: User, server: Server, consent: Consent
) -> None:
    for model, row, what in ((User, bob, "person"), (Server, server, "server")):
        address = url(model, "change", row.pk)
        assert "End connections" in text(page.get(address))
        answer = page.get(f"{address.removesuffix('change/')}end/")
        assert answer.headers["Location"] == end(what, row)


@pytest.mark.parametrize("what", ["client", "person", "server", "team"])
def test_what_is_not_there_leads_to_the_list(page: Client, consent: Consent, what: str) -> None:
    answer = page.get(end(what, OAuthClient()), follow=True)
    assert "is not there" in text(answer)


def test_who_may_only_look_ends_nothing(
    client: Client, bob: User, server: Server, consent: Consent
) -> None:
    client.force_login(staff("view_consent", "view_user", "view_server"))
    assert client.get(url(Consent, "changelist")).status_code == 200
    assert "End connections" not in text(client.get(url(User, "change", bob.pk)))
    addresses = [end("person", bob), end("server", server), end("client", consent.client)]
    for address in (*addresses, EVERYTHING, url(Consent, "delete", consent.pk)):
        for act in (client.get, client.post):
            assert act(address).status_code == 403
    assert Consent.objects.exists()


def test_who_may_end_no_tokens_is_not_offered_to(
    client: Client, bob: User, consent: Consent
) -> None:
    client.force_login(staff("delete_consent", "view_consent"))
    assert "Also end tokens" not in text(client.get(end("person", bob)))
    client.post(end("person", bob), {"name": "bob", "tokens_too": "on"})
    assert not Consent.objects.exists() and IssuedToken.objects.exists()


def test_superusers_connections_are_a_superusers_to_end(
    client: Client, alice: User, server: Server
) -> None:
    make.consent(alice, make.client(), server)
    client.force_login(staff("delete_consent", "view_consent"))
    answer = client.post(end("person", alice), {"name": "alice"}, follow=True)
    assert "Only a superuser may change a superuser." in text(answer)
    assert Consent.objects.exists()


def test_person_is_signed_out_everywhere_once_the_name_is_typed(page: Client, bob: User) -> None:
    browser = Client()
    browser.force_login(bob)
    address = f"{url(User, 'change', bob.pk).removesuffix('change/')}sign-out/"
    assert page.post(address, {"name": "bo"}).status_code == 422
    assert browser.get("/me/password/").status_code == 200
    page.post(address, {"name": "bob"})
    assert browser.get("/me/password/").status_code == 302
    assert changes("user.signout_everywhere")[0]["before"]["user"] == "bob"
