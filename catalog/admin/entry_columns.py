"""The columns of the lists of tools, resources, templates and prompts.

Each shows a row that was completed with what catalog/shelves.py found for all rows at once. What
columns sort by is asked of the database only when somebody sorts by it.
"""

from datetime import UTC, datetime
from typing import Any

from django.db.models import DateTimeField, F, FloatField, OuterRef, Subquery, Value
from django.db.models.functions import Coalesce, Length
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.timesince import timesince
from unfold.decorators import display

from catalog.models import Entry
from monitoring.models import EntryUse

STATES = {"On": "success", "Off": "info", "Missing": "warning", "Source off": "info"}
HINTS_SHOWN = (
    ("readOnlyHint", "visibility", "Read only"),
    ("destructiveHint", "warning", "Destructive"),
    ("idempotentHint", "repeat", "Idempotent"),
    ("openWorldHint", "public", "Open world"),
)
"""Hint, icon, words."""
TITLE_SHOWN = 60
"""Characters of a title in a row; its page shows it whole."""
TAGS_SHOWN = 3
SECOND = 1000
"""Milliseconds from which a time is told in seconds."""

NEVER = Value(datetime(1970, 1, 1, tzinfo=UTC), output_field=DateTimeField())
"""Where what was never used stands among the others; databases disagree on where nothing stands."""
_USE = EntryUse.objects.filter(entry=OuterRef("public_id"))
_RATE = F("errors") * Value(1.0) / F("calls")
BY_CALLS = Coalesce(Subquery(_USE.values("calls")), 0)
BY_ERRORS = Coalesce(
    Subquery(_USE.filter(calls__gt=0).values(rate=_RATE)), -1.0, output_field=FloatField()
)
BY_P95 = Coalesce(Subquery(_USE.values("p95_us")), -1)
BY_LAST_USE = Coalesce(Subquery(_USE.values("last_used")), NEVER)
BY_LENGTH = Coalesce(Length("current__definition__body"), 0)


@display(description="name", ordering="name", header=True)
def shown(row: Any) -> tuple[str, str]:
    """Show the name, and below it the title that people read, and its tags."""
    title = Truncator(row.shelved.told.title).chars(TITLE_SHOWN)
    named = [f"#{tag.name}" for tag in row.tags.all()]
    more = ["…"] if len(named) > TAGS_SHOWN else []
    return row.name, " ".join(filter(None, [title, *named[:TAGS_SHOWN], *more]))


@display(description="source", ordering="source__name")
def source(row: Any) -> str:
    """Name the source."""
    return str(row.source.name)


@display(description="servers")
def servers(row: Any) -> str:
    """Name the first servers it is on, with links, and count the others."""
    return render_to_string("admin/catalog/servers.html", {"shelved": row.shelved})


@display(description="state", label=STATES, ordering="enabled")
def state(row: Any) -> str:
    """Say whether it can be used."""
    if row.state == Entry.State.MISSING:
        return "Missing"
    if not row.source.enabled:
        return "Source off"
    return "On" if row.enabled else "Off"


@display(description="says it is")
def hints(row: Any) -> str:
    """Say in words and signs what its definition says of it."""
    return render_to_string("admin/catalog/hints.html", {"hints": hints_of(row)})


def hints_of(row: Any) -> list[tuple[str, str]]:
    """Return icon and words of each hint that a row's definition says is so."""
    said = row.shelved.told.hints
    return [(icon, words) for hint, icon, words in HINTS_SHOWN if hint in said]


@display(description="calls", ordering=BY_CALLS)
def calls(row: Any) -> str:
    """Show how often it was used."""
    return f"{row.shelved.use.calls:,}"


@display(description="errors", ordering=BY_ERRORS)
def errors(row: Any) -> str:
    """Show how much of it went wrong."""
    rate = row.shelved.use.error_rate
    return "-" if rate is None else f"{100 * rate:.1f} %"


@display(description="p95", ordering=BY_P95)
def p95(row: Any) -> str:
    """Show how long the slow ones took."""
    return in_time(row.shelved.use.p95_ms)


def in_time(milliseconds: float | None) -> str:
    """Return a time in words: "0.4 ms", "35 ms", "1.2 s"."""
    if milliseconds is None:
        return "-"
    if milliseconds >= SECOND:
        return f"{milliseconds / SECOND:,.1f} s"
    return f"{milliseconds:.1f} ms" if milliseconds < 10 else f"{milliseconds:.0f} ms"


@display(description="last used", ordering=BY_LAST_USE)
def last_used(row: Any) -> str:
    """Say how long ago it was used last."""
    at = row.shelved.use.last_used
    return "-" if at is None else f"{timesince(at, timezone.now(), depth=1)} ago"


@display(description="tokens", ordering=BY_LENGTH)
def tokens(row: Any) -> str:
    """Show about how many tokens it costs a model each time it is listed."""
    number = row.shelved.told.tokens
    return f"about {number:,}" if number else "-"
