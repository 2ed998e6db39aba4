"""Minutes as rows: one a process and minute, sums of each entry by the day, and of the last 30 days.

Minutes are kept for a day and a little, then only as hours, those for a month and a little.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from monitoring.models import EntryDay, EntryUse, Rollup
from monitoring.usage.minutes import Minute, Subject, Sums
from monitoring.usage.quantiles import added, quantile_us, total

LISTED = 50
"""The busiest, and as many of the slowest, that one row names."""
DAYS = 30
KEPT_MINUTES = timedelta(hours=26)
KEPT_HOURS = timedelta(days=DAYS + 2)
AN_HOUR = timedelta(hours=1)
SETTLED = timedelta(minutes=2)
"""After so long each process has written its minutes."""
BATCH = 500
Row = tuple[str, str, str, str, int, int, list[int]]
"""Entry, kind, server, name, calls, errors, buckets."""


@transaction.atomic
def write(process: str, minutes: Iterable[Minute]) -> None:
    """Write what a process did, also where it did nothing: a row says that it is alive.

    A minute that was written before is added to.
    """
    for minute in minutes:
        _write_minute(process, minute)
        _write_days(minute)


def _write_minute(process: str, minute: Minute) -> None:
    at = datetime.fromtimestamp(minute.at, UTC)
    rows = Rollup.objects.select_for_update()
    row, _ = rows.get_or_create(seconds=60, minute=at, process=process)
    row.calls += minute.sums.calls
    row.errors += minute.sums.errors
    row.denials += minute.denials
    row.streams = max(row.streams, minute.streams)
    row.buckets = added(row.buckets, minute.sums.buckets)
    row.entries = _merged([*row.entries, *map(_row, minute.by_subject.items())])
    row.save()


def _row(pair: tuple[Subject, Sums]) -> Row:
    subject, sums = pair
    return (str(subject.entry), *subject[1:], sums.calls, sums.errors, list(sums.buckets))


def _merged(rows: Iterable[Any]) -> list[Row]:
    """Return rows about the same thing as one, and of all the busiest and the slowest."""
    found: dict[tuple[str, ...], Row] = {}
    for entry, kind, server, name, calls, errors, buckets in rows:
        key = (entry, kind, server, name)
        _, _, _, _, others, wrong, histogram = found.get(key, (*key, 0, 0, []))
        found[key] = (*key, others + calls, wrong + errors, added(histogram, buckets))
    busiest = sorted(found.values(), key=lambda row: -row[4])[:LISTED]
    slowest = sorted(found.values(), key=lambda row: -(quantile_us(row[6], 0.95) or 0))[:LISTED]
    return list({row[:4]: row for row in (*busiest, *slowest)}.values())


def _write_days(minute: Minute) -> None:
    """Add to the sums of the day; entries in one order for all processes: no two wait crosswise."""
    day = datetime.fromtimestamp(minute.at, UTC).date()
    by_entry: dict[UUID, Sums] = {}
    for subject, sums in minute.by_subject.items():
        by_entry.setdefault(subject.entry, Sums()).absorb(sums)
    entries = sorted(by_entry)
    for start in range(0, len(entries), BATCH):
        some = entries[start : start + BATCH]
        _add_to_days(day, {entry: by_entry[entry] for entry in some})
        refresh_use(some, used_at=datetime.fromtimestamp(minute.at, UTC))


def _add_to_days(day: date, by_entry: dict[UUID, Sums]) -> None:
    EntryDay.objects.bulk_create(
        [EntryDay(entry=entry, day=day) for entry in by_entry], ignore_conflicts=True
    )
    rows = EntryDay.objects.select_for_update().filter(day=day, entry__in=by_entry)
    changed = list(rows.order_by("entry"))
    for row in changed:
        sums = by_entry[row.entry]
        row.calls, row.errors = row.calls + sums.calls, row.errors + sums.errors
        row.buckets = added(row.buckets, sums.buckets)
    EntryDay.objects.bulk_update(changed, ["calls", "errors", "buckets"])


def refresh_use(entries: Sequence[UUID], used_at: datetime | None = None) -> None:
    """Sum up the last 30 days of these entries; `used_at` if they were used just now."""
    since = (timezone.now() - timedelta(days=DAYS)).date()
    days: dict[UUID, list[EntryDay]] = {entry: [] for entry in entries}
    for row in EntryDay.objects.filter(entry__in=entries, day__gt=since).order_by("entry"):
        days[row.entry].append(row)
    fields = ["calls", "errors", "p95_us", *(["last_used"] if used_at else [])]
    EntryUse.objects.bulk_create(
        [_use(entry, rows, used_at) for entry, rows in days.items()],
        update_conflicts=True,
        unique_fields=["entry"],
        update_fields=fields,
    )


def _use(entry: UUID, rows: list[EntryDay], used_at: datetime | None) -> EntryUse:
    return EntryUse(
        entry=entry,
        calls=sum(row.calls for row in rows),
        errors=sum(row.errors for row in rows),
        p95_us=quantile_us(total(row.buckets for row in rows), 0.95),
        last_used=used_at,
    )


def compact() -> None:
    """Make hours of finished hours, forget what is old; any process may, and any number of them."""
    with transaction.atomic():
        _make_hours()
    now = timezone.now()
    Rollup.objects.filter(seconds=60, minute__lt=now - KEPT_MINUTES).delete()
    Rollup.objects.filter(seconds=3600, minute__lt=now - KEPT_HOURS).delete()
    _forget_days((now - timedelta(days=DAYS)).date())


def _make_hours() -> None:
    """Sum up each hour of the last day that is over and has no row yet."""
    until = (timezone.now() - SETTLED).replace(minute=0, second=0, microsecond=0)
    last = Rollup.objects.filter(seconds=3600).aggregate(last=Max("minute"))["last"]
    hour = until - KEPT_MINUTES if last is None else max(last + AN_HOUR, until - KEPT_MINUTES)
    while hour < until:
        _make_hour(hour)
        hour += AN_HOUR


def _make_hour(hour: datetime) -> None:
    rows = list(Rollup.objects.filter(seconds=60, minute__gte=hour, minute__lt=hour + AN_HOUR))
    Rollup.objects.bulk_create(
        [
            Rollup(
                minute=hour,
                seconds=3600,
                process="",
                calls=sum(row.calls for row in rows),
                errors=sum(row.errors for row in rows),
                denials=sum(row.denials for row in rows),
                streams=max((row.streams for row in rows), default=0),
                buckets=total(row.buckets for row in rows),
                entries=_merged(each for row in rows for each in row.entries),
            )
        ],
        ignore_conflicts=True,
    )


def _forget_days(until: date) -> None:
    """Delete days that are out of the window, and sum up again what they were of."""
    old = EntryDay.objects.filter(day__lte=until).order_by().values_list("entry", flat=True)
    entries = sorted(set(old[:BATCH]))
    if entries:
        with transaction.atomic():
            EntryDay.objects.filter(day__lte=until, entry__in=entries).delete()
            refresh_use(entries)
