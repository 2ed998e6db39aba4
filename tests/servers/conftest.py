"""What this room's tests stand on: a source with one of each kind, and the trail."""

from collections.abc import Callable, Iterator

import pytest

from catalog.models import Source
from catalog.selectors import catalog_number
from monitoring.audit import flush
from monitoring.models import AuditEvent
from tests import make
from tests.holding import holder, jobs, transport
from tests.hub import Hub
from tests.playing import play, play_browser, play_entries, play_hub, play_session
from tests.talks import talks

__all__ = [
    "holder",
    "jobs",
    "play",
    "play_browser",
    "play_entries",
    "play_hub",
    "play_session",
    "talks",
    "transport",
]

BODIES = {
    "add": ("tool", {"name": "add", "inputSchema": {"type": "object"}}),
    "about": ("resource", {"name": "about", "uri": "demo://about"}),
    "greeting": ("template", {"name": "greeting", "uriTemplate": "demo://greeting/{name}"}),
    "summarise": ("prompt", {"name": "summarise"}),
}


@pytest.fixture
def demo(db: None) -> Source:
    """The source "demo", with one entry of each kind."""
    source = make.source("demo")
    for name, (kind, body) in BODIES.items():
        make.entry(source, name, kind, body)
    return source


@pytest.fixture
def second(hub: Hub) -> Iterator[Hub]:
    """Another process of the same hub: what one announces, the other hears."""
    other = Hub()
    other.start()
    yield other
    other.stop()


@pytest.fixture
def recorded(db: None) -> Callable[[], list[str]]:
    """The actions in the audit trail so far."""

    def actions() -> list[str]:
        flush()
        return list(AuditEvent.objects.order_by("id").values_list("action", flat=True))

    return actions


@pytest.fixture
def announced(db: None) -> Callable[[], int]:
    """How often the catalog was announced since the test began."""
    before = catalog_number()
    return lambda: catalog_number() - before
