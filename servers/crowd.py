"""The listeners of a process, found by their server or session without a look at the others."""

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

from accounts.caller import Caller
from servers.turns import Turn

Marks = dict[str, int]


@dataclass(eq=False, slots=True)
class Listener:
    """One stream: whose, on which server, what it wants to hear, and how to tell it.

    `uris` are the resources it asked for; None means those its `session` subscribed to. `end` is
    called when it may hear no more. `until` is when the session is over, in seconds of the epoch;
    `turn` is since when it listens and where, to tell which one of a session is the newest.
    """

    slug: str
    server: uuid.UUID
    token: str | None
    caller: Caller
    wants: frozenset[str]
    uris: frozenset[str] | None
    session: str
    tell: Callable[[str, dict[str, Any]], object]
    end: Callable[[], None]
    until: float = float("inf")
    turn: Turn = (0.0, "")
    marks: Marks = field(default_factory=dict)

    def is_about(self, keys: frozenset[str]) -> bool:
        """Return whether an announcement of some keys is about who listens."""
        return not keys.isdisjoint(self.caller.keys)


class Crowd:
    """Listeners as they come and go; used from one event loop."""

    __slots__ = ("_all", "_by_server", "_by_session")

    def __init__(self) -> None:
        self._all: set[Listener] = set()
        self._by_server: dict[uuid.UUID, set[Listener]] = {}
        self._by_session: dict[str, Listener] = {}

    def __len__(self) -> int:
        """How many there are."""
        return len(self._all)

    def __contains__(self, listener: Listener) -> bool:
        """Whether one is there still."""
        return listener in self._all

    def __iter__(self) -> Iterator[Listener]:
        """All of them, as they are now: what is done with them may make some go."""
        return iter(tuple(self._all))

    def of_server(self, server: uuid.UUID) -> tuple[Listener, ...]:
        """Return those of a server."""
        return tuple(self._by_server.get(server, ()))

    def of_session(self, session: str) -> Listener | None:
        """Return the one of a session that came last, if it is still there."""
        return self._by_session.get(session)

    def add(self, listener: Listener) -> None:
        """Let one be found."""
        self._all.add(listener)
        self._by_server.setdefault(listener.server, set()).add(listener)
        if listener.session:
            self._by_session[listener.session] = listener

    def remove(self, listener: Listener) -> None:
        """Let one that was added be found no more."""
        self._all.remove(listener)
        beside = self._by_server[listener.server]
        beside.remove(listener)
        if not beside:
            del self._by_server[listener.server]
        if self._by_session.get(listener.session) is listener:
            del self._by_session[listener.session]


class Place:
    """A listener's place among the others, for as long as the block it stands over lasts."""

    __slots__ = ("_begin", "_end", "_listener")

    def __init__(
        self,
        listener: Listener,
        begin: Callable[[Listener], None],
        end: Callable[[Listener], None],
    ) -> None:
        self._listener, self._begin, self._end = listener, begin, end

    def __enter__(self) -> None:
        self._begin(self._listener)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end(self._listener)
