"""The rows of this room."""

from servers.models.access import AccessRule
from servers.models.origin import AllowedOrigin
from servers.models.server import Server, ServerEntry, ServerSource
from servers.models.session import EndedSession

__all__ = [
    "AccessRule",
    "AllowedOrigin",
    "EndedSession",
    "Server",
    "ServerEntry",
    "ServerSource",
]
