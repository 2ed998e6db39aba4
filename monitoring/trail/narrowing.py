"""What of the trail somebody wants to see: read once from an address, for the list, the timeline, the export.

Each part but `reason`, `action` and most outcomes has an index of its own. What has none is looked for
within a bounded stretch (paging.py), so that no question reads the whole trail.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from monitoring.asked import uuid_of, words
from monitoring.models import AuditEvent, AuditPerson
from monitoring.usage.minutes import WENT_WRONG

LONGEST = 256
MOST_NAMESAKES = 50
SPANS = {
    "hour": ("Last hour", timedelta(hours=1)),
    "day": ("Last day", timedelta(days=1)),
    "week": ("Last week", timedelta(days=7)),
    "month": ("Last 30 days", timedelta(days=30)),
}
FORMS = ("%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d")
WRONG = "wrong"
"""As an outcome: any of those that count as errors."""
EQUAL = ("kind", "verdict", "reason", "action", "server", "client", "entry", "trace_id")
LEADING = ("entry", "client", "server")
"""Columns with an index that ends in the id, those that single out most events first."""
STRETCH, LED = 20_000, 5_000
"""So many events are looked through for one page: in the order in which they lie, or scattered, as an
index leads to them."""


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What is wanted; an empty text stands for everything, `begin` is included and `end` is not.

    `unread` names what of the address made no sense: then nothing fits, rather than everything.
    """

    kind: str = ""
    verdict: str = ""
    outcome: str = ""
    reason: str = ""
    action: str = ""
    server: str = ""
    client: str = ""
    entry: str = ""
    trace_id: str = ""
    who: str = ""
    q: str = ""
    begin: datetime | None = None
    end: datetime | None = None
    unread: tuple[str, ...] = ()
    people: tuple[UUID, ...] = field(default=(), compare=False)
    found: tuple[str, ...] = field(default=(), compare=False)
    """Columns in which the searched word stands."""
    only: Q | None = field(default=None, compare=False)
    """What a reader may see at most; None is everything."""

    @property
    def timed(self) -> bool:
        """Tell whether a span of time is wanted: then moments, not ids, are what is ordered by."""
        return self.begin is not None or self.end is not None

    @property
    def hopeless(self) -> bool:
        """Tell whether nothing can fit: something made no sense, or nobody and nothing is called so."""
        return bool(self.unread or (self.q and not self.found) or (self.who and not self.people))

    def fitting(self) -> QuerySet[AuditEvent]:
        """Return the events that fit, in no order."""
        rows = _visible(self.only)
        if self.hopeless:
            return rows.none()
        for column in EQUAL:
            if value := getattr(self, column):
                rows = rows.filter(**{column: value})
        return self._within(rows.filter(self._outcomes(), self._persons(), self._searched()))

    @property
    def stretch(self) -> int:
        """Return how many events are looked through for one page."""
        ordered = self.only is None and (self.timed or not self._lead())
        return STRETCH if ordered else LED

    def leading(self) -> QuerySet[AuditEvent]:
        """Return the events of the one index that leads to those that fit: a superset, cheaply ordered."""
        rows = _visible(self.only)
        return self._within(rows) if self.timed else rows.filter(**self._lead())

    def _lead(self) -> dict[str, Any]:
        """Return what is looked up in the index that leads; nothing for the order of ids itself."""
        if len(self.people) == 1 and (self.who or self.found == ("user",)):
            return {"user": self.people[0]}
        if len(self.found) == 1 and self.found != ("user",):
            return {self.found[0]: self.q}
        for column in LEADING:
            if value := getattr(self, column):
                return {column: value}
        if self.outcome == WRONG or self.outcome in WENT_WRONG:
            return {"outcome__in": ("error", "failed", "timeout")}  # as the index has it
        if self.verdict == "deny":
            return {"verdict": "deny"}
        return {"kind": self.kind} if self.kind else {}

    def told(self) -> dict[str, str]:
        """Return what is wanted as the trail keeps it."""
        named = {each.name: getattr(self, each.name) for each in fields(self)}
        texts = {name: value for name, value in named.items() if isinstance(value, str) and value}
        moments = {"begin": self.begin, "end": self.end}
        return texts | {name: f"{at:%Y-%m-%d %H:%M:%S}Z" for name, at in moments.items() if at}

    def _outcomes(self) -> Q:
        if self.outcome == WRONG:
            return Q(outcome__in=sorted(WENT_WRONG))
        return Q(outcome=self.outcome) if self.outcome else Q()

    def _persons(self) -> Q:
        return Q(user__in=self.people) if self.who else Q()

    def _searched(self) -> Q:
        if not self.q:
            return Q()
        found = Q(pk__in=())
        for column in self.found:
            found |= Q(user__in=self.people) if column == "user" else Q(**{column: self.q})
        return found

    def _within(self, rows: QuerySet[AuditEvent]) -> QuerySet[AuditEvent]:
        if self.begin is not None:
            rows = rows.filter(at__gte=self.begin)
        return rows if self.end is None else rows.filter(at__lt=self.end)


def narrowed(
    asked: Mapping[str, str], now: datetime | None = None, only: Q | None = None
) -> Narrowed:
    """Read what an address asks for; a word to search is looked up in each index, once.

    Who may see no more than `only` learns of nothing else, not even that there is a server of a name.
    """
    said = {name: words(asked.get(name, ""), LONGEST) for name in (*EQUAL, "outcome", "who", "q")}
    begin, end, unread = _moments(asked, now or timezone.now())
    word = said["q"] or said["who"]
    people = _people(word) if word else ()
    found = _found(said["q"], people, only) if said["q"] else ()
    if said["who"] and said["q"]:
        people = _people(said["who"])
        found = tuple(column for column in found if column != "user")
    return Narrowed(
        **said, begin=begin, end=end, unread=unread, people=people, found=found, only=only
    )


def _visible(only: Q | None) -> QuerySet[AuditEvent]:
    rows = AuditEvent.objects.order_by()
    return rows if only is None else rows.filter(only)


def _found(word: str, people: tuple[UUID, ...], only: Q | None) -> tuple[str, ...]:
    """Return the columns with an index in which this very word stands."""
    columns = ("server", "entry", "client")
    found = [one for one in columns if _visible(only).filter(**{one: word}).exists()]
    return (*found, "user") if people else tuple(found)


def _people(word: str) -> tuple[UUID, ...]:
    """Return the ids that a name, or the text of an id, stands for."""
    if (spelt := uuid_of(word)) is not None:
        return (spelt,)
    known = AuditPerson.objects.filter(label=word).values_list("pk", flat=True)
    return tuple(known[:MOST_NAMESAKES])


def _moments(
    asked: Mapping[str, str], now: datetime
) -> tuple[datetime | None, datetime | None, tuple[str, ...]]:
    """Return begin, end and what of both could not be read; a chosen span counts back from now."""
    read = {name: _moment(asked.get(name, "").strip()) for name in ("from", "to")}
    unread = tuple(name for name, at in read.items() if at is None and asked.get(name, "").strip())
    begin, end = read["from"], read["to"]
    _title, length = SPANS.get(asked.get("span", ""), ("", None))
    if length is not None:
        begin = max(begin or now - length, now - length)
    return begin, end, unread


def _moment(text: str) -> datetime | None:
    """Read a moment in the reader's own time zone."""
    for form in FORMS:
        try:
            return timezone.make_aware(datetime.strptime(text, form)).astimezone(UTC)
        except (ValueError, OverflowError):
            continue
    return None
