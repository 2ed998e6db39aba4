"""stream.py: a client that does not read is cut off at a bound; one that reads never is."""

import asyncio

import pytest

from monitoring import metrics
from servers.transports import pending, remembering, stream
from servers.transports.pending import Pending
from servers.transports.remembering import Bound, Kind, Resumption
from servers.transports.stream import EventStream


class Client:
    """A connection that takes what is sent while it reads."""

    def __init__(self, resumption=None):
        self.reads, self.got, self.cuts = asyncio.Event(), b"", 0
        self.reads.set()
        self.stream = EventStream(self._send, [], self._wants, resumption, cut=self._cut)

    async def _send(self, message):
        await self.reads.wait()
        if not self.cuts:
            self.got += message.get("body", b"")

    async def _wants(self, _level):
        return True

    def _cut(self):
        self.cuts += 1
        self.reads.set()  # a server lets nobody wait for a connection that is gone


async def a_while():
    for _ in range(20):
        await asyncio.sleep(0)


async def stalled(client):
    """Have something on its way that is not taken."""
    client.reads.clear()
    client.stream.push(b"first")
    await a_while()


def cuts():
    return metrics.streams_cut._value.get()


async def test_client_is_cut_off_when_more_must_wait_than_may(monkeypatch):
    monkeypatch.setattr(pending, "MOST_PENDING_BYTES", 100)
    client, before = Client(), cuts()
    await client.stream.open()
    await stalled(client)
    for number in range(10):
        client.stream.push_once(b"%d" % number * 20)
    await a_while()
    assert client.cuts == 1 and client.stream.away and cuts() == before + 1
    assert not client.stream._pending and not client.stream.push_question(b"?", b"1")


@pytest.mark.parametrize("seconds", [0.0, stream.SLOW_SECONDS])
async def test_client_that_takes_nothing_is_cut_off_after_a_while_of_giving_way(
    monkeypatch, seconds
):
    monkeypatch.setattr(pending, "MOST_PENDING_BYTES", 100)
    client, now = Client(), [1000.0]
    monkeypatch.setattr(stream.time, "monotonic", lambda: now[0])
    await client.stream.open()
    await stalled(client)
    for _ in range(10):
        client.stream.push(b"x" * 40)
    assert not client.cuts and len(client.stream._pending) == 2
    now[0] += seconds
    client.stream.keep_alive()
    assert client.cuts == (seconds > 0)


async def test_client_for_whom_nothing_gave_way_is_waited_for(monkeypatch):
    client, now = Client(), [1000.0]
    monkeypatch.setattr(stream.time, "monotonic", lambda: now[0])
    await client.stream.open()
    await stalled(client)
    client.stream.push(b"second")
    now[0] += 3600.0
    client.stream.push(b"third")
    client.stream.keep_alive()
    assert not client.cuts
    client.reads.set()
    await client.stream.drained()
    assert [word in client.got for word in (b"first", b"second", b"third")] == [True] * 3


async def test_burst_to_a_client_that_reads_cuts_nobody(monkeypatch):
    monkeypatch.setattr(pending, "MOST_PENDING_BYTES", 100)
    client = Client()
    await client.stream.open()
    for number in range(50):
        client.stream.push_once(b"%03d" % number * 10)
    await client.stream.drained()
    assert not client.cuts and client.got.count(b"event: message") == 50


async def test_rest_is_kept_for_a_client_that_was_cut_off_and_can_come_back(monkeypatch):
    monkeypatch.setattr(pending, "MOST_PENDING_BYTES", 100)
    kept = []

    async def keeper(_stream, events):
        kept.extend(events)
        return True

    client = Client(Resumption("a" * 32, keeper, b"1", polls=True))
    await client.stream.open()
    await stalled(client)
    for number in range(5):
        client.stream.push_once(b"%d" % number * 60)
    await client.stream.finish(b"the answer")
    assert client.cuts == 1
    assert [event.position for event in kept] == list(range(len(kept)))
    assert kept[-1].body == "the answer" and kept[-1].last


async def test_client_that_is_away_is_asked_no_more_than_is_kept(monkeypatch):
    monkeypatch.setitem(remembering.KEPT, Kind.FIRM, Bound(3, 1_000))

    async def keeper(_stream, _events):
        return True

    stream_ = Client(Resumption("a" * 32, keeper, b"1", polls=True)).stream
    await stream_.open()
    stream_.client_left()
    asked = []
    for _ in range(5):
        asked.append(stream_.push_question(b"?", b"2"))
        await stream_.drained()
    assert asked == [True] * 3 + [False] * 2


async def test_stream_that_waits_holds_next_to_nothing():
    client = Client()
    await client.stream.open()
    client.stream.push_once(b"x")
    await client.stream.drained()
    assert client.stream._task is None and client.stream._tail is None


def test_bytes_of_what_gives_way_are_bounded_and_the_newest_stays(monkeypatch):
    monkeypatch.setattr(pending, "MOST_PENDING_BYTES", 100)
    waiting = Pending()
    assert waiting.put_loose(pending.Item(b"a" * 60)) and waiting.put_once(b"firm")
    assert not waiting.put_loose(pending.Item(b"b" * 60))
    assert not waiting.put_loose(pending.Item(b"c" * 500))
    assert [item.message[:4] for item in (waiting.take(), waiting.take())] == [b"firm", b"cccc"]
    assert waiting._bytes == 0 and not waiting


# --- responses of a batch -----------------------------------------------------------------------------


def resumable(kept):
    """Return how a batch's stream is resumed; what is kept is added to a list."""

    async def keeper(_stream, events):
        kept.extend(events)
        return True

    return Resumption("a" * 32, keeper, b"[1,2]", polls=False)


def response(number, size=60):
    return b'{"id":%d,"result":"%b"}' % (number, b"x" * size)


async def test_client_that_reads_is_not_cut_off_for_the_answers_of_its_batch(monkeypatch):
    monkeypatch.setattr(pending, "MOST_PENDING_BYTES", 100)
    client = Client(resumable([]))
    await client.stream.open()
    await stalled(client)
    for number in range(20):
        client.stream.push_response(response(number), b"%d" % number)
        client.stream.push(b"progress")
    client.stream.keep_alive()
    assert not client.cuts
    client.reads.set()
    await client.stream.finish(response(20), b"20")
    assert not client.cuts and client.got.count(b'"result"') == 21
    assert client.got.count(b"progress") == 12  # the newest 100 bytes of them


async def test_client_that_takes_none_of_the_answers_is_cut_off_and_they_are_kept(monkeypatch):
    monkeypatch.setattr(stream, "A_LOOK", 0.001)
    monkeypatch.setattr(stream, "SLOW_SECONDS", 3600.0)
    kept = []
    client, before = Client(resumable(kept)), cuts()
    await client.stream.open()
    await stalled(client)
    for number in range(20):
        client.stream.push_response(response(number), b"%d" % number)
    finished = asyncio.create_task(client.stream.finish(response(20), b"20"))
    await asyncio.sleep(0.01)
    assert not client.cuts
    monkeypatch.setattr(stream, "SLOW_SECONDS", 0.0)
    await asyncio.wait_for(finished, 20)
    assert client.cuts == 1 and cuts() == before + 1 and client.stream._looking is None
    assert [event.position for event in kept] == list(range(23))
    assert kept[-1].last and sum('"result"' in event.body for event in kept) == 21


async def test_large_event_is_sent_in_pieces_each_of_which_shows_that_the_client_reads(monkeypatch):
    monkeypatch.setattr(stream, "A_PIECE", 100)
    now = [1000.0]
    monkeypatch.setattr(stream.time, "monotonic", lambda: now[0])
    client = Client(resumable([]))
    await client.stream.open()
    sent, send = [], client.stream._send

    async def slow(message):
        sent.append(len(message["body"]))
        await send(message)
        now[0] += stream.SLOW_SECONDS - 1.0  # and then it has taken it
        client.stream._doubt()

    client.stream._send = slow
    client.stream.push_response(response(1, 1_000), b"1")
    client.stream.push_response(response(2, 1_000), b"2")
    await client.stream.finish(response(3), b"3")
    assert not client.cuts and max(sent) == 100 and len(sent) > 20
    assert [f'"id":{n}'.encode() in client.got for n in (1, 2, 3)] == [True] * 3


async def test_nothing_more_of_an_event_is_sent_to_a_client_that_left(monkeypatch):
    monkeypatch.setattr(stream, "A_PIECE", 100)
    kept = []
    client = Client(resumable(kept))
    await client.stream.open()
    client.reads.clear()
    client.stream.push_response(response(1, 1_000), b"1")
    await a_while()
    client.stream.client_left()
    client.reads.set()
    await client.stream.finish(response(2), b"2")
    assert len(client.got) < 200 and [event.position for event in kept] == [0, 1, 2]


async def test_server_that_joins_what_is_sent_in_a_turn_can_say_when_it_is_too_much(monkeypatch):
    monkeypatch.setattr(stream, "A_PIECE", 1_000)
    client, turns = Client(resumable([])), [0]
    await client.stream.open()

    async def join(message):
        if not turns[-1]:
            asyncio.get_running_loop().call_soon(turns.append, 0)
        turns[-1] += len(message["body"])

    client.stream._send = join
    for number in range(50):
        client.stream.push_response(response(number, 600), b"1")
    client.stream.push_response(response(50, 20_000), b"1")
    await client.stream.finish(response(51), b"1")
    assert sum(turns) > 50_000 and max(turns) <= 2_000
