"""The audit trail: read only, and never counted, since counting reads it whole."""

import json
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest
from django.template.loader import render_to_string
from unfold.contrib.filters.admin import TextFilter
from unfold.decorators import display
from unfold.paginator import InfinitePaginator

from monitoring import labels
from monitoring.admin import words
from monitoring.admin.base import ServiceAdmin
from monitoring.models import AuditEvent, AuditPerson

KINDS = {
    "call": "Tool calls",
    "read": "Resource reads",
    "get": "Prompt fetches",
    "change": "Changes by people",
    "auth": "Refused tokens",
    "token": "Tokens of clients",
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
}
COLOURS = {"ok": "success", "allow": "success", "deny": "danger", "denied": "danger"}
COLOURS |= {"cancelled": "info", "error": "warning", "failed": "danger", "timeout": "warning"}


class _Choice(admin.SimpleListFilter):
    """A filter on a column whose values are known: asking the table for them reads it whole."""

    values: dict[str, str] = {}

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, str]]:
        """Offer the known values."""
        return list(self.values.items())

    def queryset(self, request: Any, queryset: QuerySet[AuditEvent]) -> QuerySet[AuditEvent]:
        """Narrow to the chosen value."""
        chosen = self.value()
        return queryset.filter(**{str(self.parameter_name): chosen}) if chosen else queryset


class KindFilter(_Choice):
    """What sort of thing happened."""

    title, parameter_name, values = "kind", "kind", KINDS


class VerdictFilter(_Choice):
    """What the policy said."""

    title, parameter_name, values = "verdict", "verdict", VERDICTS


class OutcomeFilter(_Choice):
    """How it ended."""

    title, parameter_name, values = "outcome", "outcome", OUTCOMES


class ServerFilter(TextFilter):  # type: ignore[misc]
    """One server, by its address."""

    title, parameter_name = "server", "server"

    def queryset(self, request: Any, queryset: QuerySet[AuditEvent]) -> QuerySet[AuditEvent]:
        """Narrow to the server that is named whole."""
        server = (self.value() or "").replace("\0", "")  # PostgreSQL takes none
        return queryset.filter(server=server) if server else queryset


@admin.register(AuditEvent)
class AuditEventAdmin(ServiceAdmin):
    """Who did what, judged how, with what outcome."""

    adds = changes = deletes = False
    empty_hint = "Nothing matches. What people and clients do appears here within a second."
    paginator = InfinitePaginator
    show_full_result_count = False
    list_filter_submit = True
    ordering = ("-id",)
    list_display = ("when", "who", "what", "where", "verdict_shown", "outcome_shown", "took")
    list_display_links = ("when",)
    list_filter = (KindFilter, ServerFilter, VerdictFilter, OutcomeFilter)
    search_fields = ("server__exact",)
    search_help_text = "A person or a server"
    sortable_by = ()
    fieldsets = (
        (None, {"fields": ("when", "who", "done", "server", "about", "owner", "through")}),
        (
            "Judged",
            {"fields": ("judged", "reason", "detail", "ended", "took")},
        ),
        ("Changed", {"fields": ("changed",)}),
        ("Proof", {"fields": ("version", "trace_id", "chain", "seq", "key_id", "mac")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditEvent]:
        """Return the events with the name of who did each, while it is known."""
        person = AuditPerson.objects.filter(pk=OuterRef("user")).values("label")[:1]
        rows: QuerySet[AuditEvent] = super().get_queryset(request)
        return rows.annotate(label=Subquery(person))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[AuditEvent], search_term: str
    ) -> tuple[QuerySet[AuditEvent], bool]:
        """Search where there is an index: the server, and who did it by name or id."""
        term = search_term.strip()
        if not term:
            return queryset, False
        return queryset.filter(Q(server=term) | Q(user__in=_people(term))), False

    @display(description="when")
    def when(self, row: AuditEvent) -> str:
        """Show the moment, in UTC as the trail keeps it."""
        return f"{row.at:%Y-%m-%d %H:%M:%S}"

    @display(description="who")
    def who(self, row: Any) -> str:
        """Name the person; nobody is the hub itself, the command line or an anonymous client."""
        if row.user is None:
            return "the hub" if row.kind in ("change", "system") else "anonymous"
        short = str(row.user)[:8]
        return row.label or (f"someone ({short})" if row.label is None else f"erased ({short})")

    @display(description="what", header=True)
    def what(self, row: AuditEvent) -> tuple[str, str]:
        """Show the action, and below it what it was about."""
        return words.of_change(row.action, row.data), words.subject(row.entry, row.data)

    @display(description="what")
    def done(self, row: AuditEvent) -> str:
        """Say the action in words, and as it stands in exports."""
        said = words.of_change(row.action, row.data)
        return said if said == row.action else f"{said} ({row.action})"

    @display(description="about")
    def about(self, row: AuditEvent) -> str:
        """Name what it was about."""
        return words.subject(row.entry, row.data)

    @display(description="team")
    def owner(self, row: AuditEvent) -> str:
        """Name the team that owned the server."""
        return labels.label("team", row.team)

    @display(description="client")
    def through(self, row: AuditEvent) -> str:
        """Name the client, or the token, it came through."""
        return labels.label("client", row.client)

    @display(description="server")
    def where(self, row: AuditEvent) -> str:
        """Name the server."""
        return row.server or "-"

    @display(description="verdict", label=COLOURS)
    def verdict_shown(self, row: AuditEvent) -> Any:
        """Show what the policy said."""
        return (row.verdict, VERDICTS.get(row.verdict, row.verdict)) if row.verdict else None

    @display(description="outcome", label=COLOURS)
    def outcome_shown(self, row: AuditEvent) -> Any:
        """Show how it ended."""
        return (row.outcome, OUTCOMES.get(row.outcome, row.outcome)) if row.outcome else None

    @display(description="verdict")
    def judged(self, row: AuditEvent) -> str:
        """Say what the policy said."""
        return VERDICTS.get(row.verdict, row.verdict)

    @display(description="outcome")
    def ended(self, row: AuditEvent) -> str:
        """Say how it ended."""
        return OUTCOMES.get(row.outcome, row.outcome)

    @display(description="took", empty_value="-")
    def took(self, row: AuditEvent) -> str | None:
        """Show how long it took, in milliseconds."""
        return None if row.duration_us is None else f"{row.duration_us / 1000:,.1f} ms"

    @display(description="before and after")
    def changed(self, row: AuditEvent) -> str:
        """Show what a change was, field by field."""
        return render_to_string("admin/monitoring/changed.html", {"lines": changed_lines(row.data)})

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Leave out what this event does not have."""
        kept = [
            (name, tuple(field for field in row["fields"] if _has(obj, field)))
            for name, row in self.fieldsets
        ]
        return [(name, {"fields": fields}) for name, fields in kept if fields]


KEPT_IN = {"when": "at", "done": "action", "took": "duration_us"}
KEPT_IN |= {"changed": "data", "who": "action", "owner": "team", "through": "client"}
KEPT_IN |= {"judged": "verdict", "ended": "outcome"}
"""Where what is shown is kept, for what is no column itself."""


def _has(event: AuditEvent | None, field: str) -> bool:
    if event is not None and field == "about":
        return bool(words.subject(event.entry, event.data))
    return event is None or getattr(event, KEPT_IN.get(field, field)) not in ("", None)


def changed_lines(data: str) -> list[tuple[str, str, str, bool]]:
    """Return name, before, after and whether they differ; what is no JSON object stays a text."""
    try:
        read = json.loads(data or "{}")
    except ValueError:
        return [("data", "", data, True)]
    if not isinstance(read, dict):
        return [("data", "", data, True)]
    before, after = read.pop("before", None) or {}, read.pop("after", None) or {}
    if not (isinstance(before, dict) and isinstance(after, dict)):
        return [("data", "", data, True)]
    lines = [
        (
            words.FIELDS.get(name, name),
            _said(before, name),
            _said(after, name),
            before.get(name) != after.get(name),
        )
        for name in {**before, **after}
    ]
    rest = [(words.FIELDS.get(name, name), "", _text(value), True) for name, value in read.items()]
    return lines + rest


def _said(side: dict[str, Any], name: str) -> str:
    return _text(side[name]) if name in side else ""


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _people(term: str) -> list[UUID]:
    """Return the ids that a name, or the text of an id, stands for."""
    try:
        return [UUID(term)]
    except ValueError:
        return list(AuditPerson.objects.filter(label=term[:255]).values_list("pk", flat=True)[:50])
