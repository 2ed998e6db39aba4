"""Names to addresses, for no longer than somebody is ready to wait.

The system's resolver cannot be stopped: each look-up has a thread of its own, of which there are few,
and that no end of the process waits for.
"""

import functools
import queue
import socket
import threading
import time

from accounts.errors import FetchFailed

MOST_AT_ONCE = 8
_places = threading.BoundedSemaphore(MOST_AT_ONCE)


def resolve(host: str, port: int, seconds: float) -> list[str]:
    """Return every address of a host, each once. Raises FetchFailed, also when it takes too long."""
    until = time.monotonic() + seconds
    if not _places.acquire(timeout=seconds):
        raise FetchFailed("Too many names are being resolved. Try again.")
    answers: queue.SimpleQueue[list[str] | None] = queue.SimpleQueue()
    look_up = functools.partial(_look_up, host, port, answers, _places)
    threading.Thread(target=look_up, daemon=True).start()
    try:
        found = answers.get(timeout=max(0.0, until - time.monotonic()))
    except queue.Empty:
        raise FetchFailed(f"{host} was not resolved in time.") from None
    if found is None:
        raise FetchFailed(f"{host} could not be resolved.")
    return found


def _look_up(
    host: str,
    port: int,
    answers: "queue.SimpleQueue[list[str] | None]",
    place: threading.BoundedSemaphore,
) -> None:
    """Ask the system, and let go of the place whenever it answers."""
    try:
        infos = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        answers.put(list(dict.fromkeys(str(info[4][0]) for info in infos)))
    except (OSError, UnicodeError):
        answers.put(None)
    finally:
        place.release()
