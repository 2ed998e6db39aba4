"""Other people's clients against the fixture server on a running hub."""

import pytest

from tests.clients import driving
from tests.clients.known import CLIENTS
from tests.clients.needing import needs

pytestmark = pytest.mark.clients

WAYS = [pytest.param(one, mode, id=f"{one.name}-{mode}") for one in CLIENTS for mode in one.modes]
REFUSED = [way for way in WAYS if way.values[0].refusal]
EACH = [pytest.param(one, one.modes[0], id=one.name) for one in CLIENTS]


def drive(client, *words):
    """Run a client's program; skip where it cannot be installed, but never in CI."""
    needs(client.package)
    return driving.drive(client, *words)


@pytest.fixture(scope="module")
def fixture_hub(live_hub):
    """A hub that serves the fixture server, in the open and behind a token."""
    driving.load_fixture(live_hub)
    return live_hub


@pytest.mark.parametrize(("client", "mode"), WAYS)
def test_client_lists_calls_follows_answers_and_is_told(fixture_hub, client, mode):
    seen = drive(client, mode, driving.address(fixture_hub, "conformance", mode))
    assert seen == driving.expected(client, mode, fixture_hub, "conformance")


@pytest.mark.parametrize(("client", "mode"), EACH)
def test_client_with_a_token_sees_the_same(fixture_hub, client, mode):
    slug = "conformance-private"
    token = fixture_hub.token(slug)
    seen = drive(client, mode, driving.address(fixture_hub, slug, mode), token)
    assert seen == driving.expected(client, mode, fixture_hub, slug, token)


@pytest.mark.parametrize(("client", "mode"), REFUSED)
def test_client_without_a_token_is_refused(fixture_hub, client, mode):
    with pytest.raises(driving.DriveError, match=client.refusal):
        drive(client, mode, driving.address(fixture_hub, "conformance-private", mode))
