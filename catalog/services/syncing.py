"""Bring a source's rows in line with what its file declares.

What curators decided (tags, on or off, team) is theirs and stays; the file decides what exists and
what it looks like, and where the source is under review, what it should look like once approved.
Run again without a change, nothing is written; run by many processes at once, they wait for each
other at the source's row.
"""

import logging
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from accounts.models import Team
from accounts.services.recording import record
from catalog.importers.python.loading import LoadedFile
from catalog.models import Definition, Entry, Source
from catalog.selectors import with_newest
from catalog.services.announcing import announce
from catalog.services.entries import tags_named
from catalog.services.planning import Name, Plan, Planned, plan
from catalog.services.versioning import add_versions
from catalog.signals import source_synced

PROBLEM_LIMIT = 4_000
NOT_PUBLISHED = "Not published on "
"""How lines of a source's problem begin that its publishers keep: a sync leaves them as they are."""
BATCH = 500

logger = logging.getLogger("mcphub.catalog")


@dataclass(frozen=True, slots=True)
class SyncResult:
    """What a sync did, as names of entries: new, with a new version, come back, gone.

    `waiting` are those of the first two that stay as they were until somebody approves.
    """

    source: Source
    created: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    returned: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()

    @property
    def altered(self) -> bool:
        """Whether the source says anything new."""
        return bool(self.created or self.changed or self.returned or self.missing)

    @property
    def in_force(self) -> bool:
        """Whether anything that is served changed."""
        at_once = len(self.created) + len(self.changed) > len(self.waiting)
        return bool(at_once or self.returned or self.missing)


@transaction.atomic
def sync_source(*, loaded: LoadedFile, team: Team | None) -> SyncResult:
    """Publish what the file declares; `team` owns the source if it is new.

    A file with a problem keeps its entries as they are and has the problem told; an entry that is
    refused is not offered and named, the others are.
    """
    planned = plan(loaded.entries)  # before the lock: it takes time, and no rows
    source, is_new = _source(loaded, team)
    if loaded.problem is not None:
        _tell(source, str(loaded.problem))
        return SyncResult(source)
    for refusal in planned.refusals:
        logger.error("not offered: %s: %s", loaded.path, refusal)
    _tell(source, "\n".join(planned.refusals))
    result = _aligned(source, planned)
    if result.altered:
        source.synced_at = timezone.now()
        source.save(update_fields=["synced_at"])
        source_synced.send(sender=Source, source=source)
        record(None, "source.sync", after=_facts(result))
    if result.waiting:
        logger.info("%s: %d changes wait for approval", loaded.path, len(result.waiting))
    if result.in_force or is_new:
        announce()
    return result


def mark_missing(rows: Iterable[Entry]) -> tuple[str, ...]:
    """Mark entries as no longer offered, their rules, tags and switches kept; return the names."""
    gone = [row for row in rows if row.state != Entry.State.MISSING]
    if gone:
        Entry.objects.filter(pk__in=[row.pk for row in gone]).update(state=Entry.State.MISSING)
    return tuple(row.name for row in gone)


def _source(loaded: LoadedFile, team: Team | None) -> tuple[Source, bool]:
    """Return the source's row, made if it is new, locked until the commit."""
    known = Source.objects.select_for_update()
    named = {"kind": Source.Kind.PYTHON, "key": loaded.key}
    row, is_new = known.get_or_create(**named, defaults={"name": loaded.name, "team": team})
    return row, is_new


def _tell(source: Source, problem: str) -> None:
    """Keep what is wrong with the file, for the admin, in characters that every database takes."""
    publishers = [line for line in source.problem.splitlines() if line.startswith(NOT_PUBLISHED)]
    problem = "\n".join([*filter(None, [problem]), *publishers])
    text = problem.replace("\0", "\\0").encode("utf-8", "replace").decode()[:PROBLEM_LIMIT]
    if source.problem != text:
        source.problem = text
        source.save(update_fields=["problem"])


def _aligned(source: Source, planned: Plan) -> SyncResult:
    known_rows = with_newest(source.entries.select_related("current"))
    rows = {(row.kind, row.name): row for row in known_rows}
    wanted = planned.entries
    fresh = _create(source, [one for name, one in wanted.items() if name not in rows])
    known = [(rows[name], one) for name, one in wanted.items() if name in rows]
    changed = [(row, one) for row, one in known if _newest(row) != one.sha256]
    _keep_definitions(one for _, one in [*fresh, *changed])
    waiting = add_versions(source, [*fresh, *changed])
    return SyncResult(
        source,
        created=tuple(row.name for row, _ in fresh),
        changed=tuple(row.name for row, _ in changed),
        returned=_bring_back(row for row, _ in known),
        missing=mark_missing(_absent(rows, wanted.keys())),
        waiting=tuple(row.name for row in waiting),
    )


def _absent(rows: dict[Name, Entry], wanted: Collection[Name]) -> list[Entry]:
    return [row for name, row in rows.items() if name not in wanted]


def _newest(row: Entry) -> str | None:
    """Return the hash of the newest version: a roll-back is not undone by the same file again."""
    return getattr(row, "newest_sha256", None)


def _keep_definitions(planned: Iterable[Planned]) -> None:
    """Store the texts that are not there yet, in one order for all: no two wait crosswise."""
    bodies = {one.sha256: one.body for one in planned}
    hashes = sorted(bodies)
    for start in range(0, len(hashes), BATCH):
        part = hashes[start : start + BATCH]
        known = set(Definition.objects.filter(pk__in=part).values_list("pk", flat=True))
        fresh = [Definition(sha256=sha, body=bodies[sha]) for sha in part if sha not in known]
        if fresh:
            Definition.objects.bulk_create(fresh, ignore_conflicts=True)


def _create(source: Source, planned: list[Planned]) -> list[tuple[Entry, Planned]]:
    """Make the rows of new entries; only now do the author's tags and durability count."""
    rows = Entry.objects.bulk_create(
        [
            Entry(source=source, kind=one.kind, name=one.name, durable=one.durable)
            for one in planned
        ],
        batch_size=BATCH,
    )
    pairs = list(zip(rows, planned, strict=True))
    by_name = {tag.name: tag for tag in tags_named(name for one in planned for name in one.tags)}
    links = [
        Entry.tags.through(entry_id=row.pk, tag_id=by_name[name].pk)
        for row, one in pairs
        for name in sorted(one.tags)
    ]
    Entry.tags.through.objects.bulk_create(links, batch_size=BATCH)
    return pairs


def _bring_back(rows: Iterable[Entry]) -> tuple[str, ...]:
    back = [row for row in rows if row.state == Entry.State.MISSING]
    if back:
        Entry.objects.filter(pk__in=[row.pk for row in back]).update(state=Entry.State.ACTIVE)
    return tuple(row.name for row in back)


def _facts(result: SyncResult) -> dict[str, object]:
    """Return what the audit trail keeps of a sync."""
    lists = {
        "created": result.created,
        "changed": result.changed,
        "returned": result.returned,
        "missing": result.missing,
        "waiting": result.waiting,
    }
    named = {word: list(names[:100]) for word, names in lists.items() if names}
    return {"source": result.source.name, "key": result.source.key, **named}
