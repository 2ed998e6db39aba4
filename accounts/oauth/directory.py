"""What accounts may ask about servers, without knowing them: a Protocol that servers/ fills."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from accounts.models import User

URN = "urn:uuid:"


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """A published server, as far as tokens are concerned; `path` is its address on the hub."""

    public_id: uuid.UUID
    slug: str
    title: str
    path: str
    description: str = ""

    @property
    def resource(self) -> str:
        """The identifier tokens are bound to (RFC 8707), independent of the hub's address."""
        return f"{URN}{self.public_id}"


def server_of(resource: Sequence[str]) -> uuid.UUID | None:
    """Return the id of the one server that a stored resource is, or None if it is anything else."""
    if len(resource) != 1 or not resource[0].startswith(URN):
        return None
    try:
        return uuid.UUID(resource[0].removeprefix(URN))
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class OfferedTool:
    """A tool as a person reads about it; `scope` is what a client needs to call it."""

    name: str
    title: str
    description: str
    scope: str


@dataclass(frozen=True, slots=True)
class Offer:
    """What one person may use on a server."""

    tools: tuple[OfferedTool, ...] = ()
    resources: int = 0
    prompts: int = 0


class ResourceDirectory(Protocol):
    """Answers about published servers."""

    def servers_for(self, user: User) -> list[ServerFacts]:
        """Return the enabled servers this person may use, by title."""
        ...

    def server_for(self, user: User, public_id: uuid.UUID) -> ServerFacts | None:
        """Return the server with this id if it is enabled and this person may use it; in few queries."""
        ...

    def by_slug(self, slug: str) -> ServerFacts | None:
        """Return the server at this slug, whoever may use it."""
        ...

    def by_public_ids(self, public_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, ServerFacts]:
        """Return the servers with these ids, whoever may use them; those that are gone are not in it."""
        ...

    def offer(self, user: User, public_id: uuid.UUID) -> Offer:
        """Return what this person may use on a server, in the order clients see; nothing if none."""
        ...


class NoDirectory(RuntimeError):
    """Nobody installed a directory: the process is wired wrongly."""


_installed: list[ResourceDirectory] = []


def install(directory: ResourceDirectory) -> None:
    """Make this the directory; called once, from the ready() of the room that knows servers."""
    _installed[:] = [directory]


def directory() -> ResourceDirectory:
    """Return the installed directory; raises NoDirectory, since no default would be true."""
    if not _installed:
        raise NoDirectory("No resource directory is installed.")
    return _installed[0]


def slug_by_id(public_id: uuid.UUID | None) -> str:
    """Return a server's slug, for the audit trail; nothing if there is none, or it is gone."""
    server = directory().by_public_ids([public_id]).get(public_id) if public_id else None
    return server.slug if server else ""
