"""services about people."""

import json

import pytest
from django.contrib.auth.models import Permission
from oauth2_provider.models import get_access_token_model

from accounts import services
from accounts.errors import Gone, InvalidFields, NotAllowed
from accounts.models import Consent, IssuedToken, User
from accounts.principals import read_principal
from accounts.services import Person
from accounts.tokens import digest
from monitoring.models import AuditEvent
from tests import make


@pytest.fixture
def clerk(db) -> User:
    """Staff who may do anything to people, and is no superuser."""
    user = make.user("clerk", is_staff=True)
    names = ("add_user", "change_user", "delete_user")
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    return user


def test_created_person_logs_in_with_the_password(alice, recorded):
    user = services.create_user(actor=alice, person=Person("dora"), password="long enough words")
    assert user.check_password("long enough words")
    assert recorded() == ["user.create"]


def test_person_without_password_cannot_log_in(alice):
    user = services.create_user(actor=alice, person=Person("dora"), password=None)
    assert not user.has_usable_password()


def test_weak_password_is_refused(alice):
    with pytest.raises(InvalidFields):
        services.create_user(actor=alice, person=Person("dora"), password="1234")


def test_command_line_chooses_any_password(db):
    assert services.create_user(actor=None, person=Person("dora"), password="1234").pk


@pytest.mark.parametrize(
    "person",
    [Person(""), Person("has space"), Person("bob"), Person("d", email="x"), Person("d", "", "\0")],
)
def test_senseless_person_is_refused(bob, person):
    with pytest.raises(InvalidFields):
        services.create_user(actor=None, person=person, password=None)


def test_stranger_creates_nobody(charlie):
    with pytest.raises(NotAllowed):
        services.create_user(actor=charlie, person=Person("dora"), password=None)


def test_clerk_creates_a_person_but_no_superuser(clerk):
    assert services.create_user(actor=clerk, person=Person("dora"), password=None).pk
    great = Person("greta", is_superuser=True)
    with pytest.raises(NotAllowed):
        services.create_user(actor=clerk, person=great, password=None)


def test_update_is_recorded_once_and_announced(alice, bob, recorded, announced):
    for _ in range(2):
        services.update_user(actor=alice, user=bob, person=Person("bob", email="b@example.com"))
    assert recorded() == ["user.update"]
    assert announced == [f"user:{bob.pk}"]


def test_clerk_makes_nobody_a_superuser(clerk, bob):
    with pytest.raises(NotAllowed):
        services.update_user(actor=clerk, user=bob, person=Person("bob", is_superuser=True))
    assert not User.objects.get(pk=bob.pk).is_superuser


def test_clerk_does_not_touch_a_superuser(clerk, alice):
    for act in (services.disable_user, services.delete_user):
        with pytest.raises(NotAllowed):
            act(actor=clerk, user=alice)
    with pytest.raises(NotAllowed):
        services.set_password(actor=clerk, user=alice, password="mine now, thank you")


def test_stranger_changes_nobody(charlie, bob):
    with pytest.raises(NotAllowed):
        services.update_user(actor=charlie, user=bob, person=Person("robert"))
    with pytest.raises(NotAllowed):
        services.disable_user(actor=charlie, user=bob)
    with pytest.raises(NotAllowed):
        services.enable_user(actor=charlie, user=bob)
    with pytest.raises(NotAllowed):
        services.delete_user(actor=charlie, user=bob)
    with pytest.raises(NotAllowed):
        services.set_password(actor=charlie, user=bob, password="long enough words")


def test_everyone_sets_their_own_password(charlie, recorded):
    services.set_password(actor=charlie, user=charlie, password="long enough words")
    assert User.objects.get(pk=charlie.pk).check_password("long enough words")
    assert recorded() == ["user.password"]


def test_disabling_and_enabling_are_announced_and_recorded(alice, bob, recorded, announced):
    services.disable_user(actor=alice, user=bob)
    assert not User.objects.get(pk=bob.pk).is_active
    services.enable_user(actor=alice, user=bob)
    assert User.objects.get(pk=bob.pk).is_active
    assert recorded() == ["user.disable", "user.enable"]
    assert announced == [f"user:{bob.pk}"] * 2


def test_disabling_twice_is_recorded_once(alice, bob, recorded):
    for _ in range(2):
        services.disable_user(actor=alice, user=bob)
    assert recorded() == ["user.disable"]


def test_nobody_locks_themselves_out(alice):
    for act in (services.disable_user, services.delete_user):
        with pytest.raises(NotAllowed):
            act(actor=alice, user=alice)


def test_deleted_person_is_gone_announced_and_recorded(alice, bob, recorded, announced):
    key = f"user:{bob.pk}"
    services.delete_user(actor=alice, user=bob)
    assert not User.objects.filter(username="bob").exists()
    assert key in announced
    assert recorded() == ["user.delete"]


def test_who_is_let_in_again_has_nothing_of_what_they_had(alice, bob, client, announced):
    server = make.server()
    tokens = [make.token(bob, server), make.connected(make.consent(bob, make.client(), server))]
    client.force_login(bob)
    announced.clear()
    services.disable_user(actor=alice, user=bob)
    assert announced == [f"user:{bob.pk}"]
    assert not Consent.objects.exists() and not IssuedToken.objects.exists()
    services.enable_user(actor=alice, user=bob)
    assert [read_principal(digest(token)) for token in tokens] == [None, None]
    assert client.get("/me/tokens/").status_code == 302


def test_what_came_up_while_they_were_shut_out_ends_when_they_are_let_in(alice, bob):
    services.disable_user(actor=alice, user=bob)
    token = make.connected(make.consent(bob, make.client(), make.server()))
    services.enable_user(actor=alice, user=bob)
    assert read_principal(digest(token)) is None


def test_trail_says_how_much_ended_with_a_person(alice, bob, recorded):
    make.connected(make.consent(bob, make.client(), make.server()))
    services.disable_user(actor=alice, user=bob)
    recorded()
    data = json.loads(AuditEvent.objects.get(action="user.disable").data)
    assert (data["before"]["connections"], data["after"]["connections"]) == (1, 0)
    assert (data["before"]["is_active"], data["after"]["is_active"]) == (True, False)


def test_many_tokens_of_a_deleted_person_are_one_announcement(alice, bob, announced):
    server, key = make.server(), f"user:{bob.pk}"
    for _ in range(3):
        make.token(bob, server)
        make.connected(make.consent(bob, make.client(), server))
    announced.clear()
    services.delete_user(actor=alice, user=bob)
    assert set(announced) == {key}
    assert not get_access_token_model().objects.exists()


def test_new_password_leaves_tokens_unless_told_so(bob):
    server = make.server()
    token = make.connected(make.consent(bob, make.client(), server))
    services.set_password(actor=bob, user=bob, password="long enough words")
    assert read_principal(digest(token))
    ended = services.set_password(actor=bob, user=bob, password="other long words", tokens_too=True)
    assert str(ended) == "1 connection" and read_principal(digest(token)) is None


@pytest.mark.parametrize(
    "act",
    [
        lambda **order: services.set_password(**order, password="a long new password"),
        lambda **order: services.update_user(**order, person=services.Person("bob")),
        services.disable_user,
        services.enable_user,
        services.delete_user,
    ],
)
def test_person_who_was_just_deleted_is_told_as_gone(alice, bob, act):
    User.objects.filter(pk=bob.pk).delete()
    with pytest.raises(Gone, match="bob is not there any more"):
        act(actor=alice, user=bob)
