"""Versions, read only: which definition held when."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from unfold.decorators import display

from catalog.admin import definitions
from catalog.models import EntryVersion
from catalog.permissions import Permission
from monitoring.admin.base import ServiceAdmin

STATES = {"Approved": "success", "Superseded": "info"}


@admin.register(EntryVersion)
class EntryVersionAdmin(ServiceAdmin):
    """The history of tools, resources, templates and prompts; seen by who may see those."""

    adds = changes = deletes = False
    empty_hint = "A version is made when a source's file offers something new or changed."
    list_display = ("shown", "kind", "source", "state_shown", "hash", "created_at")
    list_filter = ("state", "entry__kind", "entry__source")
    list_select_related = ("entry__source",)
    search_fields = ("entry__name", "definition__sha256__startswith")
    search_help_text = "A name, or the beginning of a SHA-256"
    ordering = ("-id",)
    fields = ("of", "shown", "kind", "source", "state_shown", "created_at", "text")

    def get_queryset(self, request: HttpRequest) -> QuerySet[EntryVersion]:
        """Return the versions with what they are of."""
        rows: QuerySet[EntryVersion] = super().get_queryset(request)
        return rows.select_related("entry__source")

    def has_view_permission(self, request: Any, obj: Any = None) -> bool:
        """Who may see an entry may see its versions."""
        user = request.user
        return bool(user.has_perm("catalog.view_entry") or user.has_perm(Permission.CHANGE_ENTRY))

    def has_module_permission(self, request: Any) -> bool:
        """Show the list to who may view it."""
        return self.has_view_permission(request)

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
