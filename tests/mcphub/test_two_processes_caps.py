"""Places for streams over two web processes: a user has as many as one process would give."""

import time

import pytest

from tests import live_streams
from tests import pair as pairs
from tests.hub import STATELESS
from tests.live_client import Client, gauge, until
from tests.pair import Pair

pytestmark = pytest.mark.services
SLUG = "live-streams"
LISTEN = "subscriptions/listen"
NOTHING = {"notifications": {}}
EACH = 4
RESUMABLE = "2025-11-25"
A_LOOK = 0.05
"""Seconds between two looks for what processes tell each other once a second."""


@pytest.fixture(scope="module", params=["redis", "postgresql alone"])
def services(request):
    """How the processes hear each other; skips where it is not there."""
    return pairs.services_on(request.param)


def running(folder, services):
    more = {"MCPHUB_TOOLS": live_streams.__file__, "MCPHUB_STREAMS_PER_USER": str(EACH)}
    return pairs.running(folder, *services, **more)


def status(client, streams):
    """Ask for a stream; return its status, and keep it if there is one."""
    stream = client.begin(LISTEN, NOTHING)
    if stream.status == 200:
        streams.append(stream)
    else:
        stream.leave()
    return stream.status


def in_time(condition):
    """Look again and again until it is so."""

    def look():
        time.sleep(A_LOOK)
        return condition()

    pairs.until(look)


def gone(*streams):
    for stream in streams:
        stream.leave()


def test_places_are_counted_together(services, tmp_path):
    with running(tmp_path, services) as pair:
        token = pair.hubs[0].token(SLUG)
        one, two = (Client(hub, SLUG, token, STATELESS) for hub in pair.hubs)
        _are_counted(one, two)
        _are_free_again(pair, one, two)
        _taken_over(pair, token)
        _forgotten(pair, one, two)


def _are_counted(one, two):
    """What is open at one process counts at the other; calls are served at both."""
    held = []
    assert [status(one, held) for _ in range(EACH - 1)] == [200] * (EACH - 1)
    assert status(two, held) == 200
    # Both have heard of each other when both refuse; a stream that comes too early is let go of.
    for client in (one, two):
        in_time(lambda client=client: _is_refused(client))
    assert one.do("how_much") == two.do("how_much") == "0"
    gone(*held)


def _is_refused(client):
    extra = []
    found = status(client, extra)
    gone(*extra)
    return found == 429


def _has_heard(client):
    """Tell whether a process that holds nothing refuses: it has heard of all that the other holds."""
    return gauge(client.hub) == 0 and _is_refused(client)


def _are_free_again(pair: Pair, one, two):
    """What is left at one process is free at the other."""
    for hub in pair.hubs:
        until(hub, 0)
    held = []
    in_time(lambda: len(held) == EACH or (status(two, held) and len(held) == EACH))
    gone(*held)
    for hub in pair.hubs:
        until(hub, 0)


def _taken_over(pair: Pair, token):
    """Sessions that come back to the other process are let in, though all places are theirs."""
    held, here = [], []
    sessions = [Client(pair.hubs[0], SLUG, token, RESUMABLE) for _ in range(EACH)]
    in_time(lambda: _all_open(sessions, held))
    newest = Client(pair.hubs[1], SLUG, token, STATELESS)
    in_time(lambda: _has_heard(newest))
    for session in sessions:
        here.append(session.on(pair.hubs[1]).listen())
    assert [stream.status for stream in here] == [200] * EACH
    assert [stream.rest() for stream in held] == [[]] * EACH
    assert _is_refused(newest)
    until(pair.hubs[0], 0)
    gone(*here)
    until(pair.hubs[1], 0)


def _all_open(sessions, held):
    """Open the streams of all sessions; those of one whose places are not free yet are tried again."""
    while len(held) < len(sessions):
        stream = sessions[len(held)].listen()
        if stream.status != 200:
            stream.leave()
            return False
        held.append(stream)
    return True


def _forgotten(pair: Pair, one, two):
    """What a process held that was killed is free after a while."""
    held, found = [], []
    in_time(lambda: len(held) == EACH or (status(one, held) and len(held) == EACH))
    in_time(lambda: _has_heard(two))
    refused = gauge(pair.hubs[1], "mcphub_streams_refused_total")
    pair.hubs[0].process.kill()
    assert refused > 0
    in_time(lambda: status(two, found) == 200)
    gone(*held, *found)
