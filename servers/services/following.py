"""Keeping "all of a source" true: what a source newly offers appears where the source is published.

What it no longer offers stays as a row, with its name and rules, and is not listed: the policy sees
that it is missing, and it may come back.
"""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Max, Q

from accounts.services.recording import record
from catalog.models import Entry, EntryVersion, Source
from catalog.services import announce
from catalog.services.syncing import NOT_PUBLISHED, PROBLEM_LIMIT
from servers.errors import BadName
from servers.models import Server, ServerEntry, ServerSource
from servers.services.naming import ADDRESS_FIELD, address_in, check_exposed_name
from servers.services.writing import write

BATCH = 500
NAMES_TOLD = 20

logger = logging.getLogger("mcphub.servers")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What following did on one server: names that appeared, changed, or could not be given."""

    added: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    def facts(self) -> dict[str, list[str]]:
        """Return what the audit trail keeps of it."""
        lists = {"added": self.added, "moved": self.moved, "left_out": self.left_out}
        return {word: list(names[:100]) for word, names in lists.items() if names}


@write
def follow_source(source: Source) -> None:
    """Publish what a source newly offers wherever all of it is published, and move addresses.

    Runs inside the sync's transaction, which has locked the source. A name that is taken on a
    server is left out there, logged, and told in the source's problem; nothing else waits for it.
    """
    outcomes = {server.slug: _follow_on(server, source) for server in _servers_with(source)}
    tell_left_out(source, {slug: outcome.left_out for slug, outcome in outcomes.items()})
    changed = {slug: each for slug, each in outcomes.items() if each.added or each.moved}
    for slug, outcome in changed.items():
        record(
            None,
            "server.source.follow",
            server=slug,
            after={"source": source.name, **outcome.facts()},
        )
    if changed:
        announce()


def publish_missing(followed: ServerSource) -> Outcome:
    """Publish what the source offers and the server, whose row is locked, does not have yet.

    After what is there, in the order the source has it.
    """
    server = followed.server
    added: list[ServerEntry] = []
    left_out: list[str] = []
    taken = set(server.entries.values_list("kind", "exposed_name"))
    place = server.entries.aggregate(last=Max("position", default=-1))["last"] + 1
    for entry, name in _offered(followed.source, server):
        if (entry.kind, name) in taken or not _usable(entry, name):
            left_out.append(name or entry.name)
            continue
        taken.add((entry.kind, name))
        added.append(
            ServerEntry(
                server=server,
                entry=entry,
                kind=entry.kind,
                exposed_name=name,
                via=followed,
                position=place + len(added),
            )
        )
    ServerEntry.objects.bulk_create(added, batch_size=BATCH)
    return Outcome(tuple(row.exposed_name for row in added), left_out=tuple(left_out))


def tell_left_out(source: Source, left_out: Mapping[str, tuple[str, ...]]) -> None:
    """Put into the source's problem which names found no place on which server, and into the log.

    Lines of an earlier time about the same servers are replaced, all others stay.
    """
    for slug, names in left_out.items():
        if names:
            logger.warning("%s: left out on %s: %s", source.name, slug, _listed(names))
    told = tuple(f'{NOT_PUBLISHED}"{slug}"' for slug in left_out)
    kept = [line for line in source.problem.splitlines() if not (told and line.startswith(told))]
    lines = [
        f'{NOT_PUBLISHED}"{slug}", where the name is taken: {_listed(names)}.'
        for slug, names in left_out.items()
        if names
    ]
    problem = "\n".join([*kept, *lines])[:PROBLEM_LIMIT]
    if problem != "\n".join(source.problem.splitlines()):
        source.problem = problem
        source.save(update_fields=["problem"])


def _follow_on(server: Server, source: Source) -> Outcome:
    moved, stuck = _move_addresses(server, source)
    followed = server.sources.filter(source=source).first()
    outcome = publish_missing(followed) if followed else Outcome()
    return Outcome(outcome.added, moved, (*stuck, *outcome.left_out))


def _servers_with(source: Source) -> list[Server]:
    """Return the servers that show anything of the source, locked in one order for everybody."""
    following = ServerSource.objects.filter(source=source).values("server")
    showing = ServerEntry.objects.filter(entry__source=source, kind__in=ADDRESS_FIELD)
    rows = Server.objects.filter(Q(pk__in=following) | Q(pk__in=showing.values("server")))
    return list(rows.select_for_update().order_by("pk"))


def _offered(source: Source, server: Server) -> list[tuple[Entry, str]]:
    """Return the source's active entries that the server lacks, with their own names."""
    have = ServerEntry.objects.filter(server=server).values("entry")
    rows = source.entries.filter(state=Entry.State.ACTIVE, current__isnull=False)
    rows = rows.exclude(pk__in=have).order_by("kind", "name")
    plain = [(row, row.name) for row in rows.exclude(kind__in=ADDRESS_FIELD)]
    addressed = rows.filter(kind__in=ADDRESS_FIELD).select_related("current__definition")
    both = plain + [(row, address_of(row)) for row in addressed]
    return sorted(both, key=lambda pair: pair[0].pk)


def address_of(entry: Entry) -> str:
    """Return the address in an entry's current definition; empty if it has none."""
    return address_in(entry.kind, entry.current.definition.body) if entry.current else ""


def _move_addresses(server: Server, source: Source) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Give rows the address their definition has now; return the new ones, and those taken.

    A resource that an admin published under an address of its own keeps that; a template cannot
    have one, since its variables are matched by its own.
    """
    taken = set(server.entries.values_list("kind", "exposed_name"))
    moved, stuck = [], []
    for row in _outdated(server, source):
        name = address_of(row.entry)
        if (row.kind, name) in taken or not _usable(row.entry, name):
            stuck.append(name)
            continue
        taken.add((row.kind, name))
        taken.discard((row.kind, row.exposed_name))
        row.exposed_name = name
        row.save(update_fields=["exposed_name"])
        moved.append(name)
    return tuple(moved), tuple(stuck)


def _outdated(server: Server, source: Source) -> list[ServerEntry]:
    """Return the rows whose name was their entry's address once, and no longer is."""
    rows = server.entries.filter(entry__source=source, kind__in=ADDRESS_FIELD)
    rows = rows.filter(entry__current__isnull=False, entry__state=Entry.State.ACTIVE)
    other = [
        row
        for row in rows.select_related("entry__current__definition")
        if row.exposed_name != address_of(row.entry)
    ]
    former = _former_addresses(row.entry_id for row in other)
    return [
        row
        for row in other
        if row.kind == Entry.Kind.TEMPLATE or (row.entry_id, row.exposed_name) in former
    ]


def _former_addresses(entries: Iterable[int]) -> set[tuple[int, str]]:
    """Return every address these entries ever had."""
    versions = EntryVersion.objects.filter(entry__in=list(entries))
    rows = versions.values_list("entry_id", "entry__kind", "definition__body")
    return {(entry, address_in(kind, body)) for entry, kind, body in rows}


def _usable(entry: Entry, name: str) -> bool:
    """Tell whether clients can use the name; what an importer let through may still not do."""
    try:
        check_exposed_name(entry, name)
    except BadName:
        return False
    return True


def _listed(names: tuple[str, ...]) -> str:
    """Name some, and count the rest."""
    rest = len(names) - NAMES_TOLD
    return ", ".join(names[:NAMES_TOLD]) + (f" and {rest} more" if rest > 0 else "")
