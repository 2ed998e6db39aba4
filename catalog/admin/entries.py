"""Tools, resources, templates and prompts: four lists over one table, curated alike."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.db.models.functions import Length
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextInputWidget

from catalog import services
from catalog.admin import definitions
from catalog.definitions import CHARACTERS_A_TOKEN
from catalog.errors import CatalogError
from catalog.models import Entry, Prompt, Resource, Template, Tool
from catalog.permissions import Permission
from monitoring.admin.base import ServiceAdmin, ServiceForm

STATES = {"On": "success", "Off": "info", "Missing": "warning", "Source off": "info"}
VERSIONS_SHOWN = 20


class EntryForm(ServiceForm):
    """What curators decide; the source decides what it is and looks like."""

    tag_words = forms.CharField(
        required=False,
        max_length=1000,
        label="Tags",
        widget=UnfoldAdminTextInputWidget,
        help_text="Separated by commas. Access rules may name them.",
    )

    class Meta:
        model = Entry
        fields = ("enabled", "durable")
        help_texts = {
            "enabled": "Off, it is not listed and cannot be called, on any server.",
            "durable": "The audit row of a call is committed before its answer leaves: slower, and"
            " not even a crash loses it. Tools that only read are never waited for.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Show the tags it has."""
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["tag_words"] = ", ".join(tag.name for tag in self.instance.tags.all())

    def clean_tag_words(self) -> list[str]:
        """Return the words between the commas."""
        words = self.cleaned_data["tag_words"].split(",")
        return [word.strip() for word in words if word.strip()]


class TagsForm(forms.Form):
    """The tags that many are given at once."""

    words = forms.CharField(
        max_length=1000,
        label="Tags to add",
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
        help_text="Separated by commas. The tags they have already stay.",
    )


@admin.register(Tool, Resource, Template, Prompt)
class EntryAdmin(ServiceAdmin):
    """One kind's list and pages. To Django's permissions all four kinds are entries."""

    form = EntryForm
    refusals = (CatalogError,)
    adds = deletes = False
    empty_hint = (
        "Functions in a source's file appear here by themselves. Sources say what went wrong."
    )
    list_display = ("name", "source", "state_shown", "tag_list", "version", "tokens", "recorded")
    list_filter = ("enabled", "state", "source", "tags", "durable")
    list_select_related = ("source", "current")
    search_fields = ("name", "source__name", "tags__name")
    search_help_text = "A name, a source or a tag"
    readonly_fields = ("name", "source", "state_shown", "definition", "versions")
    fieldsets = (
        (None, {"fields": ("name", "source", "state_shown")}),
        ("Curated", {"fields": ("enabled", "durable", "tag_words")}),
        ("What a model sees", {"fields": ("definition",)}),
        ("Versions", {"fields": ("versions",)}),
    )
    actions = ("switch_on", "switch_off", "make_durable", "make_fast", "add_tags")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Return the rows with their tags and the length of their definitions, not their texts."""
        rows: QuerySet[Any] = super().get_queryset(request)
        length = Length("current__definition__body")
        counted: QuerySet[Any] = rows.prefetch_related("tags").annotate(characters=length)
        return counted

    def has_view_permission(self, request: Any, obj: Any = None) -> bool:
        """Who may view or change entries may view each kind."""
        may = request.user.has_perm("catalog.view_entry")
        return bool(may) or self.has_change_permission(request, obj)

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:
        """Who may change entries may change each kind."""
        return bool(request.user.has_perm(Permission.CHANGE_ENTRY))

    def has_module_permission(self, request: Any) -> bool:
        """Show the list to who may view it."""
        return self.has_view_permission(request)

    def update(self, request: Any, row: Entry, form: Any) -> None:
        """Switch it, say how its calls are recorded, tag it: each where the form changed it."""
        order, actor = form.cleaned_data, request.user
        if "enabled" in form.changed_data:
            services.set_entry_enabled(actor=actor, entry=row, enabled=order["enabled"])
        if "durable" in form.changed_data:
            services.set_entry_durable(actor=actor, entry=row, durable=order["durable"])
        if "tag_words" in form.changed_data:
            services.set_entry_tags(actor=actor, entry=row, tags=order["tag_words"])

    @admin.action(description="Switch on", permissions=("change",))
    def switch_on(self, request: Any, queryset: QuerySet[Entry]) -> None:
        """Switch on each of the selected."""
        self._switch(request, queryset, True)

    @admin.action(description="Switch off", permissions=("change",))
    def switch_off(self, request: Any, queryset: QuerySet[Entry]) -> None:
        """Switch off each of the selected."""
        self._switch(request, queryset, False)

    @admin.action(description="Record durably", permissions=("change",))
    def make_durable(self, request: Any, queryset: QuerySet[Entry]) -> None:
        """Record the calls of each of the selected before their answers leave."""
        self._record_durably(request, queryset, True)

    @admin.action(description="Record as usual", permissions=("change",))
    def make_fast(self, request: Any, queryset: QuerySet[Entry]) -> None:
        """Record the calls of each of the selected like all others."""
        self._record_durably(request, queryset, False)

    @admin.action(description="Add tags…", permissions=("change",))
    def add_tags(self, request: Any, queryset: QuerySet[Entry]) -> HttpResponse | None:
        """Ask which, then give them to each of the selected."""
        form = TagsForm(request.POST if "words" in request.POST else None)
        if not form.is_valid():
            return self._ask_for_tags(request, queryset, form)
        words = [word.strip() for word in form.cleaned_data["words"].split(",") if word.strip()]

        def act(row: Entry) -> None:
            tags = {*(tag.name for tag in row.tags.all()), *words}
            services.set_entry_tags(actor=request.user, entry=row, tags=tags)

        self.each(request, queryset, act, "tagged")
        return None

    def _switch(self, request: Any, queryset: QuerySet[Entry], enabled: bool) -> None:
        def act(row: Entry) -> None:
            services.set_entry_enabled(actor=request.user, entry=row, enabled=enabled)

        self.each(request, queryset, act, f"switched {'on' if enabled else 'off'}")

    def _record_durably(self, request: Any, queryset: QuerySet[Entry], durable: bool) -> None:
        def act(row: Entry) -> None:
            services.set_entry_durable(actor=request.user, entry=row, durable=durable)

        self.each(request, queryset, act, "recorded durably" if durable else "recorded as usual")

    def _ask_for_tags(self, request: Any, queryset: QuerySet[Entry], form: Any) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": f"Tag {queryset.count()} {self.opts.verbose_name_plural}",
            "opts": self.opts,
            "form": form,
            "action": "add_tags",
            "selected": request.POST.getlist("_selected_action"),
            "across": request.POST.get("select_across", "0"),
        }
        return TemplateResponse(request, "admin/catalog/add_tags.html", context)

    @display(description="state", label=STATES, ordering="enabled")
    def state_shown(self, row: Entry) -> str:
        """Say whether it can be used."""
        if row.state == Entry.State.MISSING:
            return "Missing"
        if not row.source.enabled:
            return "Source off"
        return "On" if row.enabled else "Off"

    @display(description="recorded", ordering="durable")
    def recorded(self, row: Entry) -> str:
        """Say how its calls are recorded."""
        return "durably" if row.durable else "as usual"

    @display(description="tags")
    def tag_list(self, row: Entry) -> str:
        """Name the tags."""
        return ", ".join(tag.name for tag in row.tags.all()) or "-"

    @display(description="version", ordering="current__number")
    def version(self, row: Entry) -> str:
        """Show the number of the version served."""
        return f"v{row.current.number}" if row.current else "-"

    @display(description="tokens (estimate)", ordering="characters")
    def tokens(self, row: Any) -> str:
        """Show about how many tokens its definition costs a model each time it is listed."""
        return f"about {-(-row.characters // CHARACTERS_A_TOKEN)}" if row.characters else "-"

    @display(description="definition")
    def definition(self, row: Entry) -> str:
        """Show the definition that is served."""
        return definitions.shown(row.current.definition if row.current else None)

    @display(description="versions")
    def versions(self, row: Entry) -> str:
        """List the newest versions."""
        context = {"versions": row.versions.all()[:VERSIONS_SHOWN], "current": row.current_id}
        return render_to_string("admin/catalog/versions.html", context)
