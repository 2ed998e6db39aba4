"""live.py: the snapshot that is served follows the catalog."""

import asyncio
from concurrent.futures import Future
from functools import partial

import pytest
from django.db import OperationalError

from catalog.services import announce
from servers.live import LiveSnapshot
from tests import make
from tests.hub import Loop


class Line(Loop):
    """A loop whose offloaded work waits until the test lets it run."""

    def __init__(self):
        super().__init__()
        self.waiting = []

    def offload(self, function, *args, **kwargs):
        done = Future()
        self.waiting.append((done, partial(function, *args, **kwargs)))
        return asyncio.wrap_future(done)

    def let_run(self, error=None):
        """Run the oldest piece of work here, or have it fail."""
        self.settle()
        done, work = self.waiting.pop(0)
        done.set_exception(error) if error else done.set_result(work())
        self.settle()

    def settle(self):
        """Let the loop do all that it can do now."""
        for _ in range(5):
            self.run(asyncio.sleep(0))

    def stale(self, snapshot, times=1):
        """Announce that something changed."""
        for _ in range(times):
            self.loop.call_soon_threadsafe(snapshot.stale)
        self.settle()


@pytest.fixture
def line(db):
    made = Line()
    yield made
    made.close()


def live(line, *prepare):
    return LiveSnapshot(line.offload, "1", *prepare)


def test_refresh_serves_what_the_rows_say(line):
    make.server("one")
    snapshot = live(line)
    refreshing = asyncio.run_coroutine_threadsafe(snapshot.refresh(), line.loop)
    line.let_run()
    refreshing.result(5)
    assert list(snapshot.current.servers) == ["one"]


def test_many_announcements_cause_one_rebuild_and_one_more(line):
    snapshot = live(line)
    line.stale(snapshot, 10)
    assert len(line.waiting) == 1
    line.stale(snapshot, 10)
    line.let_run()
    assert len(line.waiting) == 1
    line.let_run()
    assert line.waiting == []


def test_change_during_a_rebuild_is_seen_by_the_next(line):
    snapshot = live(line)
    line.stale(snapshot)
    line.let_run()
    make.server("late")
    assert snapshot.current.servers == {}
    line.stale(snapshot)
    line.let_run()
    assert list(snapshot.current.servers) == ["late"]


def test_request_keeps_the_snapshot_it_began_with(line):
    snapshot = live(line)
    begun = snapshot.current
    make.server("late")
    line.stale(snapshot)
    line.let_run()
    assert begun.servers == {} and snapshot.current is not begun


def test_outage_leaves_what_was_read_last(line, caplog):
    make.server("one")
    snapshot = live(line)
    line.stale(snapshot)
    line.let_run()
    line.stale(snapshot)
    line.let_run(OperationalError("gone"))
    assert list(snapshot.current.servers) == ["one"]
    assert "serving what was read last" in caplog.text
    make.server("two")
    line.stale(snapshot)
    line.let_run()
    assert list(snapshot.current.servers) == ["one", "two"]


def test_start_without_a_database_is_told(line):
    refreshing = asyncio.run_coroutine_threadsafe(live(line).refresh(), line.loop)
    line.let_run(OperationalError("gone"))
    with pytest.raises(OperationalError):
        refreshing.result(5)


def test_check_rebuilds_only_if_the_number_moved(line):
    snapshot = live(line)
    line.stale(snapshot)
    line.let_run()
    checking = asyncio.run_coroutine_threadsafe(snapshot.check(), line.loop)
    line.let_run()
    checking.result(5)
    assert line.waiting == []
    announce()
    checking = asyncio.run_coroutine_threadsafe(snapshot.check(), line.loop)
    line.let_run()
    checking.result(5)
    assert len(line.waiting) == 1
    line.let_run()
    assert snapshot.current.number == 1


def test_check_during_an_outage_is_logged_alone(line, caplog):
    checking = asyncio.run_coroutine_threadsafe(live(line).check(), line.loop)
    line.let_run(OperationalError("gone"))
    checking.result(5)
    assert "could not be read" in caplog.text


def test_what_calls_need_is_prepared_before_the_snapshot_is_served(line):
    make.server("one")
    seen = []
    snapshot = live(line, lambda new: seen.append((new, snapshot.current)))
    before = snapshot.current
    line.stale(snapshot)
    assert seen == []
    line.let_run()
    assert seen == [(snapshot.current, before)] and snapshot.current is not before


def test_what_cannot_be_prepared_is_logged_and_the_snapshot_served(line, caplog):
    def fail(_new):
        raise RuntimeError("a fault")

    make.server("one")
    snapshot = live(line, fail)
    line.stale(snapshot)
    line.let_run()
    assert list(snapshot.current.servers) == ["one"]
    assert "not all that is served could be prepared" in caplog.messages
