"""What is done with many tools, resources, templates or prompts at once.

Each act is one of Django's: it takes the page, the request and the rows. Putting them on a server is
the business of the room above; it has a page for that, which is led to by its name, as pages link to
each other: this room need not know how it is done.
"""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from catalog import services
from catalog.admin.entry_form import AddTagsForm, RemoveTagsForm, RunsForm
from catalog.models import Entry, Tag
from monitoring.admin.confirming import carried

MOST = 500
"""Rows that one act changes: each is a change of its own, with its event."""
MOST_PUT = 200
"""Rows that are put on a server at once: each may need another name there."""
MOST_TAGS = 200
"""Tags that are offered to be removed."""

Rows = QuerySet[Entry]


@admin.action(description="Switch on", permissions=("change",))
def switch_on(page: Any, request: Any, queryset: Rows) -> None:
    """Switch on each of the selected."""
    _switch(page, request, queryset, True)


@admin.action(description="Switch off", permissions=("change",))
def switch_off(page: Any, request: Any, queryset: Rows) -> None:
    """Switch off each of the selected."""
    _switch(page, request, queryset, False)


@admin.action(description="Record durably", permissions=("change",))
def make_durable(page: Any, request: Any, queryset: Rows) -> None:
    """Record the calls of each of the selected before their answers leave."""
    _record_durably(page, request, queryset, True)


@admin.action(description="Record as usual", permissions=("change",))
def make_fast(page: Any, request: Any, queryset: Rows) -> None:
    """Record the calls of each of the selected like all others."""
    _record_durably(page, request, queryset, False)


@admin.action(description="Add tags…", permissions=("change",))
def add_tags(page: Any, request: Any, queryset: Rows) -> HttpResponse | None:
    """Ask which, then give them to each of the selected."""
    form = AddTagsForm(request.POST if "words" in request.POST else None)
    if not form.is_valid():
        return _ask(page, request, queryset, form, ("add_tags", "Add tags to", "Add the tags"))
    names = form.cleaned_data["words"]

    def act(row: Entry) -> None:
        services.change_entry_tags(actor=request.user, entry=row, add=names)

    _each(page, request, queryset, act, "tagged")
    return None


@admin.action(description="Remove tags…", permissions=("change",))
def remove_tags(page: Any, request: Any, queryset: Rows) -> HttpResponse | None:
    """Ask which of those they have, then take them off each of the selected."""
    rows = Entry.objects.filter(pk__in=queryset.order_by().values("pk"))
    had = Tag.objects.filter(entries__in=rows).distinct().values_list("name", flat=True)
    names = list(had[:MOST_TAGS])
    if not names:
        messages.error(request, "None of them has a tag.")
        return None
    form = RemoveTagsForm(request.POST if "sent" in request.POST else None, names=names)
    if not form.is_valid():
        words = ("remove_tags", "Remove tags from", "Remove the tags")
        return _ask(page, request, queryset, form, words)
    chosen = form.cleaned_data["words"]

    def act(row: Entry) -> None:
        services.change_entry_tags(actor=request.user, entry=row, remove=chosen)

    _each(page, request, queryset, act, "freed of these tags")
    return None


@admin.action(description="Say how they run…", permissions=("change",))
def set_runs(page: Any, request: Any, queryset: Rows) -> HttpResponse | None:
    """Ask how, then have each of the selected run so."""
    form = RunsForm(request.POST if "sent" in request.POST else None)
    if not form.is_valid():
        return _ask(page, request, queryset, form, ("set_runs", "How to run", "Run them so"))
    runs = form.cleaned_data["runs"]

    def act(row: Entry) -> None:
        services.set_entry_runs(actor=request.user, entry=row, runs=runs)

    _each(page, request, queryset, act, "set to run so")
    return None


@admin.action(description="Put on a server…", permissions=("publish",))
def put_on_server(page: Any, request: Any, queryset: Rows) -> HttpResponse | None:
    """Lead to the page that asks on which, and under which names."""
    keys = list(queryset.order_by("name", "pk").values_list("pk", flat=True)[: MOST_PUT + 1])
    if len(keys) > MOST_PUT:
        messages.error(request, f"At most {MOST_PUT} at once. Or publish all of a source.")
        return None
    query = urlencode({"entry": keys}, doseq=True)
    return HttpResponseRedirect(f"{reverse('admin:servers_server_put')}?{query}")


ACTS = (
    switch_on,
    switch_off,
    add_tags,
    remove_tags,
    put_on_server,
    set_runs,
    make_durable,
    make_fast,
)


def _switch(page: Any, request: Any, rows: Rows, enabled: bool) -> None:
    def act(row: Entry) -> None:
        services.set_entry_enabled(actor=request.user, entry=row, enabled=enabled)

    _each(page, request, rows, act, f"switched {'on' if enabled else 'off'}")


def _record_durably(page: Any, request: Any, rows: Rows, durable: bool) -> None:
    def act(row: Entry) -> None:
        services.set_entry_durable(actor=request.user, entry=row, durable=durable)

    _each(page, request, rows, act, "recorded durably" if durable else "recorded as usual")


def _each(
    page: Any, request: HttpRequest, rows: Rows, act: Callable[[Entry], None], done: str
) -> None:
    """Do it for each, unless there are too many to wait for."""
    if rows.count() > MOST:
        messages.error(request, f"At most {MOST} at once. Narrow the list with search and filters.")
        return
    page.each(request, rows, act, done)


def _ask(
    page: Any, request: HttpRequest, rows: Rows, form: forms.Form, words: tuple[str, str, str]
) -> HttpResponse:
    """Return the page that asks for more; `words` are the action's name, the title's, the button's."""
    action, title, button = words
    count = rows.count()
    context = {
        **page.admin_site.each_context(request),
        "title": f"{title} {count} {page.named(count)}",
        "opts": page.opts,
        "form": form,
        "button": button,
        "carried": carried(request, action),
    }
    return TemplateResponse(request, "admin/catalog/ask.html", context)
