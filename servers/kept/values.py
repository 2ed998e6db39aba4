"""What tools keep between calls, under handles: bounded for each owner on each server."""

import uuid
from datetime import UTC, datetime

from django.db.models import QuerySet

from servers.kept.expiry import after
from servers.models import KeptValue

MOST_VALUES = 1_000
"""Values an owner may keep on a server."""
MOST_OF_NOBODY = 10_000
"""Values that all anonymous callers together may keep on a server."""
MOST_UNDER_HANDLE = 100
Place = tuple[uuid.UUID, str, str]
"""Server, owner, handle."""


class TooMuchKept(Exception):
    """The owner keeps all that one may; the text is for the caller."""


def get(place: Place, key: str) -> str | None:
    """Return a value as JSON, None if there is none that is still good."""
    rows = _good(_rows(place)).filter(key=key)
    return rows.values_list("value", flat=True).first()


def put(place: Place, key: str, value: str, seconds: float) -> None:
    """Keep a value; raises TooMuchKept."""
    server, owner, handle = place
    if not _good(_rows(place)).filter(key=key).exists():
        owned = _good(KeptValue.objects.filter(server=server, owner=owner))
        full = _good(_rows(place)).count() >= MOST_UNDER_HANDLE
        if full or owned.count() >= (MOST_VALUES if owner else MOST_OF_NOBODY):
            raise TooMuchKept("No more can be kept; delete what is not needed any more.")
    KeptValue.objects.update_or_create(
        server=server,
        owner=owner,
        handle=handle,
        key=key,
        defaults={"value": value, "expires_at": after(seconds)},
    )


def drop(place: Place, key: str) -> None:
    """Forget a value."""
    _rows(place).filter(key=key).delete()


def _good(rows: "QuerySet[KeptValue]") -> "QuerySet[KeptValue]":
    """Return those whose time is not over."""
    return rows.filter(expires_at__gt=datetime.now(UTC))


def _rows(place: Place) -> "QuerySet[KeptValue]":
    server, owner, handle = place
    return KeptValue.objects.filter(server=server, owner=owner, handle=handle)
