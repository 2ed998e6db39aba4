"""States of calls between two rounds: those too long to carry, and calls that were claimed."""

from django.db import IntegrityError, transaction

from servers.kept.expiry import after
from servers.models import CallState

CLAIM = "claim "
BODY = "body "


def keep(name: str, body: str, seconds: float) -> None:
    """Keep what is too long to carry under a name, however often it is kept."""
    CallState.objects.update_or_create(
        name=BODY + name, defaults={"body": body, "expires_at": after(seconds)}
    )


def kept(name: str) -> str | None:
    """Return a state that was kept."""
    return CallState.objects.filter(name=BODY + name).values_list("body", flat=True).first()


def claim(call: str, seconds: float) -> bool:
    """Claim a call for one run, atomically; return whether nobody has before."""
    try:
        with transaction.atomic():
            CallState.objects.create(name=CLAIM + call, expires_at=after(seconds))
    except IntegrityError:
        return False
    return True


def is_claimed(call: str) -> bool:
    """Return whether a run has claimed the call."""
    return CallState.objects.filter(name=CLAIM + call).exists()


def release(call: str) -> None:
    """Give a claim back: the run asked another question."""
    CallState.objects.filter(name=CLAIM + call).delete()
