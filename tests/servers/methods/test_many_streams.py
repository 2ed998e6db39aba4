"""Many open streams: what each takes of the process, and that nothing of them is left."""

import asyncio

import pytest

from accounts.tokens import LISTENING_SECONDS
from servers.transports import http_exchange
from tests import make
from tests.hub import Hub
from tests.streams import ACKNOWLEDGED, TOOLS, hears, listen, listen_in, serve, streams_open, tell

REVISION = "2025-11-25"
SOME = 8


@pytest.fixture
def hub(hub: Hub) -> Hub:
    """A hub that serves the tools that talk, as `streams` to all."""
    serve(hub)
    return hub


def opened(hub, kind, count=SOME):
    """Open streams, and wait until the hub watches them."""
    before = set(hub.runtime.hub.running.all)
    if kind == "listen":
        streams = [listen(hub) for _ in range(count)]
    else:
        streams = [listen_in(hub, hub.session("streams", REVISION)) for _ in range(count)]
    hub.run(watched(hub, before))
    return streams


async def watched(hub, before):
    while not all(one._watch for one in hub.runtime.hub.running.all - before):
        await asyncio.sleep(0.01)


async def burden(hub):
    """Return how many tasks there are, and how many timers wait."""
    timers = [one for one in asyncio.get_running_loop()._scheduled if not one.cancelled()]
    return len(asyncio.all_tasks()), len(timers)


def leave(streams):
    for stream in streams:
        stream.disconnect()
        stream.finish()


@pytest.mark.parametrize("kind", ["listen", "session"])
def test_stream_takes_two_tasks_and_no_timer(hub, kind):
    first = opened(hub, kind, 1)
    tasks, timers = hub.run(burden(hub))
    more = opened(hub, kind)
    assert hub.run(burden(hub)) == (tasks + 2 * SOME, timers)
    leave(first + more)


@pytest.mark.parametrize("kind", ["listen", "session"])
def test_nothing_is_left_of_streams_that_were_closed(hub, kind):
    before, held = streams_open(), hub.runtime.hub
    leave(opened(hub, kind))
    assert streams_open() == before and not held.running.all
    assert not (held.running._soon or held.running._later or held.running._by_id)
    crowd, watches = held.listeners._crowd, held.jobs.watches
    assert not (crowd or crowd._by_server or crowd._by_session or held.listeners._marks)
    assert not (watches._by_session or watches._by_job)


@pytest.mark.parametrize("kind", ["listen", "session"])
def test_open_streams_are_kept_alive_by_the_clock_of_all(hub, kind, monkeypatch):
    monkeypatch.setattr(http_exchange, "KEEP_ALIVE_SECONDS", 0.001)
    streams = opened(hub, kind, 3)
    for stream in streams:
        stream.wait_for(lambda answer: answer.body.count(b": keep-alive") >= 3)
    leave(streams)


def test_listeners_beyond_a_slice_are_all_told_and_calls_go_on_in_between(hub, monkeypatch):
    monkeypatch.setattr("servers.listening.SLICE", 2)
    streams = opened(hub, "listen", 5)
    tell(hub, "change", what="tools")
    for stream in streams:
        hears(stream, ACKNOWLEDGED, TOOLS)
    leave(streams)


def test_opening_a_stream_asks_the_database_nothing_that_is_known(hub, bob, monkeypatch):
    server = serve(hub, "private", team=bob.teams.get())
    token = make.token(bob, server)
    session = hub.session("private", REVISION, token)
    first = listen(hub, {"toolsListChanged": True}, slug="private", token=token)

    def asked(*_given):
        raise AssertionError("the database was asked")

    monkeypatch.setattr(hub.runtime.hub.desk, "offload", asked)
    monkeypatch.setattr(hub.runtime.hub.principals, "_read", asked)
    wanted = {"toolsListChanged": True}
    others = [listen(hub, wanted, slug="private", token=token) for _ in range(5)]
    own = listen_in(hub, session)
    hub.run(hub.runtime.hub.listeners.recheck())
    assert own.answer.status == 200
    leave([first, *others, own])


def test_tokens_of_listeners_are_read_together_and_seldom(hub, bob, monkeypatch):
    server = serve(hub, "private", team=bob.teams.get())
    tokens = [make.token(bob, server) for _ in range(6)]
    streams = [listen(hub, {}, slug="private", token=token) for token in tokens]
    principals = hub.runtime.hub.principals
    readings = []
    read = principals._read
    monkeypatch.setattr(principals, "_read", lambda names: readings.append(names) or read(names))
    monkeypatch.setattr(principals, "_hears", lambda: True)
    now = principals._clock()
    for seconds in (0, LISTENING_SECONDS / 2, LISTENING_SECONDS + 1):
        monkeypatch.setattr(principals, "_clock", lambda at=now + seconds: at)
        hub.run(hub.runtime.hub.listeners.recheck())
    assert sum(map(len, readings)) == 6 and len(readings) <= 3
    leave(streams)
