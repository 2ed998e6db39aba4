"""Clients in the admin: blocked, and let in again."""

import pytest
from django.test import Client

from accounts.models import OAuthClient, User
from tests.admin_pages import changes, text, url


@pytest.fixture
def row(db: None) -> OAuthClient:
    return OAuthClient.objects.create(name="Inspector", client_id="inspector", client_secret="s3")


def test_a_client_is_blocked_and_let_in_again(
    row: OAuthClient, alice: User, client: Client
) -> None:
    client.force_login(alice)
    client.post(url(OAuthClient, "change", row.pk), {"blocked": "on"})
    client.post(url(OAuthClient, "change", row.pk), {})
    assert [
        (change["action"], change["before"]["blocked"], change["after"]["blocked"])
        for change in changes()
    ] == [("client.block", False, True), ("client.unblock", True, False)]


def test_several_are_blocked_and_let_in_at_once(
    row: OAuthClient, alice: User, client: Client
) -> None:
    client.force_login(alice)
    for action, blocked in (("block", True), ("unblock", False)):
        client.post(
            url(OAuthClient, "changelist"), {"action": action, "_selected_action": [row.pk]}
        )
        row.refresh_from_db()
        assert row.blocked is blocked
    assert len(changes()) == 2


def test_a_clients_secret_is_not_shown(row: OAuthClient, alice: User, client: Client) -> None:
    client.force_login(alice)
    assert row.client_secret not in text(client.get(url(OAuthClient, "change", row.pk)))
