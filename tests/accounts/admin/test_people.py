"""People in the admin: every write is a service's, and leaves its trace."""

from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.test import Client

from accounts import services
from accounts.admin import grants
from accounts.models import User
from tests import make
from tests.admin_pages import changes, errors, filled, many, text, url

NEW = {"username": "dora", "password": "correct horse battery", "email": "dora@example.com"}


@pytest.fixture
def page(alice: User, client: Client) -> Client:
    client.force_login(alice)
    return client


def edit(client: Client, user: User, **said: Any) -> Any:
    """Submit a person's page with this changed; None takes a field out."""
    address = url(User, "change", user.pk)
    data = {**filled(client.get(address)), **said}
    return client.post(address, {name: value for name, value in data.items() if value is not None})


def test_a_person_is_added_by_the_service(page: Client, alice: User) -> None:
    page.post(url(User, "add"), NEW)
    dora = User.objects.get(username="dora")
    assert dora.check_password("correct horse battery")
    (change,) = changes("user.create")
    assert change["user"] == alice.public_id
    assert change["before"] is None
    assert change["after"]["username"] == "dora"
    assert "password" not in change["after"]


def test_a_weak_password_is_told_in_the_form(page: Client) -> None:
    answer = page.post(url(User, "add"), {**NEW, "password": "12345"})
    assert answer.status_code == 200
    assert any("too short" in error for error in errors(answer))
    assert not User.objects.filter(username="dora").exists()


def test_a_taken_name_is_told_in_the_form(page: Client, bob: User) -> None:
    answer = page.post(url(User, "add"), {**NEW, "username": "bob"})
    assert answer.status_code == 200
    assert errors(answer)


def test_a_person_is_changed_with_before_and_after(page: Client, bob: User) -> None:
    edit(page, bob, email="bob@example.com")
    bob.refresh_from_db()
    assert bob.email == "bob@example.com"
    (change,) = changes("user.update")
    assert (change["before"]["email"], change["after"]["email"]) == ("", "bob@example.com")


def test_saving_without_a_change_leaves_no_trace(page: Client, bob: User) -> None:
    assert edit(page, bob).status_code == 302
    assert changes() == []


def shut_out(client: Client, user: User, typed: str, **said: Any) -> Any:
    """Take "Active" away, see that this asks first, and type a name."""
    asked = edit(client, user, is_active=None, **said)
    assert "end all they have" in text(asked) and f"{user.username}</code>" in text(asked)
    carried: dict[str, list[str]] = {}
    for name, value in asked.context["act"].carried:
        carried.setdefault(name, []).append(value)
    return client.post(url(User, "change", user.pk), {**carried, "name": typed})


def test_taking_active_away_says_what_ends_and_asks(page: Client, bob: User) -> None:
    server = make.server()
    make.token(bob, server)
    make.consent(bob, make.client(), server)
    asked = edit(page, bob, is_active=None, email="bob@example.com")
    assert "Now that is 1 token and 1 connection." in text(asked)
    wrong = shut_out(page, bob, "bobby", email="bob@example.com")
    assert wrong.status_code == 422 and changes() == []
    assert shut_out(page, bob, "bob", email="bob@example.com").status_code == 302
    bob.refresh_from_db()
    assert (bob.is_active, bob.email) == (False, "bob@example.com")
    assert not bob.issued_tokens.exists() and not bob.consents.exists()


def test_what_is_wrong_with_the_form_is_told_before_it_asks(page: Client, bob: User) -> None:
    answer = edit(page, bob, is_active=None, username="")
    assert errors(answer) and "end all they have" not in text(answer)


def test_permissions_are_carried_through_the_question(page: Client, bob: User) -> None:
    names = ["servers.view_server", "servers.view_stop"]
    shut_out(page, bob, "bob", is_staff="on", permissions=names)
    assert services.granted_names(bob) == names


def test_a_person_is_shut_out_and_let_in_again(page: Client, bob: User) -> None:
    shut_out(page, bob, "bob")
    assert [(c["before"]["is_active"], c["after"]["is_active"]) for c in changes()] == [
        (True, False)
    ]
    edit(page, bob, is_active="on")
    assert changes()[-1]["action"] == "user.enable"


def test_nobody_shuts_themselves_out(page: Client, alice: User) -> None:
    answer = edit(page, alice, is_active=None)
    assert errors(answer) == ["You cannot disable or delete yourself."]
    alice.refresh_from_db()
    assert alice.is_active


def test_several_are_shut_out_at_once_and_refusals_told(page: Client, alice: User) -> None:
    others = [make.user(), make.user()]
    keys = [alice.pk, *(each.pk for each in others)]
    answer = many(page, User, "disable", keys, "3 people")
    assert len(changes("user.disable")) == 2
    assert "2 people shut out." in text(answer)
    assert "alice: You cannot disable or delete yourself." in text(answer)


def test_permissions_are_given_by_the_service(page: Client, bob: User) -> None:
    edit(page, bob, is_staff="on", permissions=["servers.view_server"])
    assert User.objects.get(pk=bob.pk).has_perm("servers.view_server")
    (change,) = changes("user.permissions")
    assert change["before"]["permissions"] == []
    assert change["after"]["permissions"] == ["servers.view_server"]


def test_permissions_the_page_does_not_offer_are_kept(page: Client, bob: User) -> None:
    bob.user_permissions.add(Permission.objects.get(codename="add_definition"))
    edit(page, bob, permissions=["servers.view_server"])
    assert User.objects.get(pk=bob.pk).has_perm("catalog.add_definition")


def test_a_smaller_admin_gives_no_permissions_and_touches_no_superuser(
    alice: User, bob: User, client: Client
) -> None:
    staff = make.user("staff", is_staff=True)
    staff.user_permissions.set(Permission.objects.filter(codename__endswith="_user"))
    client.force_login(staff)
    assert "permissions" not in filled(client.get(url(User, "change", bob.pk)))
    edit(client, bob, permissions=["servers.view_server"])
    assert not User.objects.get(pk=bob.pk).has_perm("servers.view_server")
    assert errors(edit(client, alice, email="a@example.com", is_superuser=None)) == [
        "Only a superuser may change a superuser."
    ]
    assert errors(edit(client, bob, is_superuser="on"))
    assert changes() == []


def test_a_person_is_deleted_once_the_name_is_typed(page: Client, bob: User) -> None:
    address = url(User, "delete", bob.pk)
    assert "tokens of theirs" in text(page.get(address))
    assert page.post(address, {"name": "bo"}).status_code == 422
    assert User.objects.filter(pk=bob.pk).exists()
    page.post(address, {"name": "bob"})
    assert not User.objects.filter(pk=bob.pk).exists()
    assert changes("user.delete")[0]["before"]["username"] == "bob"


def test_deleting_oneself_is_refused_with_a_message(page: Client, alice: User) -> None:
    answer = page.post(url(User, "delete", alice.pk), {"name": "alice"}, follow=True)
    assert "You cannot disable or delete yourself." in text(answer)
    assert User.objects.filter(pk=alice.pk).exists()


def test_a_new_password_is_set_by_the_service(page: Client, bob: User) -> None:
    address = f"{url(User, 'change', bob.pk).removesuffix('change/')}password/"
    assert page.get(address).status_code == 200
    pair = {"password": "another long secret", "again": "another long secret"}
    assert page.post(address, {**pair, "again": "x"}).status_code == 422
    assert page.post(address, {"password": "1234", "again": "1234"}).status_code == 422
    page.post(address, pair)
    bob.refresh_from_db()
    assert bob.check_password("another long secret")
    assert len(changes("user.password")) == 1


def test_who_may_not_change_people_sets_no_password(bob: User, client: Client) -> None:
    staff = make.user("staff", is_staff=True)
    staff.user_permissions.add(Permission.objects.get(codename="view_user"))
    client.force_login(staff)
    address = f"{url(User, 'change', bob.pk).removesuffix('change/')}password/"
    assert client.get(address).status_code == 403


def test_every_page_of_the_admin_can_be_given(db: None) -> None:
    """What no page offers to give, nobody but a superuser could see."""
    offered = {name.replace(".view_", ".") for name in grants.OFFERED}
    catalog = {"catalog.tool", "catalog.resource", "catalog.template", "catalog.prompt"}
    shown = {model._meta.label_lower for model in admin.site._registry} - catalog
    assert shown - {"catalog.entryversion"} <= offered
