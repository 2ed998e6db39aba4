"""The page that puts chosen tools, resources, templates and prompts on a server that is asked for.

The lists of the catalog lead here with what was selected. Names that are taken there are told beside
each before anything is done; what is on the server already is left as it is.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Max
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse

from accounts.models import User
from catalog.admin.entry_acts import MOST_PUT
from catalog.models import Entry
from catalog.permissions import sees_entries
from monitoring import asked
from servers import services
from servers.admin.areas import area_url
from servers.errors import BadName
from servers.models import Server
from servers.services.naming import check_exposed_name, default_exposed_name

SERVERS = 1000
"""Servers that are offered."""


@dataclass(frozen=True, slots=True)
class Row:
    """Something to be put; `typed` is the name that was typed for it, `trouble` why it cannot be."""

    entry: Entry
    typed: str = ""
    there: bool = False
    trouble: str = ""


def may_put(page: Any, request: Any) -> bool:
    """Tell whether somebody may put things on servers; `page` is the admin of servers."""
    may_change: bool = page.has_change_permission(request)
    return may_change and sees_entries(request.user)


def put_page(page: Any, request: Any) -> HttpResponse:
    """Ask on which server, and under which names; on POST put all of it there, or nothing."""
    if not may_put(page, request):
        raise PermissionDenied
    said = request.POST if request.method == "POST" else request.GET
    entries = _entries(said.getlist("entry"))
    key = asked.key(said.get("server", ""))
    server = Server.objects.filter(pk=key).first() if key is not None else None
    rows = _rows(server, entries, said) if server else [Row(entry) for entry in entries]
    if request.method == "POST" and entries:
        if server is None:
            messages.error(request, "Choose a server.")
        elif _put(page, request, server, rows):
            return HttpResponseRedirect(area_url(server, "contents"))
    return _asked(page, request, server, rows)


def _put(page: Any, request: Any, server: Server, rows: list[Row]) -> bool:
    """Put what is not there yet on the server; tell whether that was done."""
    if wrong := sum(bool(row.trouble) for row in rows):
        need = "needs" if wrong == 1 else "need"
        messages.error(request, f"Nothing was done: {wrong} {need} another name there.")
        return False
    fresh = [(row.entry, row.typed) for row in rows if not row.there]
    if not page.attempt(request, lambda: publish_behind(request.user, server, fresh)):
        return False
    already = f"; {len(rows) - len(fresh)} were there already" if len(rows) > len(fresh) else ""
    messages.success(request, f"{len(fresh)} put on {server}{already}.")
    return True


def publish_behind(actor: User, server: Server, named: Iterable[tuple[Entry, str]]) -> None:
    """Publish entries under these names, an empty one for their own, behind what is there already."""
    start = server.entries.aggregate(last=Max("position", default=-1))["last"] + 1
    for position, (entry, name) in enumerate(named, start=start):
        services.publish_entry(
            actor=actor, server=server, entry=entry, exposed_name=name, position=position
        )


def _rows(server: Server, entries: list[Entry], said: Mapping[str, str]) -> list[Row]:
    """Return what is to be put, with what stands in the way of each."""
    there = set(server.entries.filter(entry__in=entries).values_list("entry_id", flat=True))
    typed = {row.pk: said.get(f"name-{row.pk}", "").strip()[:1000] for row in entries}
    named = {row.pk: _named(row, typed[row.pk]) for row in entries if row.pk not in there}
    names = [(row.kind, named[row.pk][0]) for row in entries if row.pk in named]
    taken = server.entries.filter(exposed_name__in={name for _, name in names})
    taken_names = set(taken.values_list("kind", "exposed_name"))
    wanted = Counter(names)
    return [
        Row(row, typed[row.pk], True)
        if row.pk in there
        else Row(row, typed[row.pk], False, _trouble(row, *named[row.pk], taken_names, wanted))
        for row in entries
    ]


def _named(entry: Entry, typed: str) -> tuple[str, str]:
    """Return the name clients would see, and what is wrong with it."""
    name = typed
    try:
        name = typed or default_exposed_name(entry)
        check_exposed_name(entry, name)
    except BadName as error:
        return name, str(error)
    return name, ""


def _trouble(
    entry: Entry, name: str, wrong: str, taken: set[tuple[str, str]], wanted: Counter[Any]
) -> str:
    """Say why it cannot be put there under this name; empty if it can."""
    if wrong:
        return wrong
    if (entry.kind, name) in taken:
        return f"The {entry.kind} name {name} is taken on this server. Give it another."
    if wanted[entry.kind, name] > 1:
        return f"Several of these would be called {name}. Give this one another name."
    return ""


def _asked(page: Any, request: HttpRequest, server: Server | None, rows: list[Row]) -> HttpResponse:
    """Return the page that asks."""
    context = {
        **page.admin_site.each_context(request),
        "title": f"Put {len(rows)} on a server" if len(rows) != 1 else "Put it on a server",
        "opts": page.opts,
        "rows": rows,
        "chosen": server.pk if server else None,
        "servers": Server.objects.order_by("slug")[:SERVERS],
    }
    status = 422 if any(row.trouble for row in rows) else 200
    return TemplateResponse(request, "admin/servers/put.html", context, status=status)


def _entries(texts: list[str]) -> list[Entry]:
    rows = Entry.objects.filter(pk__in=asked.keys(texts[:MOST_PUT]))
    rows = rows.select_related("current__definition", "source")
    return list(rows.order_by("source__name", "kind", "name"))
