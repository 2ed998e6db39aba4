"""Which names are masked, changed by an admin: recorded, and heard of by every process at once."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction

from monitoring import audit
from monitoring.errors import MaskRefused
from monitoring.models import RedactedName

from .names import BUILT_IN, SHORTEST, announce, bare

MOST = 200
LONGEST = 64


@transaction.atomic
def mask_name(*, actor: Any, name: str) -> RedactedName:
    """Add a word; raises MaskRefused for one that is too short, there already, or one too many."""
    _require(actor, "add")
    word = bare(name)
    _check(word)
    made = RedactedName.objects.create(name=word)
    _record(actor, "mask.add", None, word)
    transaction.on_commit(announce)
    return made


@transaction.atomic
def unmask_name(*, actor: Any, masked: RedactedName) -> None:
    """Take a word away; what is recorded from then on shows what bears it."""
    _require(actor, "delete")
    word = masked.name
    masked.delete()
    _record(actor, "mask.delete", word, None)
    transaction.on_commit(announce)


def _require(actor: Any, act: str) -> None:
    """Raise PermissionDenied unless the actor may; None, the command line, may all."""
    if actor is not None and not actor.has_perm(f"monitoring.{act}_redactedname"):
        raise PermissionDenied


def _check(word: str) -> None:
    if not SHORTEST <= len(word) <= LONGEST:
        raise MaskRefused(f"A word has {SHORTEST} to {LONGEST} letters and digits.")
    covering = next((one for one in BUILT_IN if one in word), None)
    if covering:
        raise MaskRefused(f"That is masked already: {covering} is built in.")
    if RedactedName.objects.filter(name=word).exists():
        raise MaskRefused(f"{word} is masked already.")
    if RedactedName.objects.count() >= MOST:
        raise MaskRefused(f"There are {MOST} words already. Take one away first.")


def _record(actor: Any, action: str, before: str | None, after: str | None) -> None:
    audit.record_change(
        actor=actor.public_id if actor else None,
        actor_label=actor.get_username() if actor else "",
        action=action,
        before=None if before is None else {"name": before},
        after=None if after is None else {"name": after},
    )
