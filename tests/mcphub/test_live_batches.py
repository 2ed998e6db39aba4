"""Batches of a hub that is a process, with daphne and with uvicorn, and of two that share a session."""

import concurrent.futures

import pytest

from servers.transports.remembering import NO_ROOM
from tests import live_streams
from tests import pair as pairs
from tests.batches import REVISION, asks, calls, cancels
from tests.live import serving
from tests.live_client import Client, gauge, short, until

SLUG = "live-streams"


@pytest.fixture(scope="module", params=["daphne", "uvicorn"])
def hub(request, prepared, tmp_path_factory):
    """A hub that serves tests/live_streams.py, once with each server."""
    folder = tmp_path_factory.mktemp("batches") / "data"
    yield from serving(prepared, folder, request.param, live_streams, SLUG)


@pytest.fixture
def mine(hub):
    """A client in a session that has batches."""
    return Client(hub, SLUG, hub.environ["TOKEN"], REVISION)


def walks(id, gate):
    return calls(id, "walk", token=id, gate=str(gate))


def heard(stream, number):
    """Return the next messages of a stream: answers with their ids, progress by its token."""
    return [_named(message) for message in (stream.next() for _ in range(number))]


def rest(stream):
    return [_named(message) for message in stream.messages()]


def _named(message):
    return message.get("params", {}).get("progressToken") or message["id"], short(message)


@pytest.mark.behaviour("A6", "D14")
def test_responses_come_as_they_are_ready(hub, mine, tmp_path):
    gate, other = tmp_path / "gate", tmp_path / "other"
    stream = mine.batch([walks("a", gate), walks("b", other), calls(3, "how_much")])
    first = {("a", 1), ("a", 2), ("b", 1), ("b", 2), (3, "0")}
    assert set(heard(stream, 5)) == first
    other.touch()
    assert heard(stream, 3) == [("b", 3), ("b", 4), ("b", "arrived")]
    gate.touch()
    assert rest(stream) == [("a", 3), ("a", 4), ("a", "arrived")]
    until(hub, 0)


@pytest.mark.behaviour("D8", revisions=[REVISION])
def test_client_that_leaves_cancels_nothing(hub, mine, tmp_path):
    gate = tmp_path / "gate"
    stream = mine.batch([walks("a", gate), walks("b", gate)])
    heard(stream, 4)
    stream.leave()
    until(hub, 0)
    gate.touch()
    assert mine.do("how_much") == "0"


CUT = "mcphub_streams_cut_total"


def test_client_that_takes_none_of_many_large_answers_is_cut_off_and_comes_back(hub, mine):
    cut, calling = gauge(hub, CUT), [calls(n, "large", size=1_000_000) for n in range(20)]
    stream = mine.batch(calling)
    first = stream.next()
    until(hub, cut + 1, CUT)
    until(hub, 0)
    back = mine.listen(last_event_id=stream.ids[-1])
    rest = list(back.messages())
    assert sorted([first["id"], *(each["id"] for each in rest)]) == list(range(20))
    whole = [each for each in rest if "result" in each]
    assert {len(each["result"]["content"][0]["text"]) for each in whole} == {1_000_000}
    assert {each["error"]["message"] for each in rest if "error" in each} == {NO_ROOM}
    stream.leave()


def test_client_that_reads_slowly_gets_every_answer(hub, mine):
    cut = gauge(hub, CUT)
    stream = mine.batch([calls(n, "large", size=500_000) for n in range(10)])
    found = []
    for message in stream.messages():
        found.append(message["id"])
        mine.do("how_much")  # the time it takes
    assert sorted(found) == list(range(10)) and gauge(hub, CUT) == cut


def test_batch_that_is_far_too_long_is_refused_while_others_are_served(hub, mine):
    items = b",".join(b'{"jsonrpc":"2.0","id":%d,"method":"ping"}' % n for n in range(90_000))
    with concurrent.futures.ThreadPoolExecutor(4) as senders:
        sending = [senders.submit(mine.post, b"[%b]" % items) for _ in range(8)]
        while not all(each.done() for each in sending):
            assert mine.do("how_much") == "0"
    assert {each.result().status for each in sending} == {400}


# --- two processes --------------------------------------------------------------------------------


@pytest.fixture
def pair(tmp_path):
    """Two hubs that serve it."""
    postgres, redis = pairs.services()
    if not postgres:
        pytest.skip("needs TEST_ON_POSTGRES")
    with pairs.running(tmp_path, postgres, redis, MCPHUB_TOOLS=live_streams.__file__) as running:
        yield running


@pytest.mark.services
def test_each_request_is_cancelled_from_another_process(pair, tmp_path):
    here, there = pair.hubs
    mine, gate = Client(here, SLUG, here.token(SLUG), REVISION), tmp_path / "gate"
    stream = mine.batch([walks("a", gate), walks("b", gate), asks("c")])
    heard(stream, 5)
    assert mine.on(there).batch([cancels("a")]).status == 202
    until(here, 1)
    gate.touch()
    ended = [said for _id, said in rest(stream)]
    assert ended == [3, 4, "arrived"]
