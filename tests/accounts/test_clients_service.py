"""services.block_client and services.unblock_client."""

import pytest

from accounts import services
from accounts.errors import NotAllowed
from accounts.models import OAuthClient


@pytest.fixture
def client_row(db) -> OAuthClient:
    return OAuthClient.objects.create(name="Editor", client_type="public")


def test_client_is_blocked_and_let_in_again(alice, client_row, recorded, announced):
    services.block_client(actor=alice, client=client_row)
    assert OAuthClient.objects.get().blocked
    services.unblock_client(actor=alice, client=client_row)
    assert not OAuthClient.objects.get().blocked
    assert recorded() == ["client.block", "client.unblock"]
    assert announced == [f"client:{client_row.pk}"] * 2


def test_stranger_blocks_no_client(charlie, client_row):
    for act in (services.block_client, services.unblock_client):
        with pytest.raises(NotAllowed):
            act(actor=charlie, client=client_row)
