"""What tools said has changed, for sessions that did not listen then: of each thing when last.

Resources are noted only while a session is subscribed to them, so there are never more of them than of
subscriptions.
"""

import uuid
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from servers.kept.expiry import after
from servers.kept.wishes import digest_of
from servers.models import Announcement, ResourceSubscription

SLACK = timedelta(seconds=5)
"""How long an announcement may be under way, and how far the clocks of two processes may be apart."""
Change = tuple[uuid.UUID, str, str]
"""A server, what changed, and the address if it is a resource."""


class Missed(NamedTuple):
    """What a session did not hear: lists, and resources it subscribed to."""

    lists: frozenset[str]
    uris: tuple[str, ...]


def note(changes: Iterable[Change], seconds: float) -> None:
    """Note what has changed just now, for so many seconds."""
    found = {(server, what, digest_of(uri) if uri else "") for server, what, uri in changes}
    digests = {digest for _, _, digest in found if digest}
    subscribed = ResourceSubscription.objects.filter(digest__in=digests)
    wanted = {"", *subscribed.values_list("digest", flat=True).distinct()}
    moment, until = datetime.now(UTC), after(seconds)
    Announcement.objects.bulk_create(
        [
            Announcement(server=server, what=what, digest=digest, at=moment, expires_at=until)
            for server, what, digest in sorted(found)  # two at once must not wait for each other
            if digest in wanted
        ],
        update_conflicts=True,
        unique_fields=("server", "what", "digest"),
        update_fields=("at", "expires_at"),
    )


def missed(session: str, server: uuid.UUID, since: int) -> Missed:
    """Return what a session on a server may not have heard of since a moment of the epoch."""
    moment = datetime.fromtimestamp(since, UTC) - SLACK
    changed = Announcement.objects.filter(server=server, at__gte=moment)
    lists = changed.filter(digest="").values_list("what", flat=True)
    mine = ResourceSubscription.objects.filter(session=session)
    uris = mine.filter(digest__in=changed.exclude(digest="").values("digest")).order_by("pk")
    return Missed(frozenset(lists), tuple(uris.values_list("uri", flat=True)))
