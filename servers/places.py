"""How many streams are open, whose, and whether there is a place for one more.

Promises: `take` waits for nothing and asks nobody; what is remembered is no more than what is open, here
and at other processes; a place is given back once. Each process counts what it holds and tells the
others once a second what has changed (`said`, `heard`), so that a user has as many places as one process
would give. Until they hear, for about a second, each goes by what it knows itself. A process that
says nothing any more is forgotten. How many may be open in all is each process's own matter.

A stream with a name is one its client can come back for: whoever takes a place under the same name has
that one's, here or elsewhere, and is not refused because of a connection that nobody has noticed is dead.
That one is about to end, and has no place any more; nobody has more such connections than places.
Used from one event loop.
"""

import hashlib
import secrets
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from accounts.caller import Caller
from monitoring import bus
from servers.limits import network
from servers.protocol.errors import TooManyStreams
from servers.published import PublishedServer

TOPIC = bus.chatter("places")
WHOLE_SECONDS = 5.0
"""How often a process says all that it holds, in case a change was not heard."""
FORGET_SECONDS = 15.0
"""After so long a silence a process is taken for gone, with all its streams."""
LONGEST_PAYLOAD = 7_000
"""Bytes of one announcement; the bus takes 7,900 in all."""
MOST_NAMES = 500
"""Names in one part of an announcement, of 9 bytes each."""
MOST_HOLDERS = 100_000
"""Holders remembered of one other process; more are not counted."""
LEAVING = 16
"""One in so many places may be exceeded by streams that are about to end: others have taken over."""
WHOLE, MORE = "=", "+"

Key = tuple[str, int | None, str, str]
"""The server, then the caller: a user, else a client, else an address."""


class Place:
    """One stream's place; `leave` ends the stream's connection once it is taken over."""

    __slots__ = ("_held", "_places", "holder", "leave", "name", "taken_over", "took_over")

    def __init__(self, places: "Places", holder: "Holder") -> None:
        self._places, self.holder = places, holder
        self.name = ""
        self.leave: Callable[[], None] = _nobody
        self.took_over = self.taken_over = False
        self._held = True

    def known_as(self, name: str) -> None:
        """Let whoever comes back under a name have this place."""
        if self._held and not self.taken_over:
            self._places.name(self, _digest(name, 4))

    def give_back(self) -> None:
        """Let another have it; once counts, however often."""
        if self._held:
            self._held, self.leave = False, _nobody
            self._places.free(self)


class Holder:
    """Whoever holds places on one server: how many here, which have names, how many more are about to end."""

    __slots__ = ("count", "key", "leaving", "name", "named")

    def __init__(self, key: Key) -> None:
        self.key, self.name = key, _digest(repr(key), 8)
        self.count = self.leaving = 0
        self.named: dict[str, Place] = {}


class Said(NamedTuple):
    """What another process says of one holder: how many, and under which names."""

    taken: int
    names: set[str]


class Other:
    """Another process: when it was heard last, and what it holds."""

    __slots__ = ("at", "holders")

    def __init__(self) -> None:
        self.at = 0.0
        self.holders: dict[str, Said] = {}


class Places:
    """All places of a process; `clock` gives seconds that never go back."""

    def __init__(self, each: int, in_all: int, clock: Callable[[], float], *, shared: bool) -> None:
        """Begin; `each` may hold so many on one server over all processes, this one so many `in_all`."""
        self.each, self.in_all = each, in_all
        self._clock, self._shared = clock, shared
        self._me = secrets.token_hex(4)
        self._holders: dict[Key, Holder] = {}
        self._others: dict[str, Other] = {}
        self._changed: dict[str, Holder] = {}
        self._open = self._leaving = 0
        self._whole_at = clock()

    def __len__(self) -> int:
        """How many are taken here."""
        return self._open

    def take(self, server: PublishedServer, caller: Caller, address: str, name: str = "") -> Place:
        """Return a place; raises TooManyStreams. `address` counts for a caller who is nobody.

        Under a name it is taken from whoever has it under that name: `taken_over` and `took_over` say so.
        """
        key = _key(server, caller, address)
        holder = self._holders.get(key) or Holder(key)
        name = _digest(name, 4) if name else ""
        before = holder.named.get(name)
        self._check(holder, name, before)
        place = Place(self, holder)
        if before is not None:
            self._pass_on(before)
            place.took_over = True
        elif name:
            self._taken_elsewhere(holder, name)
        self._open += 1
        holder.count += 1
        self._holders[key] = holder
        self._note(holder)
        if name:
            self.name(place, name)
        return place

    def _check(self, holder: Holder, name: str, before: Place | None) -> None:
        """Raise TooManyStreams if there is no place but that of the one before."""
        leaving = min(self._leaving + (before is not None), 1 + self.in_all // LEAVING)
        if self._open - leaving >= self.in_all:
            raise TooManyStreams("process")
        said = [other.holders.get(holder.name) for other in self._others.values()]
        lingering = max(0, holder.leaving + (before is not None) - self.each)
        count = holder.count + lingering + sum(each.taken for each in said if each)
        if before is not None or any(name in each.names for each in said if each):
            count -= 1
        if count >= self.each:
            nobody = holder.key[1] is None and not holder.key[2]
            raise TooManyStreams("address" if nobody else "user")

    def _pass_on(self, place: Place) -> None:
        """Count a place's stream no more: it is about to end, as its client has come back."""
        place.taken_over = True
        self._leaving += 1
        place.holder.leaving += 1
        self._let_go(place)
        place.leave()

    def _taken_elsewhere(self, holder: Holder, name: str) -> None:
        """Count a stream of another process no more, which is about to hear that it was taken over."""
        for other in self._others.values():
            said = other.holders.get(holder.name)
            if said is not None and name in said.names:
                said.names.discard(name)
                other.holders[holder.name] = said._replace(taken=said.taken - 1)

    def name(self, place: Place, name: str) -> None:
        """Give a place a name by which it can be taken over."""
        named = place.holder.named
        if named.get(place.name) is place:
            del named[place.name]
        place.name = name
        named[name] = place
        self._note(place.holder)

    def free(self, place: Place) -> None:
        """Count a stream no more: it is over."""
        self._open -= 1
        if place.taken_over:
            self._leaving -= 1
            place.holder.leaving -= 1
            self._forget(place.holder)
        else:
            self._let_go(place)

    def _let_go(self, place: Place) -> None:
        holder = place.holder
        holder.count -= 1
        if holder.named.get(place.name) is place:
            del holder.named[place.name]
        self._forget(holder)
        self._note(holder)

    def _forget(self, holder: Holder) -> None:
        """Remember no more of a holder who has nothing open."""
        if not holder.count and not holder.leaving:
            self._holders.pop(holder.key, None)

    # --- said to the others, and heard of them ---

    def _note(self, holder: Holder) -> None:
        if self._shared:
            self._changed[holder.name] = holder

    def said(self) -> list[str]:
        """Return what has changed since the last time, now and then all, as announcements."""
        now = self._clock()
        gone = [name for name, other in self._others.items() if now - other.at > FORGET_SECONDS]
        for name in gone:
            del self._others[name]
        whole = self._shared and now - self._whole_at >= WHOLE_SECONDS
        changed, self._changed = self._changed, {}
        if whole:
            self._whole_at = now
            changed |= {holder.name: holder for holder in self._holders.values()}
        return list(_payloads(self._me, WHOLE if whole else "", changed.values()))

    def heard(self, payload: str) -> None:
        """Take what another process says it holds into account; its own words are left alone."""
        sender, *parts = payload.split(" ")
        if sender == self._me:
            return
        other = self._others.setdefault(sender, Other())
        other.at = self._clock()
        if parts[:1] == [WHOLE]:
            other.holders.clear()
            del parts[0]
        for part in parts:
            holder, count, names = part.split(":")
            _learn(other.holders, holder, count, {name for name in names.split(",") if name})


def _learn(holders: dict[str, Said], holder: str, count: str, names: set[str]) -> None:
    """Remember what is said of one holder: all of it, or more names."""
    known = holders.get(holder)
    if count == MORE:
        if known is not None:
            known.names.update(names)
    elif count == "0":
        holders.pop(holder, None)
    elif known is not None or len(holders) < MOST_HOLDERS:
        holders[holder] = Said(int(count), names)


def _payloads(sender: str, first: str, holders: Iterable[Holder]) -> Iterator[str]:
    """Yield announcements of what is held, none for nothing."""
    words, size = [sender, *([first] if first else [])], 0
    for part in (part for holder in holders for part in _parts(holder)):
        if size + len(part) > LONGEST_PAYLOAD:
            yield " ".join(words)
            words, size = [sender], 0
        words.append(part)
        size += len(part) + 1
    if size:
        yield " ".join(words)


def _parts(holder: Holder) -> Iterator[str]:
    """Yield what is said of one holder, in pieces that fit."""
    names = list(holder.named)
    yield f"{holder.name}:{holder.count}:{','.join(names[:MOST_NAMES])}"
    for start in range(MOST_NAMES, len(names), MOST_NAMES):
        yield f"{holder.name}:{MORE}:{','.join(names[start : start + MOST_NAMES])}"


def _key(server: PublishedServer, caller: Caller, address: str) -> Key:
    """Return who holds a place: all clients of a user are one."""
    slug = server.public_id.hex
    if caller.user is not None:
        return slug, caller.user, "", ""
    return slug, None, caller.client, "" if caller.client else network(address)


def _nobody() -> None:
    """Tell nobody."""


def _digest(text: str, size: int) -> str:
    return hashlib.blake2b(text.encode(), digest_size=size).hexdigest()
