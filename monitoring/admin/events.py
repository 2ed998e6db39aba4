"""The audit trail: read only, and never counted, since counting reads it whole."""

import json
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest, HttpResponseBase
from django.template.loader import render_to_string
from django.urls import URLPattern, path
from unfold.decorators import display

from monitoring import labels
from monitoring.admin import contents, live, times, words
from monitoring.admin.base import ServiceAdmin
from monitoring.admin.exports import download
from monitoring.admin.trail_filters import FILTERS, OUTCOMES, VERDICTS
from monitoring.admin.trail_list import TrailList
from monitoring.admin.why import may_ask, why_address
from monitoring.models import AuditEvent, AuditPerson
from monitoring.trail.around import Around, around

COLOURS = {"ok": "success", "allow": "success", "deny": "danger", "denied": "danger"}
COLOURS |= {"cancelled": "info", "error": "warning", "failed": "danger", "timeout": "warning"}


@admin.register(AuditEvent)
class AuditEventAdmin(ServiceAdmin):
    """Who did what, judged how, with what outcome."""

    adds = changes = deletes = False
    empty_hint = "Nothing matches. What people and clients do appears here within a second."
    list_before_template = "admin/monitoring/trail.html"
    change_form_after_template = "admin/monitoring/around.html"
    list_filter_submit = True
    ordering = ("-id",)
    list_display = ("when", "who", "what", "where", "verdict_shown", "outcome_shown", "took")
    list_display_links = ("when",)
    list_filter = FILTERS
    search_fields = ("server__exact", "entry__exact", "client__exact", "user__exact")
    search_help_text = "A whole name: person, server, tool or client"
    sortable_by = ()
    fieldsets = (
        (
            None,
            {"fields": ("when", "who", "done", "server", "about", "owner", "through", "source")},
        ),
        (
            "Judged",
            {"fields": ("judged", "because", "why", "detail", "ended", "took")},
        ),
        ("Arguments and result", {"fields": ("content",)}),
        ("Changed", {"fields": ("changed",)}),
        ("Proof", {"fields": ("version", "trace_id", "chain", "seq", "key_id", "mac")}),
    )

    def get_object(self, request: Any, object_id: str, from_field: Any = None) -> Any:
        """Return an event with what was recorded of its call, as far as this person may see it."""
        row = super().get_object(request, object_id, from_field)
        if row is not None:
            row.content = contents.of(row, request.user)
        return row

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditEvent]:
        """Return the events with the name of who did each."""
        return self.with_names(super().get_queryset(request))

    def only(self, request: HttpRequest) -> Q | None:
        """Return what somebody who is here by a role sees at most, as the list and the export ask."""
        return self._opened_rows(request, "view") if self.by_role(request) else None

    def with_names(self, rows: QuerySet[AuditEvent]) -> QuerySet[AuditEvent]:
        """Add to each event the name of who did it, while it is known."""
        person = AuditPerson.objects.filter(pk=OuterRef("user")).values("label")[:1]
        return rows.annotate(label=Subquery(person))

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[TrailList]:
        """Show pages by place instead of by number."""
        return TrailList

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[AuditEvent], search_term: str
    ) -> tuple[QuerySet[AuditEvent], bool]:
        """Leave it to the list: it narrows by what has an index, searched word included."""
        return queryset, False

    def get_urls(self) -> list[URLPattern]:
        """Add the live view and the export."""
        export = path(
            "export/<str:form>/",
            self.admin_site.admin_view(self.export_view),
            name="monitoring_auditevent_export",
        )
        return [export, *live.urls(self), *super().get_urls()]

    def export_view(self, request: HttpRequest, form: str) -> HttpResponseBase:
        """Hand out the events that the address narrows to, to who may see them."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return download(request, form, self.only(request))

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> Any:
        """Add what stands around the event."""
        context["around"] = _in_words(around(context["original"], self.get_queryset(request)))
        return super().render_change_form(request, context, *args, **kwargs)

    @display(description="when")
    def when(self, row: AuditEvent) -> str:
        """Show the moment; the trail keeps it in UTC."""
        return times.second(row.at)

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
        return words.of_change(row.action, row.data), words.circumstances(row)

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

    @display(description="from")
    def source(self, row: AuditEvent) -> str:
        """Name the address it came from."""
        return words.address_of(row.data)

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

    @display(description="reason")
    def because(self, row: AuditEvent) -> str:
        """Say why, and as it stands in exports."""
        said = words.of_reason(row.reason, row.outcome) if row.reason else ""
        return row.reason if said in ("", row.reason) else f"{said} ({row.reason})"

    @display(description="outcome")
    def ended(self, row: AuditEvent) -> str:
        """Say how it ended."""
        return OUTCOMES.get(row.outcome, row.outcome)

    @display(description="took", empty_value="-")
    def took(self, row: AuditEvent) -> str | None:
        """Show how long it took, in milliseconds."""
        return None if row.duration_us is None else f"{row.duration_us / 1000:,.1f} ms"

    @display(description="recorded")
    def content(self, row: Any) -> str:
        """Show what went in and came out, or how to have it recorded."""
        return contents.rendered(row.content)

    @display(description="before and after")
    def changed(self, row: AuditEvent) -> str:
        """Show what a change was, field by field."""
        return render_to_string("admin/monitoring/changed.html", {"lines": changed_lines(row.data)})

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        """Offer why beside each denial, to who may ask."""
        return (*self.list_display, "why_denied") if may_ask(request.user) else self.list_display

    @display(description="why?", empty_value="")
    def why_denied(self, row: AuditEvent) -> str | None:
        """Lead from a denial to what decides."""
        url = why_address(row)
        shown = {"url": url, "words": "Why?"}
        return render_to_string("admin/monitoring/why.html", shown) if url else None

    @display(description="why?")
    def why(self, row: AuditEvent) -> str:
        """Lead to the page that explains a denial as it would be judged now."""
        shown = {"url": why_address(row), "words": "What decides, and what would alter it"}
        return render_to_string("admin/monitoring/why.html", shown)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Leave out what this event does not have."""
        hidden = () if may_ask(request.user) else ("why",)
        kept = [
            (name, tuple(each for each in row["fields"] if each not in hidden and _has(obj, each)))
            for name, row in self.fieldsets
        ]
        return [(name, {"fields": fields}) for name, fields in kept if fields]


KEPT_IN = {"when": "at", "done": "action", "took": "duration_us"}
KEPT_IN |= {"changed": "data", "who": "action", "owner": "team", "through": "client"}
KEPT_IN |= {"judged": "verdict", "ended": "outcome", "because": "reason"}
"""Where what is shown is kept, for what is no column itself."""


def _has(event: AuditEvent | None, field: str) -> bool:
    if event is not None and field == "content":
        return event.kind in contents.KINDS
    if event is not None and field == "changed":
        return bool(event.data) and not _only_leads(event)
    if event is not None and field == "source":
        return bool(words.address_of(event.data))
    if event is not None and field == "about":
        return bool(words.subject(event.entry, event.data))
    if event is not None and field == "why":
        return bool(why_address(event))
    return event is None or getattr(event, KEPT_IN.get(field, field)) not in ("", None)


def _only_leads(event: AuditEvent) -> bool:
    """Tell whether all that an event holds is shown elsewhere on its page."""
    return contents.says_nothing_else(event) or bool(words.address_of(event.data))


def _in_words(found: Around) -> Around:
    """Say of each event what it was, about what, and how it ended."""
    for _title, events in found.lists:
        for event in events:
            shown: Any = event
            shown.said = words.of_change(event.action, event.data)
            shown.about = words.circumstances(event)
            shown.ended = OUTCOMES.get(event.outcome, event.outcome)
    return found


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
