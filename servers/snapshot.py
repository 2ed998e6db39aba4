"""Everything that is served, as one immutable view with a version.

Promises: a snapshot is built from one consistent read and never changes; building one fetches only
the definitions that the last one did not have; a request uses the snapshot it began with.
"""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from catalog.policy.facts import Rule, Target
from servers.protocol.shapes import LIST_KEY, ResultShaper
from servers.published import Defined, Limit, PublishedEntry, PublishedServer


class EntryRow(NamedTuple):
    """One published entry as the database has it."""

    server: int
    kind: str
    exposed_name: str
    position: int
    source_kind: str
    source: str
    name: str
    tags: frozenset[str]
    sha256: str
    durable: bool
    enabled: bool
    missing: bool
    source_enabled: bool


class ServerRow(NamedTuple):
    """One enabled server as the database has it."""

    id: int
    public_id: uuid.UUID
    slug: str
    title: str
    instructions: str
    visibility: Literal["public", "team"]
    team: int | None
    team_public_id: str
    rules: tuple[Rule, ...]
    calls_per_minute: int | None = None
    burst: int | None = None


class Rows(NamedTuple):
    """One consistent read; `bodies` holds the definitions that were not known before."""

    number: int
    servers: list[ServerRow]
    entries: list[EntryRow]
    bodies: Mapping[str, str]
    origins: frozenset[str]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What is served, as of catalog version `number`."""

    number: int = -1
    servers: Mapping[str, PublishedServer] = field(default_factory=dict)
    definitions: Mapping[str, Defined] = field(default_factory=dict)
    origins: frozenset[str] = frozenset()

    def sources(self, kind: str, slug: str | None = None) -> frozenset[str]:
        """Return the keys of the sources of this kind that anything served comes from, or one server."""
        return frozenset(
            entry.source
            for server in self.servers.values()
            if slug is None or server.slug == slug
            for entries in server.entries.values()
            for entry in entries.values()
            if entry.source_kind == kind
        )


def build(rows: Rows, last: Snapshot, version: str) -> Snapshot:
    """Return the snapshot of a read, with what the last one already parsed; `version` is the hub's."""
    definitions = _definitions(rows, last)
    entries: dict[int, dict[str, dict[str, PublishedEntry]]] = {
        row.id: {kind: {} for kind in LIST_KEY} for row in rows.servers
    }
    servers = {row.id: row for row in rows.servers}
    for row in rows.entries:
        made = _entry(row, servers[row.server], definitions[row.sha256])
        entries[row.server][row.kind][row.exposed_name] = made
    return Snapshot(
        number=rows.number,
        servers={row.slug: _server(row, entries[row.id], version) for row in rows.servers},
        definitions=definitions,
        origins=rows.origins,
    )


def _definitions(rows: Rows, last: Snapshot) -> dict[str, Defined]:
    """Return the parsed definitions that the rows use, and no others."""
    made: dict[str, Defined] = {}
    for row in rows.entries:
        sha = row.sha256
        if sha not in made:
            made[sha] = last.definitions.get(sha) or Defined.read(
                sha, row.kind, json.loads(rows.bodies[sha])
            )
    return made


def _entry(row: EntryRow, server: ServerRow, defined: Defined) -> PublishedEntry:
    """Return one entry with the facts the gate judges it by."""
    target = Target(
        server_enabled=True,
        visibility=server.visibility,
        team=server.team,
        name=row.exposed_name,
        kind=row.kind,
        tags=row.tags,
        enabled=row.enabled,
        missing=row.missing,
        source_enabled=row.source_enabled,
    )
    return PublishedEntry(
        row.kind,
        row.exposed_name,
        row.position,
        row.source_kind,
        row.source,
        row.name,
        row.durable,
        target,
        defined,
    )


def _server(
    row: ServerRow, entries: Mapping[str, Mapping[str, PublishedEntry]], version: str
) -> PublishedServer:
    """Return one server."""
    info: dict[str, str] = {"name": row.slug, "title": row.title, "version": version}
    return PublishedServer(
        public_id=row.public_id,
        slug=row.slug,
        instructions=row.instructions,
        public=row.visibility == "public",
        team=row.team,
        team_public_id=row.team_public_id,
        rules=row.rules,
        entries=entries,
        shaper=ResultShaper(info),
        info=info,
        limit=Limit.of(row.public_id, row.calls_per_minute, row.burst),
    )
