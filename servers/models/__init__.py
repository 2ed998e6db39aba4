"""The rows of this room."""

from servers.models.access import AccessRequest, AccessRule
from servers.models.dialogue import CallState, CallStep, KeptValue, PendingQuestion
from servers.models.origin import AllowedOrigin
from servers.models.server import Server, ServerEntry, ServerSource
from servers.models.session import (
    EndedSession,
    ResourceSubscription,
    SessionLevel,
    StreamEvent,
)

__all__ = [
    "AccessRequest",
    "AccessRule",
    "AllowedOrigin",
    "CallState",
    "CallStep",
    "EndedSession",
    "KeptValue",
    "PendingQuestion",
    "ResourceSubscription",
    "Server",
    "ServerEntry",
    "ServerSource",
    "SessionLevel",
    "StreamEvent",
]
