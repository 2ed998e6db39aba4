"""What a transport may ask of the hub: a small interface, so that a transport can be read alone."""

import uuid
from typing import Any, NamedTuple, Protocol

from accounts.caller import Caller
from servers.protocol.handshake import Opening, Session
from servers.protocol.revisions import Revision


class Endpoint(Protocol):
    """A published server, as far as a transport needs it."""

    @property
    def slug(self) -> str:
        """Its name in the address."""
        ...

    @property
    def public_id(self) -> uuid.UUID:
        """Its identity."""
        ...


class Admission(NamedTuple):
    """A caller who may speak to an endpoint."""

    endpoint: Any
    caller: Caller


class Unauthorized(Exception):
    """No valid token: HTTP 401 with a challenge (RFC 6750 section 3); `error` is empty for none."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error, self.description = error, description


class ScopeNeeded(Exception):
    """The token lacks a scope: HTTP 403 with a challenge that names it."""

    def __init__(self, scope: str) -> None:
        super().__init__(f"This needs the scope {scope}.")
        self.scope = scope


class Busy(Exception):
    """The hub takes no calls for a moment: HTTP 503 with Retry-After."""


class GivenUp(Exception):
    """The client cancelled the request: there is no answer."""


class Host(Protocol):
    """The hub behind a transport."""

    @property
    def origins(self) -> frozenset[str]:
        """Origins whose pages may read answers."""
        ...

    async def admit(self, slug: str, authorization: bytes | None, address: str) -> Admission:
        """Return who speaks to which endpoint; raises Unauthorized, alike for what is hidden."""
        ...

    async def answer(
        self, admission: Admission, method: str, params: dict[str, Any], revision: Revision,
        exchange: Any, track: tuple[str, bytes] | None,
    ) -> bytes:
        """Return the encoded result; raises ProtocolError, ScopeNeeded, Busy or GivenUp.

        `track` is the session and id by which the client may cancel the request.
        """
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
