"""The sentence on top of every page: put up, changed and taken down, each recorded and announced.

One row at most. A sentence with an end is not shown after it; the row stays until somebody changes it.
"""

from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction

from monitoring import audit, bus
from monitoring.errors import BannerRefused
from monitoring.models import Banner

TOPIC = "banner"
"""Told when the sentence is another one, or gone."""
ROW = 1
"""The key of the only row."""


class Actor(Protocol):
    """Who acts, as far as this room knows people."""

    public_id: UUID

    def get_username(self) -> str:
        """Return their name."""
        ...

    def has_perm(self, perm: str) -> bool:
        """Return whether they hold a permission."""
        ...


@transaction.atomic
def put_up(*, actor: Actor, text: str, until: datetime | None = None) -> Banner:
    """Show this sentence from now on, instead of any other; to the end of `until` if one is given.

    Raises BannerRefused.
    """
    row = Banner.objects.select_for_update().first()
    _require(actor, "monitoring.change_banner" if row else "monitoring.add_banner")
    before = _facts(row) if row else None
    row = row or Banner(pk=ROW)
    row.text, row.until = " ".join(text.split()), until
    _check(row)
    if _facts(row) != before:
        row.save()
        _told(actor, "banner.put_up", before, _facts(row))
    return row


@transaction.atomic
def take_down(*, actor: Actor) -> None:
    """Show no sentence any more; nothing to do where there is none. Raises BannerRefused."""
    _require(actor, "monitoring.delete_banner")
    row = Banner.objects.select_for_update().first()
    if row is not None:
        before = _facts(row)
        row.delete()
        _told(actor, "banner.take_down", before, None)


def _require(actor: Actor, permission: str) -> None:
    if not actor.has_perm(permission):
        raise BannerRefused("You may not do this.")


def _check(row: Banner) -> None:
    """Raise BannerRefused for a sentence that cannot be kept or shown."""
    if any(character == "\0" or "\ud800" <= character <= "\udfff" for character in row.text):
        raise BannerRefused("The text holds a character that cannot be kept.")
    try:
        row.full_clean(validate_unique=False)
    except ValidationError as error:
        name, messages = next(iter(error.message_dict.items()))
        raise BannerRefused(f"{name}: {messages[0]}") from error


def _facts(row: Banner) -> dict[str, Any]:
    """Return what the trail keeps."""
    return {"text": row.text, "until": row.until.isoformat() if row.until else None}


def _told(
    actor: Actor, action: str, before: dict[str, Any] | None, after: dict[str, Any] | None
) -> None:
    """Record the change, and have every process look again once it is committed."""
    audit.record_change(
        actor=actor.public_id,
        actor_label=actor.get_username(),
        action=action,
        before=before,
        after=after,
    )
    transaction.on_commit(lambda: bus.publish(TOPIC, ""))
