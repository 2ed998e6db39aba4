"""Permissions given by the service."""

import pytest

from accounts import services
from accounts.errors import InvalidFields, NotAllowed
from accounts.models import User
from tests import make
from tests.admin_pages import changes


def test_a_superuser_gives_and_takes_permissions(alice: User, bob: User) -> None:
    services.grant_permissions(actor=alice, user=bob, names=["servers.view_server"])
    services.grant_permissions(actor=alice, user=bob, names=["servers.view_server"])
    services.grant_permissions(actor=alice, user=bob, names=[])
    assert [(c["before"]["permissions"], c["after"]["permissions"]) for c in changes()] == [
        ([], ["servers.view_server"]),
        (["servers.view_server"], []),
    ]


def test_nobody_else_gives_permissions(bob: User) -> None:
    staff = make.user("staff", is_staff=True)
    with pytest.raises(NotAllowed):
        services.grant_permissions(actor=staff, user=bob, names=["servers.view_server"])


@pytest.mark.parametrize("name", ["servers.fly", "auth.add_group", "nonsense", ""])
def test_a_permission_that_means_nothing_is_refused(name: str, alice: User, bob: User) -> None:
    with pytest.raises(InvalidFields):
        services.grant_permissions(actor=alice, user=bob, names=[name])
