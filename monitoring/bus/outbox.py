"""What one process has announced and not yet sent: the truth first, chatter as far as there is room.

Truth is what others would go on to serve wrongly without: a token revoked, a session over. Chatter
only saves them a wait, and clients can cause as much of it as they like, so it has a queue of its own.
"""

import threading
from collections import deque

TRUTH_LIMIT = 1_000
CHATTER_LIMIT = 1_000


class Outbox:
    """Two queues; any thread puts, one takes.

    Of chatter the newest stays. When there is too much truth, `distrust` takes the place of all of it:
    one message that has the others read everything again.
    """

    def __init__(self, distrust: str) -> None:
        self._distrust = distrust
        self._truth: deque[str] = deque()
        self._chatter: deque[str] = deque(maxlen=CHATTER_LIMIT)
        self._taken_from = self._truth
        self._lock = threading.Lock()

    def put(self, text: str, *, chatter: bool) -> None:
        """Have a message wait for its turn."""
        with self._lock:
            if chatter:
                self._chatter.append(text)
            elif len(self._truth) < TRUTH_LIMIT:
                self._truth.append(text)
            else:
                self._truth.clear()
                self._truth.append(self._distrust)

    def take(self) -> str | None:
        """Take the next message, or None."""
        with self._lock:
            self._taken_from = self._truth or self._chatter
            return self._taken_from.popleft() if self._taken_from else None

    def give_back(self, text: str) -> None:
        """Put back what was taken last; chatter that newer chatter has replaced is gone."""
        with self._lock:
            if self._taken_from is self._truth or len(self._chatter) < CHATTER_LIMIT:
                self._taken_from.appendleft(text)
