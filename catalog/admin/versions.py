"""Versions: which definition held when, what waits, and what differs from what is served."""

from functools import partial
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from unfold.decorators import display

from catalog.admin import definitions, differences
from catalog.admin.deciding import buttons, decide, may_decide
from catalog.admin.waiting import approve_all_page, waiting_page
from catalog.errors import CatalogError
from catalog.models import EntryVersion
from catalog.permissions import sees_entries
from monitoring.admin.base import ServiceAdmin

STATES = {"Approved": "success", "Superseded": "info", "Waits": "warning", "Declined": "danger"}


@admin.register(EntryVersion)
class EntryVersionAdmin(ServiceAdmin):
    """The history of tools, resources, templates and prompts; seen by who may see those.

    A version's own page is also for who curates for the team of its source.
    """

    refusals = (CatalogError,)
    adds = changes = deletes = False
    empty_hint = "A version is made when a source's file offers something new or changed."
    list_display = ("shown", "kind", "source", "state_shown", "hash", "created_at")
    list_filter = ("state", "entry__kind", "entry__source")
    list_select_related = ("entry__source",)
    search_fields = ("entry__name", "definition__sha256__startswith")
    search_help_text = "A name, or the beginning of a SHA-256"
    ordering = ("-id",)
    fields = (
        *("of", "shown", "kind", "source", "state_shown", "created_at", "decided_at"),
        *("decision", "compared", "text"),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[EntryVersion]:
        """Return the versions with what they are of."""
        rows: QuerySet[EntryVersion] = super().get_queryset(request)
        return rows.select_related("entry__source")

    def get_urls(self) -> list[URLPattern]:
        """Add the page of what waits, and where decisions are posted to."""
        wrap = self.admin_site.admin_view
        name = "catalog_entryversion"
        return [
            path("waiting/", wrap(partial(waiting_page, self)), name=f"{name}_waiting"),
            path(
                "waiting/<int:source>/",
                wrap(partial(approve_all_page, self)),
                name=f"{name}_approve_all",
            ),
            path(
                "<int:pk>/decide/<slug:verb>/", wrap(partial(decide, self)), name=f"{name}_decide"
            ),
            *super().get_urls(),
        ]

    def has_view_permission(self, request: Any, obj: Any = None) -> bool:
        """Who may see an entry may see its versions."""
        return self.permitted(request) or self.opened(request, "view", obj)

    def permitted(self, request: Any, *verbs: str) -> bool:
        """Go by the permissions on entries: versions have none of their own."""
        return sees_entries(request.user)

    def get_object(self, request: Any, object_id: str, from_field: Any = None) -> Any:
        """Return the version with what the reader may decide on it."""
        row = super().get_object(request, object_id, from_field)
        if row is not None:
            row.buttons = buttons(row) if may_decide(request, row) else []
        return row

    @display(description="version", ordering="entry__name")
    def shown(self, row: EntryVersion) -> str:
        """Name it by what it is of, and its number."""
        return str(row)

    @display(description="kind", ordering="entry__kind")
    def kind(self, row: EntryVersion) -> str:
        """Say what it is of."""
        return row.entry.get_kind_display()

    @display(description="source", ordering="entry__source__name")
    def source(self, row: EntryVersion) -> str:
        """Name the source."""
        return row.entry.source.name

    @display(description="state", label=STATES, ordering="state")
    def state_shown(self, row: EntryVersion) -> str:
        """Say where it stands."""
        return row.get_state_display()

    @display(description="SHA-256")
    def hash(self, row: EntryVersion) -> str:
        """Show the beginning of the definition's hash."""
        return row.definition_id[:12]

    @display(description="of")
    def of(self, row: EntryVersion) -> str:
        """Link to what it is a version of."""
        url = reverse(f"admin:catalog_{row.entry.kind}_change", args=[row.entry_id])
        return format_html('<a class="text-link" href="{}">{}</a>', url, row.entry.name)

    @display(description="definition")
    def text(self, row: EntryVersion) -> str:
        """Show the definition."""
        return definitions.shown(row.definition)

    @display(description="decision")
    def decision(self, row: Any) -> str:
        """Offer what can be decided, and the page of what clients see."""
        context = {"version": row, "buttons": row.buttons}
        return render_to_string("admin/catalog/decision.html", context)

    @display(description="beside what is served")
    def compared(self, row: EntryVersion) -> str:
        """Show what differs between it and what is served."""
        return differences.shown(row)
