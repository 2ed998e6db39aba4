"""Clients in the admin: listed, looked at, let in, blocked, added, deleted."""

import pytest
from django.contrib.auth.hashers import check_password
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts import services
from accounts.errors import ClientRefused
from accounts.models import Consent, IssuedToken, OAuthClient, TokenFamily, User
from servers.models import Server
from tests import make
from tests.admin_pages import changes, errors, text, url

State = OAuthClient.State
URI = "http://127.0.0.1:3000/callback"


@pytest.fixture
def row(db: None) -> OAuthClient:
    return make.client("Inspector", registered_from="192.0.2.7", software_id="inspector")


@pytest.fixture
def staff(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


def test_a_client_is_blocked_and_let_in_again(row: OAuthClient, staff: Client) -> None:
    for decision in (State.BLOCKED, State.LET_IN):
        staff.post(url(OAuthClient, "change", row.pk), {"decision": decision})
    assert [
        (change["action"], change["before"]["blocked"], change["after"]["blocked"])
        for change in changes()
    ] == [("client.block", False, True), ("client.unblock", True, False)]


def test_a_client_that_waits_is_let_in(staff: Client) -> None:
    row = make.client(approved=False)
    page = staff.get(url(OAuthClient, "change", row.pk))
    assert "Waits: nobody can allow it yet" in text(page)
    staff.post(url(OAuthClient, "change", row.pk), {"decision": State.LET_IN})
    row.refresh_from_db()
    assert row.state == State.LET_IN and [one["action"] for one in changes()] == ["client.approve"]


def test_waiting_is_nothing_to_send_a_client_back_to(row: OAuthClient, staff: Client) -> None:
    page = staff.post(url(OAuthClient, "change", row.pk), {"decision": State.WAITS})
    assert "not one of the available choices" in errors(page)[0]


def test_several_are_approved_blocked_and_let_in_at_once(staff: Client) -> None:
    row = make.client(approved=False)
    expected = {"approve": State.LET_IN, "block": State.BLOCKED, "unblock": State.LET_IN}
    for action, state in expected.items():
        order = {"action": action, "_selected_action": [row.pk]}
        staff.post(url(OAuthClient, "changelist"), order)
        row.refresh_from_db()
        assert row.state == state
    assert len(changes()) == 3


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", {"let", "waiting", "blocked"}),
        ("?state=in", {"let"}),
        ("?state=waits", {"waiting"}),
        ("?state=blocked", {"blocked"}),
        ("?known=cimd", {"let"}),
        ("?known=manual", {"blocked"}),
        ("?known=dcr", {"waiting"}),
        ("?q=claude.ai", {"let"}),
        ("?q=waiting", {"waiting"}),
    ],
)
def test_clients_are_found_by_state_origin_and_words(
    staff: Client, query: str, names: set[str]
) -> None:
    source = OAuthClient.RegistrationSource
    document = "https://claude.ai/oauth/client.json"
    make.client("let", registration_source=source.CIMD, client_id=document)
    make.client("waiting", approved=False)
    make.client("blocked", approved=False, blocked=True, registration_source=source.MANUAL)
    page = staff.get(url(OAuthClient, "changelist") + query)
    assert {one.name for one in page.context["cl"].result_list} == names


def test_list_says_how_each_is_known_and_where_it_returns(staff: Client) -> None:
    source = OAuthClient.RegistrationSource
    document = "https://claude.ai/oauth/client.json"
    make.client(registration_source=source.CIMD, client_id=document)
    make.client(redirect_uris=" ".join(f"https://h{number}.example/" for number in range(5)))
    make.client(registration_source=source.MANUAL)
    html = text(staff.get(url(OAuthClient, "changelist")))
    for words in ("Verified domain claude.ai", "Self-registered", "Added by an admin"):
        assert words in html
    assert ">h2.example</span> and 2 more" in html and "h3.example" not in html


def test_page_of_a_client_shows_who_allowed_it(
    row: OAuthClient, staff: Client, bob: User, charlie: User
) -> None:
    server = make.server("weather")
    for person in (bob, charlie):
        make.consent(person, row, server)
    gone = make.server("gone")
    make.consent(bob, row, gone)
    Server.objects.filter(pk=gone.pk).delete()
    page = staff.get(url(OAuthClient, "change", row.pk))
    html = text(page)
    for words in ("bob", "charlie", "weather", "Read, Write, Prompts", "a server that is gone"):
        assert words in html
    assert "from 192.0.2.7" in html and "inspector" in html
    assert page.context["adminform"].model_admin.people(page.context["original"]) == 2


def test_list_counts_people_tokens_and_last_use(row: OAuthClient, staff: Client, bob: User) -> None:
    consent = make.consent(bob, row, make.server())
    family = make.family(consent)
    issued = IssuedToken.objects.get(family=family)
    issued.last_used_at = issued.created_at.replace(year=2031)
    issued.save()
    (shown,) = staff.get(url(OAuthClient, "changelist")).context["cl"].result_list
    assert (shown.people, shown.held, shown.called_at.year) == (1, 2, 2031)
    assert "2031-" in text(staff.get(url(OAuthClient, "changelist")))


def test_client_that_nobody_allowed_says_so(row: OAuthClient, staff: Client) -> None:
    html = text(staff.get(url(OAuthClient, "change", row.pk)))
    assert "Nobody has allowed it yet" in html and "never" in html


def test_more_connections_ask_the_database_no_more(
    row: OAuthClient, staff: Client, bob: User
) -> None:
    def look() -> int:
        with CaptureQueriesContext(connection) as seen:
            staff.get(url(OAuthClient, "change", row.pk))
        return len(seen)

    make.family(make.consent(bob, row, make.server()))
    look()
    few = look()
    for _ in range(10):
        make.family(make.consent(make.user(), row, make.server()))
    assert look() <= few
    assert TokenFamily.objects.count() == 11


def test_what_a_client_says_of_itself_is_not_an_admins_to_change(
    row: OAuthClient, staff: Client
) -> None:
    order = {"decision": State.LET_IN, "name": "Claude", "redirect_uris": "https://evil.example/"}
    staff.post(url(OAuthClient, "change", row.pk), order)
    row.refresh_from_db()
    assert row.name == "Inspector" and changes() == []


def test_client_added_by_hand_is_described_by_admins(staff: Client) -> None:
    row = make.client("Old", registration_source="manual")
    order = {
        "decision": State.LET_IN,
        "name": "New\u202e",
        "redirect_uris": f"{URI}\r\nhttps://a.example/",
    }
    staff.post(url(OAuthClient, "change", row.pk), order)
    row.refresh_from_db()
    assert (row.name, row.redirect_uris) == ("New", f"{URI} https://a.example/")
    assert [change["action"] for change in changes()] == ["client.update"]
    wrong = {**order, "redirect_uris": "http://evil.example/"}
    assert "http is for" in errors(staff.post(url(OAuthClient, "change", row.pk), wrong))[0]


def test_public_client_is_added_without_a_secret(staff: Client) -> None:
    order = {"name": "Conformance", "redirect_uris": URI, "auth_method": "none"}
    page = staff.post(url(OAuthClient, "add"), order)
    row = OAuthClient.objects.get()
    assert page.status_code == 200 and row.client_id in text(page)
    assert "Client secret" not in text(page) and "no-store" in page["Cache-Control"]
    assert (row.registration_source, row.client_type, row.state) == (
        "manual",
        "public",
        State.LET_IN,
    )
    (change,) = changes()
    assert (change["action"], change["after"]["redirect_uris"]) == ("client.add", [URI])


def test_secret_is_shown_once_and_kept_nowhere(staff: Client) -> None:
    order = {"name": "Web", "redirect_uris": URI, "auth_method": "client_secret_post"}
    html = text(staff.post(url(OAuthClient, "add"), order))
    secret = html.partition("mcphub_secret_")[2].partition("<")[0]
    row = OAuthClient.objects.get()
    assert len(secret) == 43 and row.auth_method == "client_secret_post"
    assert secret not in row.client_secret and secret not in str(changes())
    assert secret not in text(staff.get(url(OAuthClient, "change", row.pk)))
    assert row.client_secret not in text(staff.get(url(OAuthClient, "change", row.pk)))


def test_secret_that_was_lost_is_renewed(staff: Client) -> None:
    order = {"name": "Web", "redirect_uris": URI, "auth_method": "client_secret_basic"}
    staff.post(url(OAuthClient, "add"), order)
    before = OAuthClient.objects.get()
    where = reverse("admin:accounts_oauthclient_secret", args=[before.pk])
    assert where in text(staff.get(url(OAuthClient, "change", before.pk)))
    assert "Make a new secret" in text(staff.get(where))
    assert OAuthClient.objects.get().client_secret == before.client_secret
    page = staff.post(where)
    secret = "mcphub_secret_" + text(page).partition("mcphub_secret_")[2].partition("<")[0]
    assert check_password(secret, OAuthClient.objects.get().client_secret)
    assert "no-store" in page["Cache-Control"] and secret not in str(changes())
    assert changes()[-1]["action"] == "client.secret"


@pytest.mark.parametrize(
    "fields",
    [
        {"client_type": "confidential"},
        {"registration_source": "manual"},
        {"registration_source": "cimd"},
    ],
    ids=str,
)
def test_only_a_secret_that_an_admin_gave_is_renewed(staff: Client, fields) -> None:
    row = make.client(**fields)
    where = reverse("admin:accounts_oauthclient_secret", args=[row.pk])
    assert where not in text(staff.get(url(OAuthClient, "change", row.pk)))
    kept = row.client_secret
    assert staff.post(where).status_code == 403
    row.refresh_from_db()
    assert row.client_secret == kept
    with pytest.raises(ClientRefused):
        services.renew_secret(actor=None, client=row)


@pytest.mark.parametrize(
    ("order", "told"),
    [
        ({"redirect_uris": "http://evil.example/"}, "http is for"),
        ({"redirect_uris": " "}, "required"),
        ({"redirect_uris": "\n".join(f"https://a.example/{n}" for n in range(11))}, "at most 10"),
        ({"name": "\u200b"}, "can be read"),
        ({"name": ""}, "required"),
        ({"auth_method": "private_key_jwt"}, "valid choice"),
    ],
)
def test_order_that_is_wrong_is_told_in_the_form(staff: Client, order, told) -> None:
    right = {"name": "One", "redirect_uris": URI, "auth_method": "none"}
    page = staff.post(url(OAuthClient, "add"), {**right, **order})
    assert page.status_code == 422 and told in text(page)
    assert not OAuthClient.objects.exists()


def test_who_may_not_add_adds_nothing(client: Client, db: None) -> None:
    person = make.user("staff", is_staff=True)
    person.user_permissions.add(Permission.objects.get(codename="view_oauthclient"))
    client.force_login(person)
    order = {"name": "One", "redirect_uris": URI, "auth_method": "none"}
    assert client.post(url(OAuthClient, "add"), order).status_code == 403


def test_client_is_deleted_once_its_name_is_typed(
    row: OAuthClient, staff: Client, bob: User
) -> None:
    make.family(make.consent(bob, row, make.server()))
    page = staff.get(url(OAuthClient, "delete", row.pk))
    assert "1 connection, with every token" in text(page) and "may register again" in text(page)
    assert staff.post(url(OAuthClient, "delete", row.pk), {"name": "x"}).status_code == 422
    staff.post(url(OAuthClient, "delete", row.pk), {"name": "Inspector"})
    assert not OAuthClient.objects.exists() and not Consent.objects.exists()
    assert not IssuedToken.objects.exists()
    assert [change["action"] for change in changes()] == ["client.delete"]


def test_client_that_was_just_deleted_is_told_as_gone(row, staff: Client, monkeypatch) -> None:
    """Somebody deletes it between the list that is looked at and the button that is pressed."""
    block = services.block_client

    def too_late(**order: object) -> None:
        OAuthClient.objects.all().delete()
        block(**order)

    monkeypatch.setattr(services, "block_client", too_late)
    order = {"action": "block", "_selected_action": [row.pk]}
    page = staff.post(url(OAuthClient, "changelist"), order, follow=True)
    assert "“Inspector” is not there any more: it was deleted meanwhile." in text(page)


def test_secret_of_a_client_that_was_just_deleted_is_not_made(staff: Client, monkeypatch) -> None:
    row = make.client("Web", registration_source="manual", client_type="confidential")
    renew = services.renew_secret

    def too_late(**order: object) -> object:
        OAuthClient.objects.all().delete()
        return renew(**order)

    monkeypatch.setattr(services, "renew_secret", too_late)
    where = reverse("admin:accounts_oauthclient_secret", args=[row.pk])
    page = staff.post(where, {"sure": "yes"}, follow=True)
    assert "“Web” is not there any more" in text(page) and "mcphub_secret_" not in text(page)
