"""Streams over two web processes: what begins on one is heard, answered and resumed on the other."""

import json
import time

import psycopg
import pytest

from servers.protocol.handshake import read_session_id
from servers.sessions import Sessions
from tests import live_streams
from tests import pair as pairs
from tests.hub import HANDSHAKE, STATELESS
from tests.live_client import Client, short, until
from tests.pair import Pair
from tests.streams import ACKNOWLEDGED, PROMPTS, TOOLS

pytestmark = pytest.mark.services
SLUG = "live-streams"
SEEN = "live://seen"
RESUMABLE = "2025-11-25"
buses = pytest.mark.parametrize("bus", ["redis", "postgresql alone"], indirect=True, scope="module")
everywhere = pytest.mark.parametrize(
    "bus", ["redis", "postgresql alone", "redis, daphne"], indirect=True, scope="module"
)


@pytest.fixture(scope="module")
def bus(request):
    """How the processes hear each other; skips where it is not there."""
    server = "daphne" if "daphne" in request.param else "uvicorn"
    return *pairs.services_on(request.param), server


def _running(folder, bus):
    *services, server = bus
    return pairs.running(folder, *services, MCPHUB_TOOLS=live_streams.__file__, SERVER=server)


@pytest.fixture(scope="module")
def pair(bus, tmp_path_factory):
    """Two processes that the tests of this file share."""
    with _running(tmp_path_factory.mktemp("pair"), bus) as running:
        yield running


@pytest.fixture(scope="module")
def token(pair: Pair):
    """The first admin's token for the server of tests/live_streams.py."""
    return pair.hubs[0].token(SLUG)


@pytest.fixture
def both(pair: Pair, token):
    """A client of the newest revision that keeps a session, on one process and on the other."""
    return in_session(pair, token, RESUMABLE)


def in_session(pair, token, revision):
    one = Client(pair.hubs[0], SLUG, token, revision)
    return one, one.on(pair.hubs[1])


def opened(stream, *expected):
    """Check the next messages of a stream, and return it."""
    assert [short(stream.next()) for _ in expected] == list(expected)
    return stream


@buses
@pytest.mark.behaviour("J5", "J6", "M3")
def test_what_is_said_on_one_process_is_heard_on_the_other(pair: Pair, token, both):
    one, two = both
    assert one.ask("resources/subscribe", uri=SEEN)["result"] == {}
    stream = two.listen()
    newest = Client(pair.hubs[1], SLUG, token, STATELESS)
    wanted = {"notifications": {"promptsListChanged": True, "resourceSubscriptions": [SEEN]}}
    listener = opened(newest.begin("subscriptions/listen", wanted), ACKNOWLEDGED)
    for say in ({"tool": "change", "what": "prompts"}, {"tool": "update", "uri": SEEN}):
        assert one.do(**say) == "said"
        told = PROMPTS if say["tool"] == "change" else SEEN
        opened(stream, told)
        opened(listener, told)
    assert two.ask("resources/unsubscribe", uri=SEEN)["result"] == {}
    assert one.do("update", uri=SEEN) == one.do("change", what="tools") == "said"
    opened(listener, SEEN)
    opened(stream, TOOLS)
    for each in (stream, listener):
        each.leave()
    until(pair.hubs[1], 0)


@buses
@pytest.mark.behaviour("L9")
@pytest.mark.parametrize("revision", HANDSHAKE)
def test_call_on_one_process_is_cancelled_on_the_other(pair: Pair, token, tmp_path, revision):
    one, two = in_session(pair, token, revision)
    stream = opened(one.call("walk", gate=str(tmp_path / "never")), 1, 2)
    for number in (99, one._number):
        said = {"method": "notifications/cancelled", "params": {"requestId": number}}
        assert two.send(said).status == 202
    assert stream.rest() == []
    until(pair.hubs[0], 0)


@buses
@pytest.mark.behaviour("L7")
def test_level_that_one_process_took_holds_on_the_other_at_once(both):
    one, two = both
    for setter, caller in [(one, two), (two, one)] * 5:
        for level, messages in (("debug", 2), ("emergency", 0), ("warning", 1)):
            assert setter.ask("logging/setLevel", level=level)["result"] == {}
            said = caller.begin("tools/call", {"name": "tell", "arguments": {}})
            told = said.rest() if messages else [short(json.load(said.answer))]
            assert told == ["notifications/message"] * messages + ["told"]


@buses
@pytest.mark.behaviour("D4", "D7")
def test_stream_is_replaced_and_ended_from_the_other_process(both):
    one, two = both
    older = one.listen()
    until(one.hub, 1)
    newer = two.listen()
    assert older.rest() == []
    one.do("change", what="tools")
    opened(newer, TOOLS)
    assert one.end() == 204
    assert newer.rest() == []
    assert two.listen().status == 404


@pytest.mark.parametrize("bus", ["postgresql alone"], indirect=True, scope="module")
@pytest.mark.behaviour("D7")
def test_session_that_ended_unheard_is_over_once_the_bus_is_back(pair: Pair, both):
    environ = pair.hubs[0].environ
    keys = Sessions([environ["MCPHUB_SECRET_KEY"]])._keys
    known = read_session_id(both[0].session, now=time.time(), keys=keys)
    assert known is not None
    with psycopg.connect(environ["DATABASE_URL"], autocommit=True) as database:
        ended = "INSERT INTO servers_endedsession (nonce, expires_at) VALUES (%s, now() + '1 hour')"
        database.execute(ended, [known.nonce])
        assert [each.ask("ping")["result"] for each in both] == [{}, {}]
        cut = (
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE query ~ '^(LISTEN mcphub_bus|SELECT pg_notify)' AND datname = current_database()"
        )
        assert database.execute(cut).fetchall() == [(True,), (True,)]
    for each in both:
        pairs.until(lambda each=each: each.send({"id": 1, "method": "ping"}).status == 404)


@everywhere
@pytest.mark.behaviour("D9", "D11")
@pytest.mark.parametrize(
    ("revision", "way"),
    [(RESUMABLE, "closed"), *((each, way) for each in HANDSHAKE for way in ("left", "open"))],
)
def test_stream_of_one_process_is_resumed_on_the_other(pair: Pair, token, tmp_path, revision, way):
    one, two = in_session(pair, token, revision)
    gate = tmp_path / "gate"
    first = opened(one.call("walk", gate=str(gate), close=way == "closed"), 1, 2)
    if way == "left":
        first.leave()
        until(one.hub, 0)
    back = two.listen(last_event_id=first.ids[-2])
    opened(back, 2)
    if way == "open":
        assert first.rest() == []
    gate.touch()
    assert back.rest() == [3, 4, "arrived"]
    assert one.listen(last_event_id=first.ids[-1]).rest() == [3, 4, "arrived"]
    assert one.listen(last_event_id=back.ids[-1]).status == 405


@buses
def test_question_is_read_and_answered_on_the_other_process(both, tmp_path):
    one, two = both
    gate = tmp_path / "gate"
    first = opened(one.call("question", gate=str(gate)), 1)
    back = two.listen(last_event_id=first.ids[-1])
    gate.touch()
    asked = back.next()
    reply = {"id": asked["id"], "result": {"action": "decline"}}
    assert two.send(reply).status == 202
    assert back.rest() == ["decline"]


@buses
@pytest.mark.behaviour("L13", revisions=[RESUMABLE])
def test_client_of_a_process_that_was_killed_is_told_so(bus, tmp_path):
    with _running(tmp_path, bus) as pair:
        one, two = in_session(pair, pair.hubs[0].token(SLUG), RESUMABLE)
        first = one.call("walk", gate=str(tmp_path / "never"), close=True)
        assert first.rest() == [1, 2]
        back = two.listen(last_event_id=first.ids[1])
        opened(back, 2)
        unseen = opened(one.call("walk", gate=str(tmp_path / "never")), 1, 2)
        pair.hubs[0].process.kill()
        assert two.listen(last_event_id=unseen.ids[-1]).status == 400
        (last,) = back.messages()
        assert last["id"] == 1 and last["error"]["code"] == -32603
        assert "is gone" in last["error"]["message"]
        assert [short(each) for each in two.listen(last_event_id=first.ids[2]).messages()] == [last]
        until(pair.hubs[1], 0)
