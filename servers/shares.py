"""What is kept for clients that are away, within bounds: of one owner, and of all together.

Promises: no owner has more than a share of it, whatever others have, so that nobody pushes out others'
by leaving stream after stream; what is the longest unheard of goes first.
"""

import time
from collections import Counter, OrderedDict
from dataclasses import dataclass
from typing import NamedTuple

Key = tuple[str, str]
"""Session and name of a stream."""
AN_EVENT = 200
"""Bytes that an event counts for besides its message."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How many streams, how many bytes, and for how many seconds since the newest event of each."""

    streams: int
    size: int
    streams_of_one: int
    size_of_one: int
    seconds: float


class _Share(NamedTuple):
    owner: str
    size: int
    at: float


class Shares:
    """The sizes of what is kept, by stream; it is for whoever asks to forget what must go."""

    def __init__(self, bounds: Bounds) -> None:
        self._bounds, self.size = bounds, 0
        self._all: OrderedDict[Key, _Share] = OrderedDict()
        self._streams: Counter[str] = Counter()
        self._sizes: Counter[str] = Counter()

    def __len__(self) -> int:
        """Count the streams."""
        return len(self._all)

    def add(self, key: Key, owner: str, size: int) -> list[Key]:
        """Count what is added to a stream; return those that must go for it, never the stream itself."""
        share = _Share(owner, size + self.drop(key), time.monotonic())
        self._all[key] = share
        self._count(share, 1)
        gone = list[Key]()
        while (other := self._one_too_many(owner)) not in (None, key):
            self.drop(other)
            gone.append(other)
        return gone

    def less(self, key: Key, size: int) -> None:
        """Count so much less of a stream, if it counts still: it could not be kept."""
        share = self._all.get(key)
        if share is not None:
            self._count(share, -1)
            self._all[key] = share = share._replace(size=share.size - size)
            self._count(share, 1)

    def drop(self, key: Key) -> int:
        """Count a stream no more; return its size."""
        share = self._all.pop(key, None)
        if share is None:
            return 0
        self._count(share, -1)
        return share.size

    def _count(self, share: _Share, by: int) -> None:
        self._streams[share.owner] += by
        self._sizes[share.owner] += by * share.size
        self.size += by * share.size
        if not self._streams[share.owner]:
            del self._streams[share.owner], self._sizes[share.owner]

    def _one_too_many(self, owner: str) -> Key | None:
        """Return the stream that must go first, None if all may stay."""
        bounds, oldest = self._bounds, next(iter(self._all))
        if self._streams[owner] > bounds.streams_of_one or self._sizes[owner] > bounds.size_of_one:
            return next(key for key, share in self._all.items() if share.owner == owner)
        past = time.monotonic() - self._all[oldest].at > bounds.seconds
        too_many = len(self._all) > bounds.streams or self.size > bounds.size
        return oldest if past or too_many else None
