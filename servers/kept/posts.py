"""Streams that are open, and messages on their way to the process that has one.

A stream is open for as long as its process says, from time to time, that it is there: one row for all
of its streams.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from django.db import transaction
from django.db.models import Count, QuerySet, Sum

from servers.kept.expiry import after
from servers.models import OpenStream, PostedMessage, StreamProcess

MOST_WAITING, MOST_WAITING_BYTES = 100, 8 * 1024 * 1024
"""Messages that may wait for one stream, and their bytes; one message may be larger than that alone."""
WAIT_SECONDS = 60.0
"""How long a message waits for a process that does not take it."""
A_READ = 20
"""Messages one look brings."""
GONE, FULL, LEFT = "gone", "full", "left"


class Posted(NamedTuple):
    """A message as it came, and the digest of the token it came with, None for none."""

    body: str
    token: str | None


def begin(process: str, session: str, lease: float, seconds: float) -> None:
    """Keep that a process has a stream, for so many seconds at most."""
    has, _new = StreamProcess.objects.get_or_create(
        name=process, defaults={"expires_at": after(lease)}
    )
    if has.expires_at < after(lease / 2):  # it had no streams for a while
        StreamProcess.objects.filter(pk=has.pk).update(expires_at=after(lease))
    OpenStream.objects.create(session=session, process=has, expires_at=after(seconds))


def end(session: str) -> None:
    """Forget a stream, and what waits for it."""
    OpenStream.objects.filter(session=session).delete()
    PostedMessage.objects.filter(session=session).delete()


def renew(process: str, lease: float, streams: Mapping[str, float]) -> None:
    """Say that a process is there, with its streams; `streams` says how long each may last, in seconds.

    They are kept anew if it could not say so for too long.
    """
    if StreamProcess.objects.filter(name=process).update(expires_at=after(lease)):
        return
    has = StreamProcess.objects.create(name=process, expires_at=after(lease))
    rows = [
        OpenStream(session=session, process=has, expires_at=after(seconds))
        for session, seconds in streams.items()
    ]
    OpenStream.objects.bulk_create(rows, ignore_conflicts=True)


def leave(session: str, body: bytes, token: str | None) -> str:
    """Keep a message for a stream; return LEFT, GONE if it is not open, FULL if too much waits."""
    now = datetime.now(UTC)
    with transaction.atomic():
        if not OpenStream.objects.filter(session=session, process__expires_at__gt=now).exists():
            return GONE
        waiting = _waiting(session).aggregate(number=Count("id"), size=Sum("size"))
        size = waiting["size"] or 0
        if waiting["number"] >= MOST_WAITING or (size and size + len(body) > MOST_WAITING_BYTES):
            return FULL
        PostedMessage.objects.create(
            session=session,
            body=body.decode(),
            size=len(body),
            token=token or "",
            expires_at=after(WAIT_SECONDS),
        )
    return LEFT


def take(session: str) -> Sequence[Posted]:
    """Return the messages that wait for a stream, the oldest first and not too many, and forget them."""
    with transaction.atomic():
        rows = list(_waiting(session).order_by("id")[:A_READ])
        if rows:
            PostedMessage.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return [Posted(row.body, row.token or None) for row in rows]


def waited_for(process: str) -> list[str]:
    """Return the sessions whose streams a process has and for which messages wait."""
    streams = OpenStream.objects.filter(process__name=process).values("session")
    waiting = PostedMessage.objects.filter(session__in=streams).order_by()
    return list(waiting.values_list("session", flat=True).distinct())


def _waiting(session: str) -> "QuerySet[PostedMessage]":
    return PostedMessage.objects.filter(session=session)
