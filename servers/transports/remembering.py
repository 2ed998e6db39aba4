"""What the client of a stream may have missed: the newest events, kept for it once it is away.

Promises: it is bounded, in memory and in rows, and what goes first is told least, the oldest progress and log
messages. Nothing of which its client waits is passed over in silence: an answer of a batch that there
is no room for is an error under its id, and a question is not asked. The one answer of a request, or the
last one of a batch, stays however large it is, unless others of the batch have taken the room.
Source: 2025-11-25 basic/transports (Resumability and Redelivery).
"""

from collections import deque
from collections.abc import Awaitable, Sequence
from enum import Enum
from typing import NamedTuple, Protocol

from servers.protocol.errors import INTERNAL_ERROR, ProtocolError
from servers.protocol.event_ids import Point
from servers.protocol.jsonrpc import error_message
from servers.shares import AN_EVENT
from servers.transports.pending import Item

NO_ROOM = (
    "This was done and answered, but the answers of its batch were too long to be kept for a client "
    "that was away."
)


class Kind(Enum):
    """What an event is to whoever has to do without it."""

    LOOSE = "progress, a log message"
    FIRM = "a question"
    RESPONSE = "an answer of a batch"
    FIXED = "the beginning, the end, what is told in the place of an answer"


class Bound(NamedTuple):
    """So many events of a kind, and so many characters."""

    number: int
    size: int


REMEMBERED = {
    Kind.LOOSE: Bound(256, 256 * 1024),
    Kind.FIRM: Bound(256, 256 * 1024),
    Kind.RESPONSE: Bound(256, 1024 * 1024),
}
"""Events that a stream remembers, as its client may have missed them; the newest in any case."""
KEPT = {
    Kind.LOOSE: Bound(1_000, 4 * 1024 * 1024),
    Kind.FIRM: Bound(1_000, 1024 * 1024),
    Kind.RESPONSE: Bound(1_000, 4 * 1024 * 1024),
}
"""Events kept for a client that is away; of answers one in any case."""


class Event(NamedTuple):
    """One event that can be resumed after; without a body there is nothing to send again.

    The body is its message; of the first event of a stream, the encoded id of the request. `answers`
    is the encoded id of the request of a batch that it answers.
    """

    position: int
    body: str
    last: bool
    kind: Kind = Kind.FIXED
    answers: bytes = b""


class Keeper(Protocol):
    """Where events wait for a client that is away."""

    def __call__(self, stream: str, events: Sequence[Event]) -> Awaitable[bool]:
        """Keep events of a stream; return whether they are kept."""
        ...


class Resumption(NamedTuple):
    """How a stream can be resumed: under which name, where its events wait, for which request.

    `polls`: it begins with an event without a message, and may be closed early (from 2025-11-25 on:
    clients of the revisions before take an event without data for a broken message).
    """

    name: str
    keep: Keeper
    request_id: bytes
    polls: bool


class _Amount:
    """How many events there are of a kind, and how many characters."""

    __slots__ = ("number", "size")

    def __init__(self) -> None:
        self.number = self.size = 0

    def add(self, event: Event, by: int = 1) -> None:
        self.number += by
        self.size += by * len(event.body)


class Tail:
    """The newest events of one stream, numbered from 0, until they are kept."""

    def __init__(self, resumption: Resumption) -> None:
        self._resumption, self._events = resumption, deque[Event]()
        self._here, self._kept = ({kind: _Amount() for kind in Kind} for _ in range(2))
        self._position = -1

    @property
    def missable(self) -> int:
        """How many bytes the client may have missed that are remembered, and kept nowhere."""
        return AN_EVENT * len(self._events) + sum(each.size for each in self._here.values())

    def id_of(self, event: Event) -> bytes:
        """Return the id of an event."""
        return Point(self._resumption.name, event.position).event_id()

    def begin(self) -> Event:
        """Return the event that the stream begins with."""
        return self._added(self._resumption.request_id.decode(), last=False)

    def end(self) -> Event:
        """Return the end of a stream without an answer."""
        return self._added("", last=True)

    def add(self, item: Item, *, last: bool) -> Event:
        """Return the next event, and remember it while there is room."""
        return self._added(item.message.decode(), _kind(item, last), item.answers, last=last)

    def _added(
        self, body: str, kind: Kind = Kind.FIXED, answers: bytes = b"", *, last: bool
    ) -> Event:
        self._position += 1
        event = Event(self._position, body, last, kind, answers)
        self._events.append(event)
        self._here[kind].add(event)
        self._make_room(kind)
        return event

    def _make_room(self, kind: Kind) -> None:
        """Let the oldest of a kind go while there are too many, but never the newest event."""
        here, bound = self._here[kind], REMEMBERED.get(kind)
        while bound is not None and (here.number > bound.number or here.size > bound.size):
            place = next(n for n, event in enumerate(self._events) if event.kind is kind)
            if place == len(self._events) - 1:
                return
            self._let_go(place)

    def _let_go(self, place: int) -> None:
        """Forget an event; what its client waits for leaves an error."""
        event = self._events[place]
        self._here[event.kind].add(event, -1)
        if event.kind is not Kind.RESPONSE:
            del self._events[place]
            return
        error = ProtocolError(INTERNAL_ERROR, NO_ROOM)
        told = Event(event.position, error_message(event.answers, error).decode(), event.last)
        self._events[place] = told
        self._here[told.kind].add(told)

    def has_kept_enough(self, kind: Kind) -> bool:
        """Return whether no more of a kind is to be kept."""
        kept, bound = self._kept[kind], KEPT[kind]
        return kept.number >= bound.number or kept.size >= bound.size

    async def keep(self) -> None:
        """Keep what is not kept yet; what could not be kept is, the next time."""
        self._fit()
        events, resumption = list(self._events), self._resumption
        if not events or not await resumption.keep(resumption.name, events):
            return
        while self._events and self._events[0].position <= events[-1].position:
            event = self._events.popleft()
            self._here[event.kind].add(event, -1)
            self._kept[event.kind].add(event)

    def _fit(self) -> None:
        """Let go of the answers that there is no room for where they are kept."""
        size = self._kept[Kind.RESPONSE].size
        for place, event in enumerate(tuple(self._events)):
            if event.kind is not Kind.RESPONSE:
                continue
            if size and size + len(event.body) > KEPT[Kind.RESPONSE].size:
                self._let_go(place)
            else:
                size += len(event.body)


def _kind(item: Item, last: bool) -> Kind:
    """Return what a message is to whoever has to do without it."""
    if item.answers:
        return Kind.RESPONSE
    if last:
        return Kind.FIXED
    return Kind.FIRM if item.firm else Kind.LOOSE
