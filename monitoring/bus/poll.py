"""The bus over rows, for processes that share only an SQLite file: looked at twice a second."""

import threading
import time
from datetime import UTC, datetime, timedelta

from django.db import Error, connections

from monitoring.models import Announcement

from .line import Line
from .message import Message, decode, encode

INTERVAL = 0.5
KEPT = timedelta(minutes=10)
_PRUNE_SECONDS = 60.0
_PAGE = 500


class PollBackend:
    """Rows written by whoever announces, read by all others by `id > the last seen`."""

    faults: tuple[type[Exception], ...] = (Error,)

    def __init__(self) -> None:
        self._awake = threading.Event()
        self._seen: int | None = None
        self._prune_due = 0.0

    def session(self, line: Line) -> None:
        """Read and write rows until the line stops; keeps one connection open."""
        try:
            if self._seen is None:
                newest = Announcement.objects.order_by("-id").values_list("id", flat=True).first()
                self._seen = newest or 0
            line.up()
            while True:
                line.drain(self.send_once)
                self._read(line)
                if line.stopping.is_set():
                    return
                self._awake.wait(INTERVAL)
                self._awake.clear()
        finally:
            connections.close_all()

    def wake(self) -> None:
        """Look at once."""
        self._awake.set()

    def send_once(self, text: str) -> None:
        """Write one row, over the calling thread's connection."""
        message = decode(text)
        if message is not None:
            Announcement.objects.create(
                origin=message.origin, topic=message.topic, payload=message.payload
            )

    def _read(self, line: Line) -> None:
        rows = Announcement.objects.filter(id__gt=self._seen).order_by("id")[:_PAGE]
        for row in rows:
            line.deliver(encode(Message(row.origin, row.topic, row.payload)))
            self._seen = row.pk
        if time.monotonic() >= self._prune_due:
            self._prune_due = time.monotonic() + _PRUNE_SECONDS
            Announcement.objects.filter(at__lt=datetime.now(UTC) - KEPT).delete()
