"""Authors' Python files: loaded in every process, kept in the catalog, published when they are new."""

import logging
from collections.abc import Iterable
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db import DatabaseError
from django.utils.text import slugify

from accounts.models import Team
from catalog import services as catalog
from catalog.importers.python import (
    Origin,
    Watcher,
    app_origins,
    file_origin,
    functions,
    tool_origins,
)
from catalog.importers.python import load as load_file
from catalog.models import Source
from servers import services as servers
from servers.models import Server

log = logging.getLogger(__name__)
DEMO = settings.BASE_DIR / "examples" / "demo.py"


def load() -> None:
    """Load every author's file into this process and bring the catalog in line with it."""
    for origin in origins():
        _take(origin, None)


def retire() -> None:
    """Mark as missing what files offered that this hub no longer loads."""
    catalog.retire_sources(present=[origin.key for origin in origins()])


def publish_new(team: Team | None) -> list[Server]:
    """Load what MCPHUB_TOOLS names and publish each file or folder that the hub sees for the first
    time, privately for `team`; return those servers.

    Only the first time: what an admin took down stays down.
    """
    known = set(Source.objects.values_list("key", flat=True))
    fresh = [origin for origin in tool_origins(settings.TOOL_PATHS) if origin.key not in known]
    published = []
    for path in (Path(text).expanduser().resolve() for text in settings.TOOL_PATHS):
        own = [origin for origin in fresh if path in (origin.path, origin.path.parent)]
        sources = [_take(origin, team) for origin in own]
        if sources:
            published.append(_publish(path.stem, f"From {path.name}", sources, team, "team"))
    return published


def publish_demo(team: Team | None) -> None:
    """Publish the demo: once for everyone, once behind a token."""
    source = _take(file_origin(DEMO), team)
    _publish("demo", "Demo: open to anyone, to try a client with", [source], team, "public")
    _publish("demo-private", "Demo behind a token", [source], team, "team")


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
                if origin.path in self._due and not _take(origin, None).problem:
                    log.info("tools loaded again: %s", origin.path)
            if self._due - {origin.path for origin in found}:
                retire()  # a file is no longer there
            self._due.clear()
        except DatabaseError as error:
            log.warning("saved tools are not in the catalog yet: %s", error)


def origins() -> list[Origin]:
    """Return every author's file of this hub: apps', MCPHUB_TOOLS', and the demo's if it is used."""
    found = [*app_origins(apps.get_app_configs()), *tool_origins(settings.TOOL_PATHS)]
    demo = file_origin(DEMO)
    if demo.key not in {origin.key for origin in found} and _is_source(demo):
        found.append(demo)
    return found


def _is_source(origin: Origin) -> bool:
    """Return whether the catalog has this file as a source."""
    return Source.objects.filter(kind=Source.Kind.PYTHON, key=origin.key).exists()


def _take(origin: Origin, team: Team | None) -> Source:
    """Load one file: its functions into this process, its entries into the catalog."""
    loaded = load_file(origin)
    functions.replace(loaded)
    return catalog.sync_source(loaded=loaded, team=team).source


def _publish(
    name: str, description: str, sources: Iterable[Source], team: Team | None, visibility: str
) -> Server:
    """Publish all of some sources as one server, or add them to the one of that name."""
    slug = slugify(name.replace("_", "-"))[:63] or "tools"
    server = Server.objects.filter(slug=slug).first()
    if server is None:
        server = servers.publish_server(
            actor=None,
            slug=slug,
            title=name.replace("_", " ").replace("-", " ").capitalize(),
            description=description,
            visibility=visibility,
            team=team,
        )
    for source in sources:
        servers.publish_source(actor=None, server=server, source=source)
    return server
