"""What a transport may ask of the hub: a small interface, so that a transport can be read alone."""

from collections.abc import Awaitable
from typing import Any, NamedTuple, Protocol

from accounts.caller import Caller
from servers.protocol.handshake import Opening, Session
from servers.protocol.jsonrpc import Message
from servers.protocol.revisions import Revision


class Admission(NamedTuple):
    """A caller who may speak to an endpoint, which is the host's own value and passed back as it is."""

    endpoint: Any
    caller: Caller


class Unauthorized(Exception):
    """No valid token: HTTP 401 with a challenge (RFC 6750 section 3); `error` is empty for none."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error, self.description = error, description


class Host(Protocol):
    """The hub behind a transport."""

    @property
    def origins(self) -> frozenset[str]:
        """Origins whose pages may read answers."""
        ...

    def admitted(self, slug: str, token: str | None) -> Admission | None:
        """Return who speaks to which endpoint if that is known without waiting, else None.

        `token` is a bearer token's digest, empty for one that is none, None for none shown.
        """
        ...

    async def admit(self, slug: str, token: str | None) -> Admission:
        """Return who speaks to which endpoint; raises Unauthorized, alike for what is hidden."""
        ...

    def answer(
        self,
        admission: Admission,
        message: Message,
        revision: Revision,
        exchange: Any,
        session: Session | None,
    ) -> Awaitable[bytes]:
        """Return the encoded result; raises ProtocolError, or Stopped if none is wanted any more."""
        ...

    def open_session(self, admission: Admission, opening: Opening) -> str:
        """Return a new session id."""
        ...

    def read_session(self, admission: Admission, session_id: str) -> Session | None:
        """Return the session if it is this caller's, here, and goes on."""
        ...

    async def end_session(self, session: Session) -> None:
        """End a session on every process."""
        ...

    async def cancel(self, session: Session, id_json: bytes) -> None:
        """Stop the session's request with this id, wherever it runs."""
        ...

    def refused(self, reason: str, address: str) -> None:
        """Count a refused credential."""
        ...
