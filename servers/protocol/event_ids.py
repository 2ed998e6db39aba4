"""Ids of events: which stream, and where in it. Source: 2025-11-25 basic/transports (Resumability).

The name of a stream carries the proof that it is one of its session, and of which kind: an id that
somebody made up, or has from another session, is known for what it is without a look anywhere. An event of
a session's own stream says besides what its client had heard by then, so that nothing must be kept of it.
"""

import hmac
import re
from collections.abc import Iterable
from enum import Enum
from typing import NamedTuple

SEED_BYTES = 8
_ID = re.compile(r"([0-9a-f]{32})-([0-9]{1,9})(?:-([0-9a-f]{32}))?")


class Kind(Enum):
    """What a stream is for: it answers a request, or tells a session what changes."""

    ANSWER = b"answer"
    OWN = b"own"


class Heard(NamedTuple):
    """How far one has heard on a session's own stream.

    `at` is when, in whole seconds of the epoch; `lists` what marks the lists of tools, prompts and
    resources as they were told last, each a number of 32 bits.
    """

    at: int
    lists: tuple[int, ...]

    def __str__(self) -> str:
        """Give the text that ids have."""
        return "".join(f"{number:08x}" for number in (self.at, *self.lists))


class Point(NamedTuple):
    """A place in a stream; in a session's own one with what was heard by then."""

    stream: str
    position: int
    heard: Heard | None = None

    @property
    def kind(self) -> Kind:
        """Return the kind of stream this is a place in."""
        return Kind.OWN if self.heard else Kind.ANSWER

    def event_id(self) -> bytes:
        """Return the id of the event at this place."""
        heard = f"-{self.heard}" if self.heard else ""
        return f"{self.stream}-{self.position}{heard}".encode()


def make_name(kind: Kind, session: str, *, seed: bytes, key: bytes) -> str:
    """Return the name of a new stream of a session; `seed` is SEED_BYTES random bytes."""
    return seed.hex() + _proof(kind, session, seed, key)


def is_name(name: str, kind: Kind, session: str, keys: Iterable[bytes]) -> bool:
    """Tell whether a name that an id had is that of a stream of this kind, and of the session."""
    seed, proof = bytes.fromhex(name[: 2 * SEED_BYTES]), name[2 * SEED_BYTES :]
    return any(hmac.compare_digest(proof, _proof(kind, session, seed, key)) for key in keys)


def read_event_id(text: str) -> Point | None:
    """Return the place that an id names, None if it has not the form of ours."""
    found = _ID.fullmatch(text)
    if found is None:
        return None
    stream, position, heard = found.groups()
    if heard is None:
        return Point(stream, int(position))
    at, *lists = (int(heard[begin : begin + 8], 16) for begin in range(0, len(heard), 8))
    return Point(stream, int(position), Heard(at, tuple(lists)))


def _proof(kind: Kind, session: str, seed: bytes, key: bytes) -> str:
    """Return a signature of 64 bits."""
    said = b"stream %b %b " % (kind.value, session.encode()) + seed
    return hmac.digest(key, said, "sha256")[:8].hex()
