"""Streams of a hub that is a process, with daphne and with uvicorn: heard, left, resumed, ended."""

import json
from uuid import uuid4

import pytest

from tests import live_streams
from tests.hub import HANDSHAKE, STATELESS
from tests.live import events, serving
from tests.live_client import Client, gauge, short, until
from tests.streams import ACKNOWLEDGED, PROMPTS, TOOLS

SLUG = "live-streams"
SEEN = "live://seen"
RESUMABLE = "2025-11-25"
FILTER = {"notifications": {"toolsListChanged": True, "resourceSubscriptions": [SEEN]}}


@pytest.fixture(scope="module", params=["daphne", "uvicorn"])
def hub(request, prepared, tmp_path_factory):
    """A hub that serves tests/live_streams.py, once with each server."""
    yield from serving(
        prepared, tmp_path_factory.mktemp("streams") / "data", request.param, live_streams, SLUG
    )


@pytest.fixture(params=["daphne", "uvicorn"])
def mortal(request, prepared, tmp_path):
    """One that a test may stop."""
    yield from serving(prepared, tmp_path / "data", request.param, live_streams, SLUG)


def client(hub, revision=STATELESS):
    return Client(hub, SLUG, hub.environ["TOKEN"], revision)


def opened(stream, *expected):
    """Check the next messages of a stream, and return it."""
    assert [short(stream.next()) for _ in expected] == list(expected)
    return stream


@pytest.mark.behaviour("M1", "M3", "M4", "E3")
def test_listener_hears_what_it_asked_for_and_is_forgotten_when_it_leaves(hub):
    streams = [client(hub).begin("subscriptions/listen", FILTER) for _ in range(2)]
    for stream in streams:
        opened(stream, ACKNOWLEDGED)
    until(hub, 2)
    assert client(hub).do("change", what="prompts") == "said"
    assert client(hub).do("update", uri=SEEN) == "said"
    for stream in streams:
        opened(stream, SEEN)
    assert client(hub).do("change", what="tools") == "said"
    for stream in streams:
        opened(stream, TOOLS)
        stream.leave()
    until(hub, 0)


@pytest.mark.behaviour("D4", "D7", "J5")
@pytest.mark.parametrize("revision", HANDSHAKE)
def test_session_hears_is_replaced_and_ends(hub, revision):
    mine = client(hub, revision)
    assert mine.ask("resources/subscribe", uri=SEEN)["result"] == {}
    older = mine.listen()
    until(hub, 1)
    mine.do("change", what="prompts")
    opened(older, PROMPTS)
    newer = mine.listen()
    assert older.rest() == []
    mine.do("update", uri=SEEN)
    opened(newer, SEEN)
    assert mine.end() == 204
    assert newer.rest() == [] and mine.listen().status == 404
    until(hub, 0)


@pytest.mark.behaviour("D9", "D10", "D11")
def test_stream_that_is_closed_early_is_resumed(hub, tmp_path):
    mine, gate = client(hub, RESUMABLE), tmp_path / "gate"
    first = mine.call("walk", gate=str(gate), close=True)
    assert first.rest() == [1, 2]
    back = mine.listen(last_event_id=first.ids[-1])
    gate.touch()
    assert back.rest() == [3, 4, "arrived"]
    assert len({each.partition("-")[0] for each in (*first.ids, *back.ids)}) == 1
    until(hub, 0)


@pytest.mark.behaviour("D8", "D9")
@pytest.mark.parametrize("revision", HANDSHAKE)
def test_client_that_left_comes_back_for_the_rest(hub, tmp_path, revision):
    mine, gate = client(hub, revision), tmp_path / "gate"
    first = opened(mine.call("walk", gate=str(gate)), 1, 2)
    first.leave()
    until(hub, 0)
    back = mine.listen(last_event_id=first.ids[-2])
    opened(back, 2)
    back.leave()
    until(hub, 0)
    gate.touch()
    name = first.ids[0].partition("-")[0]
    assert mine.listen(last_event_id=f"{name}-0").rest() == [1, 2, 3, 4, "arrived"]
    assert mine.listen(last_event_id=first.ids[-1]).rest() == [3, 4, "arrived"]


def test_client_that_comes_back_while_its_connection_is_open_takes_over(hub, tmp_path):
    mine, gate = client(hub, RESUMABLE), tmp_path / "gate"
    first = opened(mine.call("walk", gate=str(gate)), 1, 2)
    back = mine.listen(last_event_id=first.ids[-1])
    assert first.rest() == []
    gate.touch()
    assert back.rest() == [3, 4, "arrived"]


@pytest.mark.behaviour("L9")
@pytest.mark.parametrize("revision", HANDSHAKE)
def test_cancelled_call_ends_without_an_answer(hub, tmp_path, revision):
    mine = client(hub, revision)
    stream = opened(mine.call("walk", gate=str(tmp_path / "never")), 1, 2)
    params = {"requestId": mine._number}
    assert mine.send({"method": "notifications/cancelled", "params": params}).status == 202
    assert stream.rest() == []
    until(hub, 0)


@pytest.mark.behaviour("L7")
def test_level_of_a_session(hub):
    mine = client(hub, RESUMABLE)
    assert mine.call("tell").rest() == ["notifications/message", "told"]
    assert mine.ask("logging/setLevel", level="debug")["result"] == {}
    assert mine.call("tell").rest() == ["notifications/message"] * 2 + ["told"]


def test_question_is_answered_on_the_resumed_stream(hub, tmp_path):
    mine, gate = client(hub, RESUMABLE), tmp_path / "gate"
    first = opened(mine.call("question", gate=str(gate)), 1)
    first.leave()
    until(hub, 0)
    gate.touch()
    back = mine.listen(last_event_id=first.ids[-1])
    asked = back.next()
    assert asked["method"] == "elicitation/create"
    reply = {"id": asked["id"], "result": {"action": "cancel"}}
    assert mine.send(reply).status == 202
    assert back.rest() == ["cancel"]


POURED = 2_000


def pouring(hub, revision):
    """Begin a call that sends 20 MB to a client that does not read, and wait until it stalls."""
    name = uuid4().hex  # one that was left goes on beside the next
    stream = client(hub, revision).call("pour", name=name, times=POURED, size=10_000)
    asker, counts = client(hub, STATELESS), [-1]
    while len(set(counts[-20:])) > 1 or len(counts) < 20:
        counts.append(int(asker.do("how_much", name=name)))
        assert counts[-1] < POURED, "all was taken, though nobody reads"
    return stream


@pytest.mark.parametrize("revision", [HANDSHAKE[0], RESUMABLE])
def test_client_that_does_not_read_is_waited_for_and_then_told_everything(hub, revision):
    stream = pouring(hub, revision)
    told = [json.loads(data) for data in events(stream.answer.read())]
    assert len(told) == POURED + 1 and short(told[-1]) == "poured"
    until(hub, 0)


@pytest.mark.parametrize("revision", [HANDSHAKE[0], RESUMABLE])
def test_client_that_does_not_read_and_leaves_is_waited_for_no_more(hub, revision):
    pouring(hub, revision).leave()
    until(hub, 0)


CUT = "mcphub_streams_cut_total"


@pytest.mark.parametrize("revision", [HANDSHAKE[0], RESUMABLE, STATELESS])
def test_client_that_does_not_read_is_cut_off_and_may_come_back_where_it_can(hub, revision):
    mine, cut = client(hub, revision), gauge(hub, CUT)
    stream = opened(mine.call("flood", size=10_000), 1)
    until(hub, cut + 1, CUT)
    until(hub, 0)
    if revision == RESUMABLE:
        back = mine.listen(last_event_id=stream.ids[-1])
        assert short(back.next()) > 1  # the newest of what it missed; the oldest gave way
        back.leave()
    if revision != STATELESS:
        params = {"requestId": mine._number}
        assert mine.send({"method": "notifications/cancelled", "params": params}).status == 202
    until(hub, 0)
    stream.leave()


LONG = 1_500
MANY = 900


def test_listener_that_does_not_read_is_cut_off_when_too_much_waits_for_it(hub):
    addresses = [live_streams.long_address(number, LONG) for number in range(MANY)]
    cut = gauge(hub, CUT)
    params = {"notifications": {"resourceSubscriptions": addresses}}
    stream = opened(client(hub).begin("subscriptions/listen", params), ACKNOWLEDGED)
    until(hub, 1)
    while gauge(hub, CUT) == cut:
        assert client(hub).do("update_all", size=LONG, count=MANY) == "said"
    until(hub, 0)
    stream.leave()


@pytest.mark.behaviour("L11", "E5")
def test_stopping_hub_ends_its_streams_gracefully(mortal, tmp_path):
    listener = opened(client(mortal).begin("subscriptions/listen", FILTER, id_="s"), ACKNOWLEDGED)
    session = client(mortal, RESUMABLE)
    own = session.listen()
    first = session.call("walk", gate=str(tmp_path / "never"), close=True)
    assert first.rest() == [1, 2]
    back = session.listen(last_event_id=first.ids[-1])
    until(mortal, 3)
    assert mortal.stop() == 0
    last = listener.next()
    assert last["id"] == "s" and last["result"]["resultType"] == "complete"
    assert listener.frame() is None and own.rest() == []
    assert back.rest() in ([], ["The hub is restarting; try again in a moment."])
