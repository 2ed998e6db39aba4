"""The rows of this room."""

from servers.models.access import AccessRequest, AccessRule
from servers.models.arrival import LastCall
from servers.models.dialogue import CallState, CallStep, KeptValue, PendingQuestion
from servers.models.job import Chore, Job, JobMoment, JobPart, Worker
from servers.models.origin import AllowedOrigin
from servers.models.server import Server, ServerEntry, ServerSource
from servers.models.session import (
    Announcement,
    EndedSession,
    ResourceSubscription,
    SessionLevel,
    StreamEvent,
)
from servers.models.sse_client import SSEClient
from servers.models.stop import Stop
from servers.models.stream import OpenStream, PostedMessage, StreamProcess

__all__ = [
    "AccessRequest",
    "AccessRule",
    "AllowedOrigin",
    "Announcement",
    "CallState",
    "CallStep",
    "Chore",
    "EndedSession",
    "Job",
    "JobMoment",
    "JobPart",
    "KeptValue",
    "LastCall",
    "OpenStream",
    "PendingQuestion",
    "PostedMessage",
    "ResourceSubscription",
    "SSEClient",
    "Server",
    "ServerEntry",
    "ServerSource",
    "SessionLevel",
    "Stop",
    "StreamEvent",
    "StreamProcess",
    "Worker",
]
