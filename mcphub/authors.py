"""Authors' Python files: loaded in every process, kept in the catalog, published when they are new.

What MCPHUB_TOOLS names is published on a server made for it, never on one that somebody else made: the
file's code would be open to whom that one is.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from threading import Lock

from django.conf import settings
from django.db import DatabaseError, transaction
from django.utils.text import slugify

from accounts.models import Team
from catalog import services as catalog
from catalog.importers.python import (
    LoadedFile,
    Origin,
    Stamp,
    Watcher,
    functions,
    stamp,
    tool_origins,
)
from catalog.importers.python import load as load_file
from catalog.models import Source
from catalog.selectors import offered
from catalog.services.planning import plan
from catalog.services.syncing import NOT_PUBLISHED
from mcphub.origins import DEMO, Offer, Shipped, origins, possible
from servers import services as servers
from servers.errors import NameTaken, ServersError
from servers.models import Server
from servers.snapshot import Snapshot

log = logging.getLogger(__name__)
ADMINS = "Admins"
"""The team of the first admin, which owns what MCPHUB_TOOLS names."""
LONGEST_SLUG, LONGEST_TITLE = 63, 120


_arrived: dict[Path, tuple[Stamp | None, LoadedFile]] = {}
"""Files as they arrived, until whoever follows files hears of them."""


class NotLoaded(Exception):
    """A file that comes with the hub does not load; the text says where and why."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A file that was taken: its source, the server it now is published on, what to say of that."""

    source: Source
    changed: bool
    server: Server | None = None
    note: str = ""


def load() -> None:
    """Load every author's file into this process, and bring the catalog in line with it.

    What the catalog knows already was told when it came there, or by the start: it is not told again.
    """
    for origin in origins():
        loaded = _run(origin)
        if not _is_known(loaded):
            _take(origin, loaded, admins())


def retire() -> None:
    """Mark as missing what files offered that this hub no longer loads."""
    catalog.retire_sources(present=[origin.key for origin in origins()])


def publish_new(team: Team | None, notes: list[str] | None = None) -> list[Server]:
    """Load the files that are new, or with which something was wrong, and tell what is wrong now.

    What MCPHUB_TOOLS names is published when it loads for the first time, privately for `team`;
    returns those servers, and adds to `notes` what a person should know about them. Only the first
    time: what an admin took down stays down.
    """
    rows = {row.key: row for row in Source.objects.filter(kind=Source.Kind.PYTHON)}
    published: dict[int, Server] = {}
    for origin in origins():
        row = rows.get(origin.key)
        if row is not None and row.synced_at is not None and not row.problem:
            continue
        taken = _take(origin, _run(origin), team)
        if not taken.changed:  # otherwise they were told just now
            for line in _left_out(taken.source):
                log.warning("%s: %s", taken.source.name, line)
        if taken.server is not None:
            published[taken.server.pk] = taken.server
        if taken.note and notes is not None:
            notes.append(taken.note)
    return list(published.values())


def publish_demo(team: Team | None) -> None:
    """Publish the demo: once for everyone, once behind a token; under other names if need be."""
    source = _take(DEMO.origin, _run(DEMO.origin), team).source
    if not source.published.exists():
        for offer in DEMO.offers:
            server = _make_server(offer, team)
            servers.publish_source(actor=None, server=server, source=source)


@transaction.atomic
def publish_shipped(shipped: Shipped, team: Team | None) -> list[Server]:
    """Publish a file that comes with the hub, under its very names; what is there stays as it is.

    All or nothing. Raises NotLoaded, and NameTaken if a server of such a name shows something else.
    """
    loaded = _run(shipped.origin)
    if loaded.problem is not None:
        raise NotLoaded(str(loaded.problem))
    source = _take(shipped.origin, loaded, team).source
    return [_server_of(offer, source, team) for offer in shipped.offers]


def admins() -> Team | None:
    """Return the first admin's team, if it is still there."""
    return Team.objects.filter(name=ADMINS).first()


class Following:
    """Reloads the files that their authors save; what an outage kept out of the catalog is due again."""

    def __init__(self) -> None:
        self._watcher = Watcher(lambda: [origin.path for origin in origins()])
        self._due: set[Path] = set()

    def __call__(self) -> None:
        """Take what was saved since the last time."""
        try:
            self._due.update(self._watcher.changed())
            found = origins() if self._due else []
            for origin in found:
                if origin.path in self._due and not _is_settled(origin):
                    _take_saved(origin)
            if self._due - {origin.path for origin in found}:
                retire()  # a file is no longer there
            self._due.clear()
        except (DatabaseError, ServersError) as error:
            log.warning("saved tools are not in the catalog yet: %s", error)


class Arriving:
    """Loads the files that a snapshot names and this process has not: published while it runs.

    A key whose file is nowhere to be found is not searched again as long as the snapshot names it.
    With a `slug`, what that server does not need is left alone.
    """

    def __init__(self, slug: str | None = None) -> None:
        self._slug = slug
        self._one_at_a_time = Lock()  # a start may make two snapshots at once
        self._absent: frozenset[str] = frozenset()

    def __call__(self, snapshot: Snapshot) -> None:
        """Load what is missing; asks no database."""
        with self._one_at_a_time:
            self._load_missing(snapshot)

    def _load_missing(self, snapshot: Snapshot) -> None:
        missing = snapshot.sources("python", self._slug) - functions.keys
        if missing - self._absent:
            files = {origin.key: origin for origin in possible()}
            for key in sorted(missing & files.keys()):
                _arrive(files[key])
        self._absent = missing - functions.keys


class Reloading:
    """Runs again in this process the files that their authors save; what a hub does besides is its own."""

    def __init__(self) -> None:
        self._watcher = Watcher(lambda: [origin.path for origin in _loaded()])

    def __call__(self) -> None:
        """Run what was saved since the last time."""
        saved = set(self._watcher.changed())
        for origin in _loaded() if saved else []:
            if origin.path in saved and _just_arrived(origin) is None:
                _arrive(origin)


def _loaded() -> list[Origin]:
    """Return the files whose functions this process has."""
    return [origin for origin in possible() if origin.key in functions.keys]


def _arrive(origin: Origin) -> None:
    """Load a file that another process published; whoever follows files hears of it as of a saved one."""
    before = stamp(origin.path)
    loaded = _run(origin)
    _arrived[origin.path] = before, loaded
    if loaded.problem is None:
        log.info("tools loaded: %s", origin.path)
    else:
        log.error("tools not loaded: %s", loaded.problem)


def _just_arrived(origin: Origin) -> LoadedFile | None:
    """Return the file as it was loaded when it arrived, unless it was saved since; the first time only."""
    before, loaded = _arrived.pop(origin.path, (None, None))
    return loaded if before == stamp(origin.path) else None


def _is_settled(origin: Origin) -> bool:
    """Return whether there is nothing to do for a file: it has just arrived, and the catalog has it so."""
    loaded = _just_arrived(origin)
    return loaded is not None and _is_known(loaded)


def _run(origin: Origin) -> LoadedFile:
    """Load one file, its functions into this process."""
    loaded = load_file(origin)
    functions.replace(loaded)
    return loaded


def _take_saved(origin: Origin) -> None:
    """Take a file that its author saved, and say that it was."""
    if not _take(origin, _run(origin), admins()).source.problem:
        log.info("tools loaded again: %s", origin.path)


@transaction.atomic
def _take(origin: Origin, loaded: LoadedFile, team: Team | None) -> Taken:
    """Bring the catalog in line with a loaded file; publish it when it offers something at last.

    One transaction: a process that dies in between leaves the file as one that is still new, and of
    several that load it at once, the first alone changes anything.
    """
    if loaded.problem is not None:
        log.error("tools not loaded: %s", loaded.problem)
    for caution in loaded.cautions:
        log.warning("tools loaded, but: %s", caution)
    rows = Source.objects.filter(kind=Source.Kind.PYTHON, key=loaded.key)
    was_synced = rows.filter(synced_at__isnull=False).exists()
    result = catalog.sync_source(loaded=loaded, team=team if origin.home else None)
    source = result.source
    if origin.home is None or was_synced or not result.altered or source.published.exists():
        return Taken(source, result.altered)
    server, note = _server_for(origin.home, team)
    servers.publish_source(actor=None, server=server, source=source)
    return Taken(source, True, server, note)


def _server_for(home: Path, team: Team | None) -> tuple[Server, str]:
    """Return the server made for a path of MCPHUB_TOOLS, made now if there is none; and what to say.

    A folder's is known by what it publishes, a file of this very folder, and by the text it was made
    with; not by its name, which somebody else's may have, and which admins change. In doubt a new one
    is made.
    """
    description = f"From {home.name}"
    paths = tool_origins(settings.TOOL_PATHS)
    beside = [origin.key for origin in paths if origin.home == home]
    links = {"sources__source__kind": Source.Kind.PYTHON, "sources__source__key__in": beside}
    known = Server.objects.filter(description=description, **links).order_by("pk").first()
    if known is not None:
        return known, ""
    server = _make_server(Offer(home.stem, description, Server.Visibility.TEAM), team)
    wanted = next(_slugs(home.stem))
    if server.slug == wanted:
        return server, ""
    note = f"{home} is served at {server.path}, as /mcp/{wanted} is another server's"
    log.warning(note)
    return server, note


def _server_of(offer: Offer, source: Source, team: Team | None) -> Server:
    """Return the server of this name that publishes all of the source, made if there is none."""
    server = Server.objects.filter(slug=offer.name).first()
    if server is None:
        server = _publish(offer, offer.name, team)
        servers.publish_source(actor=None, server=server, source=source)
    elif not server.sources.filter(source=source).exists():
        raise NameTaken(f"There is a server at {server.path} already, which shows something else.")
    return server


def _make_server(offer: Offer, team: Team | None) -> Server:
    """Publish a server of this name, or of the first one like it that is free."""
    for slug in _slugs(offer.name):
        try:
            return _publish(offer, slug, team)
        except NameTaken:
            continue
    raise AssertionError("numbers never end")


def _publish(offer: Offer, slug: str, team: Team | None) -> Server:
    """Publish a server without entries."""
    return servers.publish_server(
        actor=None,
        slug=slug,
        title=_title(offer.name),
        description=offer.description,
        visibility=offer.visibility,
        team=team,
        calls_per_minute=offer.calls_per_minute,
    )


def _title(name: str) -> str:
    """Return a name as people read it."""
    return name.replace("_", " ").replace("-", " ").capitalize()[:LONGEST_TITLE] or "Tools"


def _slugs(name: str) -> Iterator[str]:
    """Yield the addresses for a name, the plain one first, then numbered ones."""
    slug = slugify(name.replace("_", "-"))[:LONGEST_SLUG] or "tools"
    yield slug
    for number in count(2):
        yield f"{slug[: LONGEST_SLUG - len(f'-{number}')]}-{number}"


def _is_known(loaded: LoadedFile) -> bool:
    """Return whether the catalog has what a file offers, or what is wrong with it, already."""
    source = Source.objects.filter(kind=Source.Kind.PYTHON, key=loaded.key).first()
    if source is None:
        return False
    own = [line for line in source.problem.splitlines() if not line.startswith(NOT_PUBLISHED)]
    if loaded.problem is not None:
        return own == str(loaded.problem).splitlines()
    planned = plan(loaded.entries)
    wanted = {(one.kind, one.name, one.sha256) for one in planned.entries.values()}
    return offered(source) == wanted and own == "\n".join(planned.refusals).splitlines()


def _left_out(source: Source) -> list[str]:
    """Return the lines of a source's problem about names that found no place on a server."""
    return [line for line in source.problem.splitlines() if line.startswith(NOT_PUBLISHED)]
