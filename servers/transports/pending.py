"""What waits for a client that does not read, whatever the transport.

Promises: it is bounded, and what goes then is told least: the oldest progress or log message. What is
firm never goes: a question, which somebody waits for the answer of, and what a listener is told, which
waits once however often it is so.
"""

from collections import deque
from typing import NamedTuple

MOST_PENDING = 256
"""Messages that wait for a client that does not read; the oldest goes first. As many questions."""
MOST_LASTING = 2_000
"""Messages that wait and give way to none, each another one."""


class Item(NamedTuple):
    """What waits to be sent: a message, or a mark of the transport's own.

    `level` is that of a log message. `question` is the encoded id of a request of the hub's. What is
    `firm` does not give way to newer messages.
    """

    message: bytes
    level: str = ""
    event_id: bytes = b""
    question: bytes = b""
    firm: bool = False


class Pending:
    """What waits, in order."""

    __slots__ = ("_items", "_loose", "_questions")

    def __init__(self) -> None:
        self._items: deque[Item] = deque()
        self._loose = self._questions = 0

    def __len__(self) -> int:
        """Count what waits."""
        return len(self._items)

    def put(self, item: Item) -> None:
        """Add what may not be refused."""
        self._count(item, 1)
        self._items.append(item)

    def put_loose(self, item: Item) -> None:
        """Add a message in the place of the oldest of its like, if too many wait."""
        if self._loose >= MOST_PENDING:
            oldest = next(each for each in self._items if not each.firm)
            self._items.remove(oldest)
            self._count(oldest, -1)
        self.put(item)

    def put_once(self, message: bytes) -> bool:
        """Add a message that gives way to none; False if the same one waits already, or too many."""
        item = Item(message, firm=True)
        if len(self._items) >= MOST_LASTING or item in self._items:
            return False
        self.put(item)
        return True

    def put_question(self, message: bytes, id_json: bytes) -> bool:
        """Add a request of the hub's; False if too many wait."""
        if self._questions >= MOST_PENDING:
            return False
        self.put(Item(message, question=id_json, firm=True))
        return True

    def take(self) -> Item:
        """Return what is next, and let it wait no more."""
        item = self._items.popleft()
        self._count(item, -1)
        return item

    def _count(self, item: Item, by: int) -> None:
        self._loose += 0 if item.firm else by
        self._questions += by if item.question else 0
