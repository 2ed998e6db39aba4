"""Announcements between the processes of one hub: "this changed, look again".

An announcement is a bell, not the truth: it may be lost with the bus, so whoever listens also
looks from time to time. Three ways, chosen by the settings: Redis, PostgreSQL's NOTIFY, or rows in
SQLite.
"""

import logging
import os
import secrets
from collections import defaultdict
from collections.abc import Callable

from django.conf import settings
from django.db import connection
from django.utils.module_loading import import_string

from monitoring.health import Health

from .line import Backend, Line
from .message import Message, decode, encode

Callback = Callable[[str], None]

BACKENDS = {
    "redis": "monitoring.bus.layer.LayerBackend",
    "postgresql": "monitoring.bus.notify.NotifyBackend",
    "sqlite": "monitoring.bus.poll.PollBackend",
}
"""Loaded by name, so that a process pays only for the one it uses."""

logger = logging.getLogger("mcphub.bus")


CONNECTED = "bus.connected"
"""Topic told in this process alone, each time it begins to hear, and when another process announced
more than it could keep: what was announced before may be lost, so whoever keeps something reads it
again."""
LOST = "bus.lost"
"""Topic between processes: the sender's announcements did not all get through."""


class _State:
    """What this process has started and subscribed to."""

    def __init__(self) -> None:
        self.origin = secrets.token_hex(16)
        self.line: Line | None = None
        self.outage_logged = False


_state = _State()
_callbacks: defaultdict[str, list[Callback]] = defaultdict(list)
_chatter: set[str] = set()


def chatter(topic: str) -> str:
    """Declare, once and where it is named, that a topic may be lost; returns the topic.

    For what only saves others a wait, above all if clients can cause it: it never takes the place of
    an announcement that others must hear.
    """
    _chatter.add(topic)
    return topic


def subscribe(topic: str, callback: Callback) -> Callable[[], None]:
    """Have `callback` called with each payload of a topic.

    It runs in the publishing thread for this process's own announcements and in the bus thread for
    the others': it must be short and safe in any thread. Returns what ends the subscription.
    """
    _callbacks[topic].append(callback)
    return lambda: _callbacks[topic].remove(callback)


def publish(topic: str, payload: str) -> None:
    """Announce to this process at once and to all others; call it after the commit.

    Never fails for a dead bus. Does not wait in a process that has started the bus, otherwise it
    sends over the calling thread's connections. Raises ValueError for a payload beyond 7,900 bytes.
    """
    text = encode(Message(_state.origin, topic, payload))
    _call(topic, payload)
    if _state.line is not None:
        _state.line.send(text, chatter=topic in _chatter)
    else:
        _send_once(text)


def publish_here(topic: str, payload: str) -> None:
    """Announce to this process alone: what no other could make use of."""
    _call(topic, payload)


def start() -> None:
    """Begin to listen in the background; once a process, after it was forked."""
    if _state.line is None:
        distrust = encode(Message(_state.origin, LOST, ""))
        _state.line = Line(_choose(), _deliver, lambda: _call(CONNECTED, ""), distrust)
        _state.line.start()


def stop(timeout: float = 3.0) -> None:
    """Send what waits and stop listening, within `timeout` seconds."""
    if _state.line is not None:
        _state.line.stop(timeout)
        _state.line = None


def alive() -> bool:
    """Tell whether this process hears the others."""
    return _state.line is not None and _state.line.connected.is_set()


def probe() -> Health:
    """Probe: a process that has not started the bus has none to lose."""
    if _state.line is None:
        return Health(True, "not started")
    return Health(True, "listening") if alive() else Health(False, "changes arrive late")


def _choose() -> Backend:
    name = "redis" if settings.REDIS_URL else connection.vendor
    backend: Backend = import_string(BACKENDS[name])()
    return backend


def _send_once(text: str) -> None:
    backend = _choose()
    try:
        backend.send_once(text)
    except backend.faults as fault:
        if not _state.outage_logged:
            logger.error("an announcement was not sent: %s", type(fault).__name__)
        _state.outage_logged = True
    else:
        _state.outage_logged = False


def _deliver(text: str) -> None:
    message = decode(text)
    if message is not None and message.origin != _state.origin:
        _call(CONNECTED if message.topic == LOST else message.topic, message.payload)


def _call(topic: str, payload: str) -> None:
    for callback in tuple(_callbacks.get(topic, ())):
        try:
            callback(payload)
        except Exception:  # a door: one listener's bug must not deafen the others
            logger.exception("a subscriber of %s failed", topic)


def _after_fork() -> None:
    global _state
    _state = _State()


os.register_at_fork(after_in_child=_after_fork)
