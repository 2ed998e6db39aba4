"""Tokens in the admin: minted for somebody, shown once, revoked; their values nowhere else."""

import uuid
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from oauth2_provider.models import get_access_token_model

from accounts import services
from accounts.models import IssuedToken, Team, User
from servers.models import Server
from tests import make
from tests.admin_pages import changes, many, text, url


@pytest.fixture
def page(alice: User, client: Client) -> Client:
    client.force_login(alice)
    return client


@pytest.fixture
def server(bob: User) -> Server:
    """A server that bob may use."""
    return make.server("reports", team=Team.objects.get(name="data"))


def mint(client: Client, user: User, **said: Any) -> Any:
    order = {"name": "laptop", "server": "reports", "scopes": ["mcp:read"], "days": 7, **said}
    return client.post(f"{url(IssuedToken, 'add')}?user={user.pk}", order)


def test_first_it_is_asked_for_whom(page: Client) -> None:
    assert "Person" in text(page.get(url(IssuedToken, "add")))
    assert page.get(url(IssuedToken, "add"), {"user": "999"}).status_code == 200


def test_a_token_is_shown_once_and_its_value_is_nowhere_else(
    page: Client, bob: User, server: Server
) -> None:
    answer = mint(page, bob)
    token = answer.context["minted"].token
    assert token in text(answer)
    assert "no-store" in answer["Cache-Control"]
    issued = IssuedToken.objects.get(user=bob)
    assert issued.origin == IssuedToken.Origin.ADMIN
    access = get_access_token_model().objects.get()
    for address in (url(IssuedToken, "changelist"), url(IssuedToken, "change", issued.pk)):
        html = text(page.get(address))
        assert "laptop" in html
        assert "reports" in html
        assert token not in html
        assert access.token_checksum not in html
    (change,) = changes("token.mint")
    assert change["before"] is None
    assert change["after"]["user"] == "bob"
    assert token not in str(changes())


def test_a_form_sent_twice_mints_once(page: Client, bob: User, server: Server) -> None:
    once = str(uuid.uuid4())
    assert mint(page, bob, once=once).status_code == 200
    again = mint(page, bob, once=once)
    assert again.status_code == 302
    assert "was made already" in text(page.get(again["Location"]))
    assert IssuedToken.objects.count() == 1


def test_only_servers_the_person_may_use_are_offered(
    page: Client, charlie: User, server: Server
) -> None:
    html = text(page.get(f"{url(IssuedToken, 'add')}?user={charlie.pk}"))
    assert "charlie may use no server yet" in html
    assert mint(page, charlie).status_code == 422
    assert changes() == []


def test_an_order_that_is_wrong_is_told_in_the_form(
    page: Client, bob: User, server: Server
) -> None:
    assert mint(page, bob, scopes=[]).status_code == 422
    assert mint(page, bob, days=4000).status_code == 422
    assert mint(page, bob, name="\0").status_code == 422
    assert not IssuedToken.objects.exists()


def test_a_smaller_admin_mints_none_for_a_superuser(
    alice: User, server: Server, client: Client
) -> None:
    staff = make.user("staff", is_staff=True)
    staff.user_permissions.add(Permission.objects.get(codename="add_issuedtoken"))
    make.member(Team.objects.get(name="data"), alice)
    client.force_login(staff)
    answer = mint(client, alice)
    assert answer.status_code == 422
    assert "Only a superuser may change a superuser." in text(answer)


def test_a_token_is_revoked_once_its_name_is_typed(page: Client, bob: User, server: Server) -> None:
    make.token(bob, server)
    issued = IssuedToken.objects.get()
    page.post(url(IssuedToken, "delete", issued.pk), {"name": "made for a test"})
    assert not get_access_token_model().objects.exists()
    (change,) = changes("token.revoke")
    assert change["before"]["user"] == "bob"
    assert change["after"] is None


def test_several_are_revoked_at_once(page: Client, bob: User, server: Server) -> None:
    make.token(bob, server)
    make.token(bob, server)
    chosen = list(IssuedToken.objects.values_list("pk", flat=True))
    many(page, IssuedToken, "revoke", chosen, "2 tokens")
    assert not IssuedToken.objects.exists()
    assert len(changes("token.revoke")) == 2


def test_a_token_whose_server_is_gone_is_listed(page: Client, bob: User, server: Server) -> None:
    make.token(bob, server)
    server.delete()
    assert "a server that is gone" in text(page.get(url(IssuedToken, "changelist")))


def test_person_who_was_just_deleted_gets_no_token(
    page: Client, bob: User, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = services.mint_token

    def too_late(**order: Any) -> object:
        User.objects.filter(pk=bob.pk).delete()
        return real(**order)

    monkeypatch.setattr(services, "mint_token", too_late)
    assert "bob is not there any more" in text(mint(page, bob))
