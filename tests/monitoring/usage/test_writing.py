from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from monitoring.models import EntryDay, EntryUse, Rollup
from monitoring.usage import Minute, Subject, compact, write, writing
from monitoring.usage.quantiles import EMPTY

pytestmark = pytest.mark.django_db
ADD = uuid4()


def minute(at: datetime, calls: int = 1, *, entry: UUID = ADD, name: str = "add", **more) -> Minute:
    made = Minute(int(at.timestamp()), **more)
    buckets = list(EMPTY)
    buckets[5] = calls
    subject = Subject(entry, "tool", "demo", name)
    made.sums.add("ok", buckets)
    made.of(subject).add("ok", buckets)
    return made


def now() -> datetime:
    return timezone.now().replace(second=0, microsecond=0)


def test_each_process_has_a_row_a_minute() -> None:
    at = now()
    write("a", [minute(at, 2, denials=3, streams=4)])
    write("a", [minute(at, 1, streams=2)])
    write("b", [minute(at, 5)])
    rows = Rollup.objects.order_by("process").values_list("calls", "denials", "streams")
    assert list(rows) == [(3, 3, 4), (5, 0, 0)]
    (entry, kind, server, name, calls, errors, buckets), *rest = Rollup.objects.get(
        process="a"
    ).entries
    assert (entry, kind, server, name, calls, errors) == (str(ADD), "tool", "demo", "add", 3, 0)
    assert sum(buckets) == 3 and not rest


def test_a_minute_in_which_nothing_happened_says_that_the_process_is_alive() -> None:
    write("a", [Minute(int(now().timestamp()))])
    assert list(Rollup.objects.values_list("process", "calls", "entries")) == [("a", 0, [])]


def test_the_use_of_an_entry_is_summed_up_over_thirty_days() -> None:
    EntryDay.objects.create(
        entry=ADD, day=(now() - timedelta(days=40)).date(), calls=100, buckets=[100]
    )
    write("a", [minute(now() - timedelta(days=2), 4), minute(now(), 2)])
    use = EntryUse.objects.get()
    assert (use.entry, use.calls, use.errors, use.last_used) == (ADD, 6, 0, now())
    assert 10_000 <= use.p95_us <= 25_000


def test_writing_asks_in_batches() -> None:
    def queries(count: int) -> int:
        made = minute(now())
        for number in range(count):
            made.of(Subject(uuid4(), "tool", "demo", f"t{number}")).add("ok", [1])
        with CaptureQueriesContext(connection) as captured:
            write("a", [made])
        return len(captured)

    queries(1)
    assert queries(200) < queries(10) + 10


def test_a_row_names_the_busiest_and_the_slowest(monkeypatch) -> None:
    monkeypatch.setattr(writing, "LISTED", 1)
    made = minute(now(), 9, name="busy")
    slow = list(EMPTY)
    slow[-1] = 1
    made.of(Subject(uuid4(), "tool", "demo", "slow")).add("ok", slow)
    made.of(Subject(uuid4(), "tool", "demo", "neither")).add("ok", [1])
    write("a", [made])
    assert {row[3] for row in Rollup.objects.get().entries} == {"busy", "slow"}


def test_finished_hours_are_summed_up_once() -> None:
    hour = (now() - timedelta(hours=3)).replace(minute=0)
    for process, at in (("a", hour), ("b", hour + timedelta(minutes=59))):
        write(process, [minute(at, 2, streams=3)])
    write("a", [minute(hour + timedelta(hours=1), 7)])
    compact()
    compact()
    row = Rollup.objects.get(seconds=3600, minute=hour)
    assert (row.calls, row.streams, row.process, sum(row.buckets)) == (4, 3, "", 4)
    assert row.entries[0][4] == 4
    assert Rollup.objects.filter(seconds=3600, calls=7).count() == 1


def test_an_hour_that_is_hardly_over_waits_for_slow_writers(monkeypatch) -> None:
    at = datetime(2026, 3, 1, 12, 1, tzinfo=UTC)
    monkeypatch.setattr(writing.timezone, "now", lambda: at)
    write("a", [minute(at - timedelta(minutes=10))])
    compact()
    assert not Rollup.objects.filter(seconds=3600, calls=1).exists()
    monkeypatch.setattr(writing.timezone, "now", lambda: at + timedelta(minutes=2))
    compact()
    assert Rollup.objects.filter(seconds=3600, calls=1).exists()


def test_what_is_old_is_forgotten() -> None:
    write("a", [minute(now() - timedelta(days=2)), minute(now() - timedelta(days=45), 3)])
    Rollup.objects.create(minute=now() - timedelta(days=40), seconds=3600)
    compact()
    assert not Rollup.objects.filter(calls__gt=0).exists()
    assert not Rollup.objects.filter(minute__lt=now() - timedelta(days=33)).exists()
    assert EntryDay.objects.count() == 1
    assert EntryUse.objects.get().calls == 1
