"""What waits for a client that does not read, whatever the transport.

Promises: it is bounded, in number and in bytes, and what goes then is told least: the oldest progress or
log message. What is firm never goes: a question, which somebody waits for the answer of, and what a
listener is told, which waits once however often it is so. Firm things that are too many to wait are for
the transport to deal with: `is_too_much`. Responses of a batch are counted apart: they are no fault of a
client that reads.
"""

from collections.abc import Callable
from typing import NamedTuple

MOST_PENDING = 256
"""Messages that wait for a client that does not read; the oldest goes first. As many questions."""
MOST_PENDING_BYTES = 1024 * 1024
"""Bytes of what waits; one message alone may be larger."""
MOST_LASTING = 2_000
"""Messages that wait and give way to none, each another one."""


class Item(NamedTuple):
    """What waits to be sent: a message, or a mark of the transport's own.

    `level` is that of a log message. `question` is the encoded id of a request of the hub's, `answers`
    that of the request of a batch that a response is to. What is `firm` does not give way to newer messages.
    """

    message: bytes
    level: str = ""
    event_id: bytes = b""
    question: bytes = b""
    answers: bytes = b""
    firm: bool = False


class Load:
    """How many bytes wait for one client, over all the messages that share its connection.

    `over` is called when there are more than `most`.
    """

    def __init__(self, most: int, over: Callable[[], object]) -> None:
        self._most, self._over, self.bytes = most, over, 0

    def add(self, number: int) -> None:
        """Take note of bytes that wait, or, below zero, that wait no more."""
        self.bytes += number
        if number > 0 and self.bytes > self._most:
            self._over()


class Pending:
    """What waits, in order; `load` counts its bytes together with those of others.

    A plain list: most hold nothing, and an empty deque takes 700 bytes.
    """

    __slots__ = ("_bytes", "_items", "_load", "_loose", "_questions", "responses")

    def __init__(self, load: Load | None = None) -> None:
        self._items: list[Item] = []
        self._loose = self._questions = self._bytes = self.responses = 0
        self._load = load

    def __len__(self) -> int:
        """Count what waits."""
        return len(self._items)

    @property
    def is_too_much(self) -> bool:
        """Whether more waits than may, and none of it gives way."""
        return self._bytes > MOST_PENDING_BYTES and len(self._items) - self.responses > 1

    def put(self, item: Item) -> None:
        """Add what may not be refused."""
        self._count(item, 1)
        self._items.append(item)

    def put_loose(self, item: Item) -> bool:
        """Add a message in the place of the oldest of its like, while too many wait; False if some went."""
        before = self._loose
        self._make_room(len(item.message))
        if self._loose >= MOST_PENDING:
            self._drop_oldest()
        all_stayed = self._loose == before
        self.put(item)
        return all_stayed

    def _make_room(self, size: int) -> None:
        """Let the oldest messages that give way go, until there is room or none is left."""
        while self._loose and self._bytes + size > MOST_PENDING_BYTES:
            self._drop_oldest()

    def _drop_oldest(self) -> None:
        oldest = next(each for each in self._items if not each.firm)
        self._items.remove(oldest)
        self._count(oldest, -1)

    def put_once(self, message: bytes, event_id: bytes = b"") -> bool:
        """Add a message that gives way to none; False if the same one waits already, or too many."""
        waits = any(item.firm and item.message == message for item in self._items)
        if len(self._items) >= MOST_LASTING or waits:
            return False
        self._make_room(len(message))
        self.put(Item(message, event_id=event_id, firm=True))
        return True

    def put_question(self, message: bytes, id_json: bytes) -> bool:
        """Add a request of the hub's; False if too many wait."""
        if self._questions >= MOST_PENDING:
            return False
        self._make_room(len(message))
        self.put(Item(message, question=id_json, firm=True))
        return True

    def take(self) -> Item:
        """Return what is next, and let it wait no more."""
        item = self._items.pop(0)
        self._count(item, -1)
        return item

    def clear(self) -> None:
        """Let nothing wait any more."""
        while self._items:
            self.take()

    def _count(self, item: Item, by: int) -> None:
        if item.answers:
            self.responses += by
            return
        self._bytes += by * len(item.message)
        self._loose += 0 if item.firm else by
        self._questions += by if item.question else 0
        if self._load is not None:
            self._load.add(by * len(item.message))
