"""The filters of the audit trail's list: what an address may ask for, as one form.

They only show what is chosen. What it means is read in one place (monitoring/trail/narrowing.py), the
same for the list, the timeline and the export.
"""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.db.models import QuerySet
from unfold.contrib.filters.admin import DropdownFilter, TextFilter
from unfold.widgets import UnfoldAdminTextInputWidget

from monitoring.admin import words
from monitoring.models import AuditEvent
from monitoring.trail.narrowing import SPANS, WRONG

KINDS = {
    "call": "Tool calls",
    "read": "Resource reads",
    "get": "Prompt fetches",
    "complete": "Completions",
    "question": "Runs that asked their client",
    "job": "Calls that became jobs",
    "stream": "Streams that were refused",
    "change": "Changes by people",
    "auth": "Refused, counted by source",
    "session": "Log-ins, refused ones too",
    "token": "What clients ask for and get",
    "system": "The trail itself",
}
VERDICTS = {"allow": "Allowed", "deny": "Denied"}
OUTCOMES = {
    "ok": "OK",
    "error": "Error",
    "denied": "Denied",
    "timeout": "Timed out",
    "cancelled": "Cancelled",
    "failed": "Failed",
    "input_required": "Asked its client",
    "handed": "Became a job",
}


class _Choice(DropdownFilter):  # type: ignore[misc]
    """A filter on a column whose values are known: asking the table for them reads it whole."""

    values: dict[str, str] = {}

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, str]]:
        """Offer the known values."""
        return list(self.values.items())

    def queryset(self, request: Any, queryset: QuerySet[AuditEvent]) -> QuerySet[AuditEvent]:
        """Leave it to the list."""
        return queryset


class _Word(TextFilter):  # type: ignore[misc]
    """A filter on a whole word, which an index finds."""

    def queryset(self, request: Any, queryset: QuerySet[AuditEvent]) -> QuerySet[AuditEvent]:
        """Leave it to the list."""
        return queryset


class _MomentForm(forms.Form):
    """A day and a minute, by the browser's own means."""

    def __init__(self, name: str, label: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        widget = UnfoldAdminTextInputWidget(attrs={"type": "datetime-local"})
        widget.input_type = "datetime-local"
        self.fields[name] = forms.CharField(label=label, required=False, widget=widget)


class _Moment(_Word):
    """A filter on when, in the reader's own time zone."""

    def choices(self, changelist: Any) -> Iterator[Any]:
        """Offer the one field."""
        name = str(self.parameter_name)
        yield {"form": _MomentForm(name, f"{self.title}".capitalize(), data={name: self.value()})}


class SpanFilter(_Choice):
    """How far back."""

    title, parameter_name = "time", "span"
    values = {name: title for name, (title, _length) in SPANS.items()}


class FromFilter(_Moment):
    """Not before."""

    title, parameter_name = "from", "from"


class ToFilter(_Moment):
    """Before."""

    title, parameter_name = "to", "to"


class KindFilter(_Choice):
    """What sort of thing happened."""

    title, parameter_name, values = "kind", "kind", KINDS


class VerdictFilter(_Choice):
    """What the policy said."""

    title, parameter_name, values = "verdict", "verdict", VERDICTS


class OutcomeFilter(_Choice):
    """How it ended."""

    title, parameter_name = "outcome", "outcome"
    values = {WRONG: "Went wrong (any)", **OUTCOMES}


class ReasonFilter(_Choice):
    """Why it was denied."""

    title, parameter_name, values = "reason", "reason", words.REASONS


class ActionFilter(_Choice):
    """What was done."""

    title, parameter_name = "action", "action"
    values = dict(sorted(words.ACTIONS.items(), key=lambda item: item[1]))


class ServerFilter(_Word):
    """One server, by its address."""

    title, parameter_name = "server", "server"


class PersonFilter(_Word):
    """One person, by name or id."""

    title, parameter_name = "person (name or id)", "who"


class ClientFilter(_Word):
    """One client, by its id."""

    title, parameter_name = "client (id)", "client"


class EntryFilter(_Word):
    """One tool, resource or prompt, by the name clients see."""

    title, parameter_name = "tool, resource or prompt", "entry"


class TraceFilter(_Word):
    """One trace, by its id."""

    title, parameter_name = "trace (id)", "trace_id"


FILTERS = (
    *(SpanFilter, FromFilter, ToFilter, KindFilter, VerdictFilter, OutcomeFilter, ReasonFilter),
    *(ServerFilter, PersonFilter, ClientFilter, EntryFilter, ActionFilter, TraceFilter),
)
