"""Tools, resources, templates and prompts: four lists over one table, curated alike."""

import json
from collections.abc import Sequence
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from unfold.decorators import display

from catalog import services
from catalog.admin import definitions, entry_columns
from catalog.admin.entry_acts import ACTS
from catalog.admin.entry_filters import (
    FewFilter,
    HintFilter,
    RunsFilter,
    StateFilter,
    UsedFilter,
    WordsFilter,
    found,
)
from catalog.admin.entry_form import EntryForm
from catalog.admin.entry_head import head
from catalog.admin.history import history
from catalog.errors import CatalogError
from catalog.models import Entry, Prompt, Resource, Template, Tool
from catalog.shelves import shelved
from monitoring.admin.base import ServiceAdmin

PLACES_SHOWN = 50
SAID_SHOWN = 8000
"""Characters of the source's description that are shown beside a curator's."""
SEES_SERVERS = ("servers.view_server", "servers.change_server")
PUBLISHES = "servers.change_server"
OF_SERVERS = (entry_columns.servers, ("published__server", FewFilter), "published_on")
"""What is seen only by who sees servers: a column, a filter, a part of the page."""
OF_TOOLS = (entry_columns.hints, HintFilter, RunsFilter, "runs")
"""What only tools have."""
OF_SOURCE = "source__id__exact"
"""How an address narrows a list to one source's."""
GO_BACK = "_as_source"
"""The button that gives title and description back to the source."""


@admin.register(Tool, Resource, Template, Prompt)
class EntryAdmin(ServiceAdmin):
    """One kind's list and pages. To Django's permissions all four kinds are entries."""

    form = EntryForm
    refusals = (CatalogError,)
    adds = deletes = False
    permission_name = "entry"
    empty_hint = (
        "Functions in a source's file appear here by themselves. Sources say what went wrong."
    )
    list_display = (
        entry_columns.shown,
        entry_columns.source,
        entry_columns.servers,
        entry_columns.state,
        entry_columns.hints,
        entry_columns.calls,
        entry_columns.errors,
        entry_columns.p95,
        entry_columns.last_used,
        entry_columns.tokens,
    )
    list_filter = (
        StateFilter,
        HintFilter,
        RunsFilter,
        UsedFilter,
        WordsFilter,
        "durable",
        ("tags", FewFilter),
        ("published__server", FewFilter),
        ("source", FewFilter),
    )
    search_fields = ("name", "source__name", "own_title", "own_description")
    search_help_text = "Words of a name, a source or a description, or a tag"
    list_per_page = 25  # rows of ten columns: 50 take twice as long to draw
    list_before_template = "admin/catalog/shelf.html"
    change_form_outer_before_template = "admin/catalog/entry_head.html"
    readonly_fields = (
        "source_title",
        "source_description",
        "give_back",
        "published_on",
        "definition",
        "versions",
    )
    fieldsets = (
        ("Curated", {"fields": ("enabled", "durable", "tag_words")}),
        ("How it runs", {"fields": ("runs",)}),
        (
            "Words",
            {
                "fields": (
                    ("source_title", "own_title"),
                    ("source_description", "own_description"),
                    "give_back",
                )
            },
        ),
        ("Published on", {"fields": ("published_on",)}),
        ("What a model sees", {"fields": ("definition",)}),
        ("Versions", {"fields": ("versions",)}),
    )
    actions = ACTS

    # --- which rows, and what beside them --------------------------------------------------------
    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Return the rows with what every list and page needs of others."""
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.select_related("source", "current").prefetch_related("tags")

    def complete(self, rows: Sequence[Any]) -> None:
        """Add what curators see beside the rows."""
        shown = shelved(rows)
        for row in rows:
            row.shelved = shown[row.pk]

    def get_object(self, request: Any, object_id: str, from_field: Any = None) -> Any:
        """Return a row, complete, with what this person may do with it."""
        row = super().get_object(request, object_id, from_field)
        if row is not None:
            row.may_put = self.has_publish_permission(request)
            row.may_decide = self.has_change_permission(request, row)
        return row

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Find words in names, sources and definitions; no row comes twice."""
        return found(queryset, search_term), False

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """Return the columns of this kind that this person may see."""
        return self._without_hidden(request, super().get_list_display(request))

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        """Return the filters of this kind that this person may use."""
        return self._without_hidden(request, super().get_list_filter(request))

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Return the parts of the page that this person may see."""
        parts = super().get_fieldsets(request, obj)
        return [part for part in parts if self._without_hidden(request, list(part[1]["fields"]))]

    def get_actions(self, request: HttpRequest) -> Any:
        """Leave out what is for tools alone."""
        actions = super().get_actions(request)
        if self.model is not Tool:
            actions.pop("set_runs", None)
        return actions

    def _without_hidden(self, request: HttpRequest, parts: Sequence[Any]) -> list[Any]:
        hidden: list[Any] = [] if self.model is Tool else [*OF_TOOLS]
        if not any(request.user.has_perm(name) for name in SEES_SERVERS):
            hidden += OF_SERVERS
        return [part for part in parts if part not in hidden]

    # --- who may -------------------------------------------------------------------------------
    def lookup_allowed(self, lookup: str, value: Any, request: Any = None) -> bool:
        """Let whoever may see the list narrow it to one source: sources link their tools so."""
        return lookup == OF_SOURCE or super().lookup_allowed(lookup, value, request)

    def has_publish_permission(self, request: Any, obj: Any = None) -> bool:
        """Who may change servers, and see every entry, may put things on them."""
        return bool(request.user.has_perm(PUBLISHES)) and self.permitted(request, "view", "change")

    # --- changing ------------------------------------------------------------------------------
    def update(self, request: Any, row: Entry, form: Any) -> None:
        """Switch it, say how it is recorded and how it runs, tag it: each where the form changed it."""
        order, actor = form.cleaned_data, request.user
        if "enabled" in form.changed_data:
            services.set_entry_enabled(actor=actor, entry=row, enabled=order["enabled"])
        if "durable" in form.changed_data:
            services.set_entry_durable(actor=actor, entry=row, durable=order["durable"])
        if "runs" in form.changed_data:
            services.set_entry_runs(actor=actor, entry=row, runs=order["runs"])
        if "tag_words" in form.changed_data:
            services.set_entry_tags(actor=actor, entry=row, tags=order["tag_words"])
        services.set_entry_words(actor=actor, entry=row, **_words(request, form))

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        """Stay on the page when the source got its words back: they are what one wants to see."""
        if GO_BACK not in request.POST:
            return super().response_change(request, obj)  # type: ignore[no-any-return]
        messages.success(request, f"{obj} has the title and description of its source again.")
        return HttpResponseRedirect(request.path)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Add what stands on top."""
        row = context.get("original")
        context["head"] = head(row) if row is not None else None
        return super().render_change_form(  # type: ignore[no-any-return]
            request, context, *args, **kwargs
        )

    # --- parts of the page -----------------------------------------------------------------------
    @display(description="The source's title")
    def source_title(self, row: Entry) -> str:
        """Show the title as the source gives it."""
        return _said(row, "title")

    @display(description="The source's description")
    def source_description(self, row: Entry) -> str:
        """Show the description as the source gives it."""
        return _said(row, "description")

    @display(description="Who speaks")
    def give_back(self, row: Entry) -> str:
        """Say whose words clients read, and offer the source's."""
        context = {"own": any(row.own_words), "button": GO_BACK}
        return render_to_string("admin/catalog/give_back.html", context)

    @display(description="Servers")
    def published_on(self, row: Entry) -> str:
        """List the servers it is on, under which names."""
        context = {"row": row, "shelved": shelved([row], servers=PLACES_SHOWN)[row.pk]}
        return render_to_string("admin/catalog/published_on.html", context)

    @display(description="definition")
    def definition(self, row: Entry) -> str:
        """Show the definition that is served."""
        return definitions.shown(row.current.definition if row.current else None, row.own_words)

    @display(description="versions")
    def versions(self, row: Entry) -> str:
        """List the newest versions, with what can be decided on them."""
        return history(row)


def _words(request: HttpRequest, form: Any) -> dict[str, str]:
    """Return which words are ordered: none with the button that gives them back."""
    if GO_BACK in request.POST:
        return {"title": "", "description": ""}
    fields = {"title": "own_title", "description": "own_description"}
    return {
        name: form.cleaned_data[field]
        for name, field in fields.items()
        if field in form.changed_data
    }


def _said(row: Entry, field: str) -> str:
    """Return a text of the definition's, as a page shows it."""
    body = json.loads(row.current.definition.body) if row.current else {}
    text = str(body.get(field) or "")
    context = {"text": text[:SAID_SHOWN], "cut": len(text) > SAID_SHOWN, "field": field}
    return render_to_string("admin/catalog/said.html", context)
