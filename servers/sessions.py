"""Sessions of the initialize-based revisions: opened by signature, ended by a row and a set in memory.

A session id verifies on any process without a look-up; only that it was ended must be known, which
the bus tells and the table keeps for processes that start later or did not hear it.
"""

import hashlib
import secrets
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from accounts.caller import Caller
from monitoring import bus
from servers.kept import events, wishes
from servers.models import EndedSession
from servers.protocol.event_ids import SEED_BYTES, Kind, Point, is_name, make_name
from servers.protocol.handshake import (
    LIFETIME,
    Opening,
    Session,
    make_session_id,
    read_session_id,
)
from servers.published import PublishedServer

TOPIC = "sessions"
MOST_REMEMBERED = 20_000
MOST_ENDED = 200_000


class Sessions:
    """Opens, reads and ends sessions; used from one event loop but for `record_end`."""

    def __init__(self, secret_keys: Sequence[str]) -> None:
        self._keys = [hashlib.sha256(b"mcp session" + key.encode()).digest() for key in secret_keys]
        self._read: dict[str, Session] = {}
        self._ended: dict[str, None] = {}

    def open(self, server: PublishedServer, caller: Caller, opening: Opening) -> str:
        """Return a new session id for this caller on this server."""
        return make_session_id(
            opening,
            server=server.public_id,
            user=caller.user_public_id,
            client=caller.client,
            nonce=secrets.token_bytes(16),
            now=time.time(),
            key=self._keys[0],
        )

    def read(self, server: PublishedServer, caller: Caller, session_id: str) -> Session | None:
        """Return the session if it is this caller's on this server, signed by us and not over."""
        session = self._read.get(session_id)
        if session is None:
            session = read_session_id(session_id, now=time.time(), keys=self._keys)
            if session is None:
                return None
            if len(self._read) >= MOST_REMEMBERED:
                self._read.clear()
            self._read[session_id] = session
        mine = session.belongs_to(server.public_id, caller.user_public_id, caller.client)
        over = session.nonce in self._ended or time.time() - session.issued_at > LIFETIME
        return session if mine and not over else None

    def stream_name(self, session: Session, kind: Kind) -> str:
        """Return the name of a new stream of a session."""
        seed = secrets.token_bytes(SEED_BYTES)
        return make_name(kind, session.nonce, seed=seed, key=self._keys[0])

    def has_named(self, session: Session, place: Point) -> bool:
        """Tell whether a place is in a stream of the session's, of the kind it says."""
        return is_name(place.stream, place.kind, session.nonce, self._keys)

    def going_on(self, nonces: Iterable[str]) -> list[str]:
        """Return those of which no end was heard."""
        return [nonce for nonce in nonces if nonce not in self._ended]

    def forget(self, nonce: str) -> None:
        """Take an announced end into account; the oldest ends go first when there are too many."""
        self._ended[nonce] = None
        if len(self._ended) > MOST_ENDED:
            del self._ended[next(iter(self._ended))]


def record_end(session: Session) -> None:
    """Keep that a session was ended until it would have expired, and tell every process."""
    until = datetime.fromtimestamp(session.issued_at + LIFETIME, UTC)
    EndedSession.objects.get_or_create(nonce=session.nonce, defaults={"expires_at": until})
    wishes.forget(session.nonce)
    events.forget(session.nonce)
    bus.publish(TOPIC, session.nonce)


def read_ended() -> list[str]:
    """Return the sessions that were ended and would still be accepted; drops those past."""
    now = datetime.now(UTC)
    EndedSession.objects.filter(expires_at__lt=now).delete()
    return list(EndedSession.objects.values_list("nonce", flat=True)[:MOST_ENDED])
