"""What this room does when another one changes: it publishes what a source newly offers."""

from typing import Any

from catalog.models import Source
from catalog.signals import source_synced
from servers.services.following import follow_source


def connect() -> None:
    """Connect every receiver, once however often it is asked for."""
    source_synced.connect(_source_synced, dispatch_uid="servers.follow_source")


def _source_synced(source: Source, **kwargs: Any) -> None:
    """A source's entries changed; told inside the transaction that changed them."""
    follow_source(source)
