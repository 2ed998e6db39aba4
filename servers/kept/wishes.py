"""What sessions asked to hear: from which level on, and of which resources."""

import hashlib
from collections.abc import Iterable

from servers.kept.expiry import after
from servers.models import ResourceSubscription, SessionLevel

MOST_SUBSCRIPTIONS = 1_000
"""Resources one session may subscribe to."""


def set_level(session: str, level: str, seconds: float) -> None:
    """Keep the least level a session wants."""
    SessionLevel.objects.update_or_create(
        session=session, defaults={"level": level, "expires_at": after(seconds)}
    )


def level_of(session: str) -> str:
    """Return the least level a session wants, empty if it never said."""
    rows = SessionLevel.objects.filter(session=session)
    return rows.values_list("level", flat=True).first() or ""


def subscribe(session: str, uri: str, seconds: float) -> bool:
    """Keep that a session wants to hear of a resource; False if it has too many."""
    mine = ResourceSubscription.objects.filter(session=session)
    if mine.count() >= MOST_SUBSCRIPTIONS and not mine.filter(digest=digest_of(uri)).exists():
        return False
    ResourceSubscription.objects.update_or_create(
        session=session,
        digest=digest_of(uri),
        defaults={"uri": uri, "expires_at": after(seconds)},
    )
    return True


def unsubscribe(session: str, uri: str) -> None:
    """Forget that a session wants to hear of a resource."""
    ResourceSubscription.objects.filter(session=session, digest=digest_of(uri)).delete()


def subscribed(uri: str, sessions: Iterable[str]) -> set[str]:
    """Return which of some sessions want to hear of a resource."""
    rows = ResourceSubscription.objects.filter(digest=digest_of(uri), session__in=list(sessions))
    return set(rows.values_list("session", flat=True))


def renew(session: str, seconds: float) -> None:
    """Keep what a session asked for, so many seconds from now."""
    for kind in (SessionLevel, ResourceSubscription):
        kind.objects.filter(session=session).update(expires_at=after(seconds))


def forget(session: str) -> None:
    """Forget what a session asked for: it is over."""
    SessionLevel.objects.filter(session=session).delete()
    ResourceSubscription.objects.filter(session=session).delete()


def digest_of(uri: str) -> str:
    """Return a short name for an address."""
    return hashlib.sha256(uri.encode()).hexdigest()
