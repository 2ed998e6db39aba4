"""Everything that is served, as one immutable view with a version.

Promises: a snapshot is built from one consistent read and never changes; building one fetches only
the definitions that the last one did not have, and makes only the servers of which a row changed; a
request uses the snapshot it began with.
"""

import json
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from catalog.overlay import Words, key, overlaid
from catalog.policy.facts import Rule, Target
from catalog.policy.stops import Stops
from servers.finding.indexing import index_of
from servers.finding.tools import own_tools
from servers.protocol.shapes import LIST_KEY, ResultShaper
from servers.published import Defined, Limit, Listing, PublishedEntry, PublishedServer, Recording


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
    public_id: uuid.UUID
    words: Words = Words()

    @property
    def key(self) -> str:
        """What names its definition as clients see it."""
        return key(self.sha256, self.words)


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
    listing: Listing = "full"
    recording: Recording = "nothing"
    keep_days: int = 7


class Rows(NamedTuple):
    """One consistent read; `bodies` holds the definitions that were not known before."""

    number: int
    servers: list[ServerRow]
    entries: list[EntryRow]
    bodies: Mapping[str, str]
    origins: frozenset[str]
    stops: Stops = {}


class Read(NamedTuple):
    """What a server was made from: its row, those of its entries in the order read, the hub's version."""

    server: ServerRow
    entries: Sequence[EntryRow]
    version: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What is served, as of catalog version `number`; `reads` says what each server was made from."""

    number: int = -1
    servers: Mapping[str, PublishedServer] = field(default_factory=dict)
    definitions: Mapping[str, Defined] = field(default_factory=dict)
    origins: frozenset[str] = frozenset()
    stops: Stops = field(default_factory=dict)
    reads: Mapping[str, Read] = field(default_factory=dict)

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
    entries = defaultdict[int, list[EntryRow]](list)
    for row in rows.entries:
        entries[row.server].append(row)
    reads = {row.slug: Read(row, entries[row.id], version) for row in rows.servers}
    return Snapshot(
        number=rows.number,
        servers={slug: _made(read, definitions, last) for slug, read in reads.items()},
        definitions=definitions,
        origins=rows.origins,
        stops=rows.stops,
        reads=reads,
    )


def _made(read: Read, definitions: Mapping[str, Defined], last: Snapshot) -> PublishedServer:
    """Return a server, the last snapshot's if it was made from the same.

    What that one has worked out stays known: verdicts for each group of callers, encoded lists.
    """
    slug = read.server.slug
    if last.reads.get(slug) == read:
        return last.servers[slug]
    entries: dict[str, dict[str, PublishedEntry]] = {kind: {} for kind in LIST_KEY}
    for row in read.entries:
        entries[row.kind][row.exposed_name] = _entry(row, read.server, definitions[row.key])
    server = _server(read.server, entries, read.version)
    return _searched(server, last.servers.get(slug))


def _definitions(rows: Rows, last: Snapshot) -> dict[str, Defined]:
    """Return the parsed definitions that the rows use, and no others."""
    made: dict[str, Defined] = {}
    for row in rows.entries:
        if row.key not in made:
            made[row.key] = last.definitions.get(row.key) or _defined(row, rows)
    return made


def _defined(row: EntryRow, rows: Rows) -> Defined:
    """Return a definition that was not served before, as clients see it."""
    body = overlaid(json.loads(rows.bodies[row.sha256]), row.words)
    return Defined.read(row.sha256, row.kind, body, row.key)


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
        row.public_id,
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
        listing=row.listing,
        recording=row.recording,
        keep_days=row.keep_days,
    )


def _searched(server: PublishedServer, last: PublishedServer | None) -> PublishedServer:
    """Return the server ready to be searched, for most callers, if that is how it lists its tools."""
    if server.listing == "search":
        server.own, server.index = own_tools(server), index_of(server, last)
        server.usual_access().usable("tool")
    return server
