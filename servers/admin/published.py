"""What is on a server: single things under the names clients see, and all of a source."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextInputWidget

from accounts.models import User
from catalog.models import Source
from monitoring.admin.base import RowsInline
from servers import services
from servers.models import Server, ServerEntry, ServerSource
from servers.services.naming import LONGEST_ADDRESS


class PublishedForm(forms.ModelForm):  # type: ignore[type-arg]
    """The name clients see, and where in the list."""

    exposed_name = forms.CharField(
        required=False,
        max_length=LONGEST_ADDRESS,
        label="Exposed name",
        widget=UnfoldAdminTextInputWidget,
        help_text="What clients see. Empty, it gets its own name again.",
    )

    class Meta:
        model = ServerEntry
        fields = ("exposed_name", "position")
        labels = {"position": "Order"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Name each field for those who hear it: the head of its column is not read with it."""
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs["aria-label"] = f"{field.label} of {self.instance}"


class PublishedInline(RowsInline):
    """Tools, resources, templates and prompts on the server."""

    model = ServerEntry
    form = PublishedForm
    verbose_name_plural = "on this server"
    fields = ("what", "exposed_name", "position", "comes_with")
    readonly_fields = ("what", "comes_with")

    def get_queryset(self, request: HttpRequest) -> QuerySet[ServerEntry]:
        """Return the rows with what they publish."""
        rows: QuerySet[ServerEntry] = super().get_queryset(request)
        return rows.select_related("entry__source", "via__source", "server")

    @display(description="what")
    def what(self, row: ServerEntry) -> str:
        """Name it as the catalog does, with a link there."""
        entry = row.entry
        return format_html(
            '<a class="text-link" href="{}">{}</a> <span class="hub-help">{}</span>',
            reverse(f"admin:catalog_{entry.kind}_change", args=[entry.pk]),
            entry.name,
            entry.get_kind_display(),
        )

    @display(description="comes with")
    def comes_with(self, row: ServerEntry) -> str:
        """Say whether it follows from all of a source."""
        return f"all of {row.via.source}" if row.via else "chosen singly"


class SourcesInline(RowsInline):
    """Sources of which the server shows everything, now and later."""

    model = ServerSource
    verbose_name_plural = "all of a source"
    fields = ("source_name",)
    readonly_fields = ("source_name",)
    per_page = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[ServerSource]:
        """Return the rows with their sources."""
        rows: QuerySet[ServerSource] = super().get_queryset(request)
        return rows.select_related("source", "server")

    @display(description="source")
    def source_name(self, row: ServerSource) -> str:
        """Name the source, with a link there."""
        url = reverse("admin:catalog_source_change", args=[row.source_id])
        return format_html('<a class="text-link" href="{}">{}</a>', url, row.source.name)


class NewSourcesInline(RowsInline):
    """Sources to publish whole."""

    model = ServerSource
    verbose_name = "source"
    verbose_name_plural = "publish all of another source"
    fields = ("source",)
    per_page = None
    ADDS, CHANGES, DELETES = True, False, False

    def get_queryset(self, request: HttpRequest) -> QuerySet[ServerSource]:
        """Show none of those that are there: they have a list of their own."""
        return ServerSource.objects.none()

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only who adds sees an empty list to add to."""
        return self._may(request)


def save_published(actor: User, formset: Any) -> None:
    """Withdraw, rename and move what is published, as a formset of PublishedInline orders."""
    for form in formset.deleted_forms:
        services.unpublish_entry(actor=actor, published=form.instance)
    for form in formset.initial_forms:
        if form.has_changed() and form not in formset.deleted_forms:
            order = {name: form.cleaned_data[name] for name in form.changed_data}
            services.update_published_entry(actor=actor, published=form.instance, **order)


def save_sources(actor: User, server: Server, formset: Any) -> None:
    """Withdraw sources, or publish all of some, as a formset of ServerSource orders."""
    for form in formset.deleted_forms:
        services.unpublish_source(actor=actor, followed=form.instance)
    for form in formset.extra_forms:
        source: Source | None = form.cleaned_data.get("source") if form.has_changed() else None
        if source is not None:
            services.publish_source(actor=actor, server=server, source=source)
