"""The page that puts tools, resources, templates and prompts on a server: search, tick, name."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Max, Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import reverse

from accounts.models import User
from catalog.models import Entry
from servers import services
from servers.models import Server

OFFERED = 100
TOLD = 5
"""How many are named when they are published."""
KEY_DIGITS = 19
"""A key of so many digits fits no database's integers."""


@dataclass(frozen=True, slots=True)
class Offer:
    """Something that is not on the server yet; `name` is what was typed for it."""

    entry: Entry
    ticked: bool
    name: str


def publish_page(page: Any, request: Any, object_id: str) -> HttpResponse:
    """Offer what the server lacks; on POST publish what is ticked, all of it or nothing."""
    server: Server | None = page.get_object(request, object_id)
    if server is None:
        return page._get_obj_does_not_exist_redirect(  # type: ignore[no-any-return]
            request, page.opts, object_id
        )
    if not page.has_change_permission(request, server):
        raise PermissionDenied
    if request.method == "POST" and _published(page, request, server):
        return HttpResponseRedirect(reverse("admin:servers_server_change", args=[server.pk]))
    return _asked(page, request, server)


def _published(page: Any, request: Any, server: Server) -> bool:
    """Publish what is ticked; tell whether that was done."""
    texts = request.POST.getlist("entry")[:OFFERED]
    ticked = [int(text) for text in texts if text.isdecimal() and len(text) < KEY_DIGITS]
    rows = list(Entry.objects.filter(pk__in=ticked).select_related("current__definition", "source"))
    if not rows:
        messages.error(request, "Tick at least one.")
        return False
    if not page.attempt(request, lambda: _publish(request.user, server, rows, request.POST)):
        return False
    names = ", ".join(entry.name for entry in rows[:TOLD]) + (" …" if len(rows) > TOLD else "")
    messages.success(request, f"{len(rows)} published on {server}: {names}.")
    return True


def _publish(actor: User, server: Server, rows: list[Entry], said: Mapping[str, str]) -> None:
    """Publish the rows behind what is there already, under the names that were typed."""
    last = server.entries.aggregate(last=Max("position"))["last"]
    start = 0 if last is None else last + 1
    for position, entry in enumerate(rows, start=start):
        services.publish_entry(
            actor=actor,
            server=server,
            entry=entry,
            exposed_name=said.get(f"name-{entry.pk}", "")[:1000],
            position=position,
        )


def _asked(page: Any, request: HttpRequest, server: Server) -> HttpResponse:
    """Return the page that offers."""
    query = request.GET.get("q", "").replace("\0", "").strip()[:128]
    found = _offers(server, query, request.POST)
    context = {
        **page.admin_site.each_context(request),
        "title": f"Publish on {server}",
        "opts": page.opts,
        "server": server,
        "query": query,
        "offers": found[:OFFERED],
        "more": len(found) > OFFERED,
    }
    return TemplateResponse(request, "admin/servers/publish.html", context)


def _offers(server: Server, query: str, said: QueryDict) -> list[Offer]:
    """Return what the server lacks and the query matches, one more than is shown."""
    rows = Entry.objects.filter(state=Entry.State.ACTIVE, current__isnull=False)
    rows = rows.exclude(published__server=server).select_related("source")
    for word in query.split():
        rows = rows.filter(
            Q(name__icontains=word) | Q(source__name__icontains=word) | Q(tags__name=word)
        )
    ticked = set(said.getlist("entry"))
    return [
        Offer(row, str(row.pk) in ticked, said.get(f"name-{row.pk}", ""))
        for row in rows.order_by("source__name", "kind", "name").distinct()[: OFFERED + 1]
    ]
