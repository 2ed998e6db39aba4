"""The page that puts tools, resources, templates and prompts on a server: search, filter, tick, name.

What is ticked stays ticked over searches and pages: they are sent with it, and nothing is published
before that is asked for.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict

from catalog.models import Entry, Source
from catalog.told import Told, told_by
from monitoring.asked import uuid_of, words
from servers import services
from servers.admin.areas import area_url, number, shown
from servers.admin.putting import publish_behind
from servers.browsing import GROUPS
from servers.contents import KINDS
from servers.models import Server
from servers.offers import DOES, Wanted, choices, chosen, offered

MOST_TICKED = 400
"""Ticks that are kept; a form has at most a thousand fields."""
SCOPES = {scope: title.lower() for scope, title, _ in GROUPS}
TOLD = 5
"""How many are named when they are published."""


@dataclass(frozen=True, slots=True)
class Offer:
    """Something that is not on the server yet; `name` is what was typed for it.

    `told` is what people read of a tool, `does` what it says it does.
    """

    entry: Entry
    told: Told | None
    does: str
    ticked: bool
    name: str


def publish_area(page: Any, request: HttpRequest, server: Server) -> HttpResponse:
    """Offer what the server lacks; on POST search on, or publish what is ticked: all or nothing."""
    said = request.POST
    done = False
    if "publish" in said:
        done = _publish_ticked(page, request, server)
    elif "all_of" in said:
        done = _publish_source(page, request, server)
    if done:
        return HttpResponseRedirect(area_url(server, "contents"))
    return _asked(page, request, server)


def _publish_ticked(page: Any, request: Any, server: Server) -> bool:
    """Publish what is ticked; tell whether that was done."""
    rows = chosen(server, _ticked(request.POST))
    if not rows:
        messages.error(request, "Tick at least one.")
        return False
    named = [(entry, _name(request.POST, entry.pk)) for entry in rows]
    if not page.attempt(request, lambda: publish_behind(request.user, server, named)):
        return False
    names = ", ".join(entry.name for entry in rows[:TOLD]) + (" …" if len(rows) > TOLD else "")
    messages.success(request, f"{len(rows)} published on {server}: {names}.")
    return True


def _publish_source(page: Any, request: Any, server: Server) -> bool:
    """Publish all of a source, now and later; tell whether that was done."""
    source = Source.objects.filter(
        public_id=uuid_of(request.POST["all_of"]) or uuid.UUID(int=0)
    ).first()
    if source is None:
        messages.error(request, "This source is not there any more.")
        return False

    def act() -> None:
        services.publish_source(actor=request.user, server=server, source=source)

    done: bool = page.attempt(request, act)
    if done:
        messages.success(request, f"All of {source} published on {server}, now and later.")
    return done


def _asked(page: Any, request: HttpRequest, server: Server) -> HttpResponse:
    """Return the page that offers."""
    said = request.POST if request.method == "POST" else request.GET
    wanted, ticked = _wanted(said), _ticked(said)
    found = offered(server, wanted)
    here = {entry.pk for entry in found.entries}
    sources, tags = choices()
    return shown(
        page,
        request,
        server,
        "contents",
        "publish",
        wanted=wanted,
        offers=_offers(found.entries, ticked, said),
        more=found.more,
        elsewhere=[(key, _name(said, key)) for key in ticked if key not in here],
        ticked=len(ticked),
        sources=sources,
        tags=tags,
        kinds=KINDS,
        does=DOES,
        whole=_whole(server, wanted, sources),
    )


def _offers(entries: Iterable[Entry], ticked: list[int], said: QueryDict) -> list[Offer]:
    """Return what is offered, each with what people read of it."""
    shas = {row: row.current.definition_id for row in entries if row.current}
    told = told_by([sha for row, sha in shas.items() if row.kind == Entry.Kind.TOOL])
    rows = [(row, told.get(sha)) for row, sha in shas.items()]
    return [
        Offer(
            row, words, SCOPES[words.scope] if words else "", row.pk in ticked, _name(said, row.pk)
        )
        for row, words in rows
    ]


def _whole(server: Server, wanted: Wanted, sources: list[Source]) -> Source | None:
    """Return the source that is filtered by, if all of it can be published."""
    found = next((row for row in sources if str(row.public_id) == wanted.source), None)
    there = found is not None and server.sources.filter(source=found).exists()
    return None if there else found


def _wanted(said: QueryDict) -> Wanted:
    """Return what is looked for; anything that is no choice stands for all."""
    kind, does = said.get("kind", ""), said.get("does", "")
    wanted = Wanted(
        query=words(said.get("q", "")),
        source=str(uuid_of(said.get("source", "")) or ""),
        kind=kind if kind in KINDS else "",
        tag=words(said.get("tag", "")),
        does=does if does in DOES else "",
        page=1 if "search" in said else max(1, number(said.get("page", "1"), 10_000)),
    )
    step = {"next": 1, "previous": -1}.get(said.get("turn", ""), 0)
    return replace(wanted, page=max(1, wanted.page + step))


def _ticked(said: QueryDict) -> list[int]:
    """Return the keys of what is ticked, each once and in order."""
    keys = (number(text, 10**18) for text in said.getlist("entry"))
    return list(dict.fromkeys(key for key in keys if key))[:MOST_TICKED]


def _name(said: QueryDict, key: int) -> str:
    return said.get(f"name-{key}", "")[:1000]
