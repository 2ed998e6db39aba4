"""A version's exact definition as clients of each revision see it, made by the code that serves it."""

import json
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.template.response import TemplateResponse

from catalog.definitions import token_estimate
from catalog.differences.texts import escaped
from catalog.models import EntryVersion
from catalog.overlay import key, overlaid
from catalog.selectors import versions_seen_by
from servers.models import ServerEntry
from servers.protocol.revisions import BY_DATE, REVISIONS, Revision
from servers.published import Defined
from servers.services.naming import ADDRESS_FIELD, address_in

SHOWN_LIMIT = 128 * 1024
"""Characters shown; a definition may have more."""
MOST_NAMES = 100


@dataclass(frozen=True, slots=True)
class Name:
    """A name that clients know it by, and the servers where they do."""

    exposed: str
    servers: str


def definition_page(page: Any, request: Any, version: int) -> HttpResponse:
    """Show one version on one revision, under one of its names."""
    rows = versions_seen_by(request.user).select_related("definition", "entry__source")
    row = rows.filter(pk=version).first()
    if row is None:
        raise PermissionDenied
    names = _names(row)
    asked = request.GET.get("name", "")
    exposed = next((one.exposed for one in names if one.exposed == asked), names[0].exposed)
    revision = BY_DATE.get(request.GET.get("revision", ""), REVISIONS[-1])
    context = {
        **page.admin_site.each_context(request),
        "title": f"{row.entry} version {row.number}, as clients see it",
        "opts": page.opts,
        "version": row,
        "revisions": REVISIONS[::-1],
        "revision": revision,
        "names": names,
        "exposed": exposed,
        **_shaped(row, exposed, revision),
    }
    request.current_app = page.admin_site.name
    return TemplateResponse(request, "admin/servers/definition.html", context)


def _shaped(row: EntryVersion, exposed: str, revision: Revision) -> dict[str, Any]:
    """Return the definition as the wire has it, readable, and which fields this revision lacks."""
    source = json.loads(row.definition.body)
    words = row.entry.own_words
    body = overlaid(source, words)
    defined = Defined.read(row.definition_id, row.entry.kind, body, key(row.definition_id, words))
    wire = defined.shaped(exposed, revision).decode()
    shown = json.loads(wire)
    text = escaped(json.dumps(shown, indent=2, ensure_ascii=False))
    return {
        "text": text[:SHOWN_LIMIT],
        "cut": len(text) > SHOWN_LIMIT,
        "tokens": token_estimate(wire),
        "left_out": sorted(set(body) - set(shown)),
        "own": [name for name, value in words._asdict().items() if value],
    }


def _names(row: EntryVersion) -> list[Name]:
    """Return the names it is published under, its own one if under none."""
    entry = row.entry
    servers: dict[str, list[str]] = {}
    published = ServerEntry.objects.filter(entry=entry).order_by("server__slug")
    for exposed, slug in published.values_list("exposed_name", "server__slug")[:MOST_NAMES]:
        servers.setdefault(exposed, []).append(slug)
    if servers:
        return [Name(exposed, ", ".join(slugs)) for exposed, slugs in servers.items()]
    if entry.kind in ADDRESS_FIELD:
        return [Name(address_in(entry.kind, row.definition.body), "")]
    return [Name(entry.name, "")]
