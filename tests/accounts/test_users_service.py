"""services about people."""

import pytest
from django.contrib.auth.models import Permission

from accounts import services
from accounts.errors import InvalidFields, NotAllowed
from accounts.models import User
from accounts.services import Person
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
