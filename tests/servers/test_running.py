"""running.py: how often requests are told the time, however many there are."""

import asyncio

from servers import running
from servers.running import RunningRequests
from servers.transports.exchange import LATEST_SECONDS
from tests.servers.transports.test_exchange import Written


class Clock:
    """A loop's clock and its timers, moved by the test."""

    def __init__(self, monkeypatch):
        self.now, self.timers = 100.0, []
        monkeypatch.setattr(running.asyncio, "get_running_loop", lambda: self)

    def time(self):
        return self.now

    def call_later(self, seconds, act):
        self.timers.append((self.now + seconds, act))

    def go(self, seconds):
        """Let time pass, and the timers ring; return how many rang."""
        until, rung = self.now + seconds, 0
        while self.timers and min(at for at, _ in self.timers) <= until:
            at, act = self.timers.pop(0)
            self.now, rung = at, rung + 1
            act()
        self.now = until
        return rung


class Request:
    """A request that counts how often it is told the time, and wants to be told again at some moments."""

    stopped, caller = "", None

    def __init__(self, *moments):
        self.moments, self.told = list(moments), []

    def tick(self, now):
        self.told.append(now)
        while self.moments and self.moments[0] <= now:
            self.moments.pop(0)
        return self.moments[0] if self.moments else float("inf")


def test_requests_that_rest_are_told_nothing_and_share_one_timer(monkeypatch):
    clock, requests = Clock(monkeypatch), RunningRequests()
    resting = [Request() for _ in range(5_000)]
    for each in resting:
        requests.begin(each, None)
    clock.go(60.0)
    assert {len(each.told) for each in resting} == {1} and len(clock.timers) == 1


def test_request_is_told_when_its_moment_has_come(monkeypatch):
    clock, requests = Clock(monkeypatch), RunningRequests()
    request = Request(100.3, 107.77, 130.0)
    requests.begin(request, None)
    clock.go(40.0)
    asked = [100.3, 107.77, 130.0]
    late = [told - moment for told, moment in zip(request.told[1:], asked, strict=True)]
    assert all(0 <= each <= running.TICK_SECONDS + 1e-6 for each in late)


def test_nothing_is_left_of_requests_that_ended(monkeypatch):
    clock, requests = Clock(monkeypatch), RunningRequests()
    young, old = Request(), Request()
    requests.begin(old, ("session", b"1"))
    clock.go(5.0)
    requests.begin(young, None)
    requests.end(young, None)
    requests.end(old, ("session", b"1"))
    clock.go(5.0)
    assert not (requests.all or requests._soon or requests._later or requests._by_id)
    assert clock.timers == []


async def test_limit_that_is_set_while_a_request_rests_is_found_and_one_who_listens_has_none():
    exchange, listener = Written("2025-11-25"), Written("2025-11-25")
    exchange._task = listener._task = None
    listener.only_listens = True
    now = asyncio.get_running_loop().time()
    assert exchange.tick(now) == now + LATEST_SECONDS
    assert listener.tick(now) == float("inf")
