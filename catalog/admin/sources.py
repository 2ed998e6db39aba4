"""Sources: whose they are, on or off, and above all what is wrong with their files."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from unfold.decorators import display

from catalog import services
from catalog.errors import CatalogError
from catalog.models import Entry, Source, Tool
from catalog.selectors import waiting_by_source
from monitoring.admin import stopping
from monitoring.admin.base import ServiceAdmin, ServiceForm

STATES = {"On": "success", "Off": "info", "Problem": "danger"}
PROBLEMS_SHOWN = 5


class SourceForm(ServiceForm):
    """What is decided here; the file decides what it offers."""

    class Meta:
        model = Source
        fields = ("team", "enabled", "changes")
        help_texts = {
            "team": "Its admins and curators may curate what this source offers.",
            "enabled": "Off, nothing of it is listed or can be called, on any server.",
            "changes": "Under review, what is new or changed waits on Changes waiting until it is"
            " approved; clients keep what was approved. Trusted again, what waits goes on waiting.",
        }


class ProblemFilter(admin.SimpleListFilter):
    """Sources whose file did not load whole, or did."""

    title, parameter_name = "problem", "problem"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, str]]:
        """Offer both."""
        return [("yes", "With a problem"), ("no", "Without")]

    def queryset(self, request: Any, queryset: QuerySet[Source]) -> QuerySet[Source]:
        """Narrow by whether there is a text."""
        match self.value():
            case "yes":
                return queryset.exclude(problem="")
            case "no":
                return queryset.filter(problem="")
        return queryset


@admin.register(Source)
class SourceAdmin(ServiceAdmin):
    """Where tools, resources and prompts come from."""

    form = SourceForm
    refusals = (CatalogError,)
    adds = False
    empty_hint = (
        "Write a function with @tool into the mcp.py of an installed app, or name a file or folder"
        " in MCPHUB_TOOLS, and restart the hub."
    )
    list_display = ("shown", "kind", "team", "state", "reviewed", "offers", "missing", "synced_at")
    list_filter = (ProblemFilter, "enabled", "changes", "kind", "team")
    list_select_related = ("team",)
    search_fields = ("name", "key", "problem")
    search_help_text = "A name, a file or a problem"
    readonly_fields = ("name", "kind", "key", "waits", "offers", "missing", "synced_at")
    fields = (
        *("name", "kind", "key", "team", "enabled", "changes"),
        *("waits", "offers", "missing", "synced_at"),
    )
    list_before_template = "admin/catalog/problems.html"
    change_form_before_template = "admin/catalog/before_source.html"
    actions = ("switch_on", "switch_off")
    actions_detail = ("stop",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Source]:
        """Return the sources with how much they offer."""
        rows: QuerySet[Source] = super().get_queryset(request)
        active = Count("entries", filter=Q(entries__state=Entry.State.ACTIVE))
        gone = Count("entries", filter=Q(entries__state=Entry.State.MISSING))
        return rows.annotate(active=active, gone=gone)

    def complete(self, rows: Any) -> None:
        """Count what waits of each."""
        numbers = waiting_by_source(rows)
        for row in rows:
            row.waiting = numbers.get(row.pk, 0)

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Show the problems of the sources listed above the list."""
        changelist: Any = super().get_changelist_instance(request)
        for row in changelist.result_list:
            row.tools_shown = self._shows_tools(request)
        wrong = [row for row in changelist.result_list if row.problem]
        changelist.problems = wrong[:PROBLEMS_SHOWN]
        return changelist

    def get_object(self, request: Any, object_id: str, from_field: Any = None) -> Any:
        """Return a source, and whether this person may look at what it offers."""
        row = super().get_object(request, object_id, from_field)
        if row is not None:
            row.tools_shown = self._shows_tools(request)
        return row

    def _shows_tools(self, request: Any) -> bool:
        return bool(self.admin_site.get_model_admin(Tool).has_view_permission(request))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Leave handing over to who may change every source."""
        fixed = () if self.permitted(request, "change") else ("team",)
        return (*self.readonly_fields, *fixed)

    def update(self, request: Any, row: Source, form: Any) -> None:
        """Hand it over, and switch it."""
        order, actor = form.cleaned_data, request.user
        if "team" in form.changed_data:
            services.set_source_team(actor=actor, source=row, team=order["team"])
        if "enabled" in form.changed_data:
            services.set_source_enabled(actor=actor, source=row, enabled=order["enabled"])
        if "changes" in form.changed_data:
            services.set_source_changes(actor=actor, source=row, changes=order["changes"])

    def remove(self, request: Any, row: Source) -> None:
        """Delete the source."""
        services.delete_source(actor=request.user, source=row)

    def what_goes(self, row: Source) -> list[str]:
        """Say what goes with a source."""
        number = row.entries.count()
        return [
            f"{number} tools, resources, templates and prompts, with their tags, wherever they are"
            " published.",
            "While its file is still loaded it comes back, new, with the next start.",
        ]

    @admin.action(description="Switch on", permissions=("change",))
    def switch_on(self, request: Any, queryset: QuerySet[Source]) -> None:
        """Switch on each of the selected."""
        self._switch(request, queryset, True)

    @admin.action(description="Switch off", permissions=("change",))
    def switch_off(self, request: Any, queryset: QuerySet[Source]) -> None:
        """Switch off each of the selected."""
        self._switch(request, queryset, False)

    def _switch(self, request: Any, queryset: QuerySet[Source], enabled: bool) -> None:
        def act(row: Source) -> None:
            services.set_source_enabled(actor=request.user, source=row, enabled=enabled)

        self.each(request, queryset, act, f"switched {'on' if enabled else 'off'}")

    has_stop_permission = stopping.permitted
    stop = stopping.leading_to("source")

    @display(description="source", ordering="name", header=True)
    def shown(self, row: Source) -> tuple[str, str]:
        """Show the name, and below it where it is."""
        return row.name, row.key

    @display(description="state", label=STATES)
    def state(self, row: Source) -> str:
        """Say whether it is on and well."""
        if row.problem:
            return "Problem"
        return "On" if row.enabled else "Off"

    @display(description="changes", ordering="changes")
    def reviewed(self, row: Any) -> str:
        """Say whether its changes are looked at first, and how many wait."""
        word = "Reviewed" if row.changes == Source.Changes.REVIEW else "Trusted"
        return f"{word}, {row.waiting} waiting" if row.waiting else word

    @display(description="changes waiting")
    def waits(self, row: Any) -> str:
        """Count what waits, with a link there."""
        if not row.waiting:
            return "None"
        url = reverse("admin:catalog_entryversion_waiting", query={"source": row.pk})
        return format_html('<a class="text-link" href="{}">{}</a>', url, row.waiting)

    @display(description="offers", ordering="active")
    def offers(self, row: Any) -> str:
        """Count what it offers, with a link to its tools for who may see them."""
        if not row.tools_shown:
            return str(row.active)
        url = reverse("admin:catalog_tool_changelist", query={"source__id__exact": row.pk})
        return format_html('<a class="text-link" href="{}">{}</a>', url, row.active)

    @display(description="missing", ordering="gone")
    def missing(self, row: Any) -> int:
        """Count what it no longer offers."""
        return int(row.gone)
