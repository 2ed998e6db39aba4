"""HTTP+SSE over two web processes: the stream is on one, the other takes its messages."""

import time

import pytest

from tests import live_streams
from tests import pair as pairs
from tests.live_client import Client, until
from tests.live_sse import LiveSse, text, walking
from tests.pair import Pair
from tests.sse import REVISION
from tests.stdio import tool

pytestmark = pytest.mark.services
SLUG = "live-streams"
PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
buses = pytest.mark.parametrize("bus", ["redis", "postgresql alone"], indirect=True, scope="module")


@pytest.fixture(scope="module")
def bus(request):
    """How the processes hear each other; skips where it is not there."""
    return pairs.services_on(request.param)


def _running(folder, bus):
    server = (
        "uvicorn" if bus[1] else "daphne"
    )  # each once; what carries a bell is no matter of the server's
    return pairs.running(folder, *bus, MCPHUB_TOOLS=live_streams.__file__, SERVER=server)


@pytest.fixture(scope="module")
def pair(bus, tmp_path_factory):
    """Two processes that the tests of this file share."""
    with _running(tmp_path_factory.mktemp("pair"), bus) as running:
        yield running


@pytest.fixture(scope="module")
def token(pair: Pair):
    """The first admin's token for the server of tests/live_streams.py."""
    return pair.hubs[0].token(SLUG)


def opened(pair, token):
    """Return a client whose stream the first process has, and whose messages the second takes."""
    client = LiveSse(pair.hubs[0], SLUG, token, by=pair.hubs[1])
    client.speak(REVISION, can={"roots": {}})
    return client


@buses
@pytest.mark.behaviour("F6", "L1", "L9", transport="sse")
def test_messages_that_the_other_process_takes_are_done_on_the_stream(pair: Pair, token, tmp_path):
    client = opened(pair, token)
    cancelled, id = walking(client, tmp_path / "never"), walking(client, tmp_path / "gate")
    client.cancel(cancelled)
    (tmp_path / "gate").touch()
    assert text(client.answer(id)) == "arrived"
    for number in range(20):
        client.by = pair.hubs[number % 2]
        assert text(client.ask("tools/call", tool("tell"))) == "told"
    assert client.answers(cancelled) == []
    client.leave()
    until(pair.hubs[0], 0)
    for client.by in pair.hubs:
        assert client.post(PING) == 404


@buses
@pytest.mark.behaviour("F6", transport="sse")
def test_other_users_and_other_sessions_are_strangers_on_both(pair: Pair, token):
    client = opened(pair, token)
    stranger = LiveSse(pair.hubs[1], SLUG, token, by=pair.hubs[0])
    session = Client(pair.hubs[0], SLUG, token, "2025-11-25")
    stranger.address = f"/mcp/{SLUG}/messages?session_id={session.session}"
    for stranger.by in pair.hubs:
        assert stranger.post(PING) == 404
    client.address = client.address.replace(SLUG, "demo")
    for client.by in pair.hubs:
        assert client.post(PING) == 401
    client.leave()
    stranger.leave()


@buses
@pytest.mark.behaviour("F6", transport="sse")
def test_stream_of_a_process_that_was_killed_is_gone_within_its_lease(bus, tmp_path):
    with _running(tmp_path, bus) as pair:
        client = opened(pair, pair.hubs[0].token(SLUG))
        assert client.result("ping") == {}
        pair.hubs[0].process.kill()
        killed, ping = time.monotonic(), {**PING, "id": "p"}
        while client.post(ping) != 404:
            assert time.monotonic() - killed < 30.0, "the stream is still there"
            time.sleep(0.2)
        client.leave()
