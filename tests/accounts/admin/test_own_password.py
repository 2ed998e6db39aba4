"""One's own password, changed from the admin."""

from django.test import Client

from accounts.models import User
from tests import make
from tests.admin_pages import changes

ADDRESS = "/admin/password_change/"
NEW = {"new_password1": "another long secret", "new_password2": "another long secret"}


def test_ones_own_password_is_changed_by_the_service(alice: User, client: Client) -> None:
    client.force_login(alice)
    assert client.get(ADDRESS).status_code == 200
    client.post(ADDRESS, {**NEW, "old_password": make.PASSWORD})
    alice.refresh_from_db()
    assert alice.check_password("another long secret")
    assert client.get("/admin/").status_code == 200
    assert changes("user.password")[0]["user"] == alice.public_id


def test_without_the_old_password_nothing_changes(alice: User, client: Client) -> None:
    client.force_login(alice)
    assert client.post(ADDRESS, {**NEW, "old_password": "wrong"}).status_code == 200
    alice.refresh_from_db()
    assert alice.check_password(make.PASSWORD)
    assert changes() == []


def test_it_is_for_who_uses_the_admin(bob: User, client: Client) -> None:
    client.force_login(bob)
    assert client.get(ADDRESS).status_code == 302
