"""Which files this hub's tools come from: apps', MCPHUB_TOOLS', and those that come with the hub.

What comes with the hub is a source only where somebody published it.
"""

from dataclasses import dataclass
from pathlib import Path

from django.apps import apps
from django.conf import settings

from catalog.importers.python import Origin, app_origins, file_origin, tool_origins
from catalog.models import Source
from servers.models import Server

DEMO_CALLS = 6_000_000
"""Calls a minute on the demo's servers: more than anybody makes, so that it shows what a limit is,
and stands in nobody's way."""
PUBLIC, TEAM = Server.Visibility.PUBLIC, Server.Visibility.TEAM


@dataclass(frozen=True, slots=True)
class Offer:
    """One server that publishes all of a file, under this name if it is free."""

    name: str
    description: str
    visibility: Server.Visibility
    calls_per_minute: int | None = None


@dataclass(frozen=True, slots=True)
class Shipped:
    """A file beside the hub's code, and the servers made for it."""

    path: Path
    offers: tuple[Offer, ...]

    @property
    def origin(self) -> Origin:
        """The file as a source."""
        return file_origin(self.path)


DEMO = Shipped(
    settings.BASE_DIR / "examples" / "demo.py",
    (
        Offer("demo", "Open to anyone, for trying out a client.", PUBLIC, DEMO_CALLS),
        Offer("demo-private", "The same as demo, behind a log-in or a token.", TEAM, DEMO_CALLS),
    ),
)
CONFORMANCE = Shipped(
    settings.BASE_DIR / "examples" / "conformance.py",
    (
        Offer("conformance", "What the MCP conformance suite asks of a server", PUBLIC),
        Offer("conformance-private", "The same behind a token", TEAM),
    ),
)
SHIPPED = (DEMO, CONFORMANCE)


def origins() -> list[Origin]:
    """Return every author's file of this hub: apps', MCPHUB_TOOLS', and the shipped that are used."""
    unused = {each.origin.key for each in SHIPPED} - _used()
    return [origin for origin in possible() if origin.home or origin.key not in unused]


def possible() -> list[Origin]:
    """Return the same with all that are shipped; asks no database.

    Their keys are theirs, also while they are not used: another file would be served in their place.
    """
    shipped = [each.origin for each in SHIPPED]
    tools = tool_origins(settings.TOOL_PATHS, reserved=shipped)
    found = [*app_origins(apps.get_app_configs()), *tools]
    named = {origin.key for origin in found}
    return [*found, *(origin for origin in shipped if origin.key not in named)]


def _used() -> set[str]:
    """Return the keys of shipped files that the catalog has as sources."""
    keys = [each.origin.key for each in SHIPPED]
    rows = Source.objects.filter(kind=Source.Kind.PYTHON, key__in=keys)
    return set(rows.values_list("key", flat=True))
