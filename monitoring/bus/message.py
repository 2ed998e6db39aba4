"""What travels between processes: an origin, a topic and a payload, as one short text."""

import json
from dataclasses import dataclass

SIZE_LIMIT = 7_900
"""Bytes; PostgreSQL takes less than 8,000 in one NOTIFY, and all backends keep to the same."""


@dataclass(frozen=True, slots=True)
class Message:
    """One announcement; `origin` lets a process leave out what it has sent itself."""

    origin: str
    topic: str
    payload: str


def encode(message: Message) -> str:
    """Encode as ASCII; raises ValueError when it is too long for the smallest backend."""
    text = json.dumps([message.origin, message.topic, message.payload])
    if len(text) > SIZE_LIMIT:
        raise ValueError(f"an announcement of {len(text)} bytes, {SIZE_LIMIT} are allowed")
    return text


def decode(text: str) -> Message | None:
    """Decode, or give None for what is no announcement: others may use the same channel."""
    try:
        origin, topic, payload = json.loads(text)
        return Message(str(origin), str(topic), str(payload))
    except (ValueError, TypeError, RecursionError):
        return None
