"""What a transport may ask of the hub: a small interface, so that a transport can be read alone."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from typing import Any, NamedTuple, Protocol

from accounts.caller import Caller
from servers.protocol.handshake import Opening, Session
from servers.protocol.jsonrpc import Message, Reply


class Admission(NamedTuple):
    """A caller who may speak to an endpoint, which is the host's own value and passed back as it is.

    `token` is the digest of the token shown, None for none; `as_of` how much the host had heard then of
    callers that changed.
    """

    endpoint: Any
    caller: Caller
    token: str | None = None
    as_of: int = 0


class Unauthorized(Exception):
    """No valid token: HTTP 401 with a challenge (RFC 6750 section 3); `error` is empty for none.

    `scopes` are those that a client should ask for.
    """

    def __init__(self, error: str, description: str, scopes: Sequence[str]) -> None:
        super().__init__(description)
        self.error, self.description, self.scopes = error, description, scopes


class Described(NamedTuple):
    """What anybody may know of an endpoint: what it is called, and with which scopes it is used."""

    name: str
    scopes: Sequence[str]


class OpenStreams(Protocol):
    """The streams of this process that can be resumed."""

    def begin(self, session: str, name: str, leave: Callable[[], None]) -> None:
        """Remember a session's stream; `leave` ends its connection, as its client came back elsewhere."""
        ...

    def end(self, session: str, name: str, missable: int) -> None:
        """Take note that a stream is over; its client may have missed so many bytes of it."""
        ...


class Host(Protocol):
    """The hub behind a transport."""

    @property
    def streams(self) -> OpenStreams:
        """The streams of this process that can be resumed."""
        ...

    @property
    def origins(self) -> frozenset[str]:
        """Origins whose pages may read answers."""
        ...

    def described(self, slug: str) -> Described | None:
        """Return what anybody may know of an endpoint, None if there is none; never waits."""
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
        exchange: Any,
    ) -> Awaitable[bytes]:
        """Return the encoded result; raises ProtocolError, or Stopped if none is wanted any more.

        Unauthorized if the caller's leave was taken back since; nothing has been said then.
        """
        ...

    def listen(self, admission: Admission, exchange: Any) -> Awaitable[None]:
        """Tell a session what changes until it, or its caller's leave, is over."""
        ...

    async def answered(self, session: Session, reply: Reply) -> None:
        """Take a client's answer to a question of the hub's, whichever process asked."""
        ...

    def unanswerable(self, session: Session, id_json: bytes) -> None:
        """Let nobody wait for the answer to a question of the hub's: it did not reach the client."""
        ...

    async def log_level(self, session: Session) -> str:
        """Return the least level of log messages the session wants."""
        ...

    def keep_events(self, session: Session, stream: str, events: Sequence[Any]) -> Awaitable[bool]:
        """Keep events of a stream whose client is away; return whether they are kept."""
        ...

    def replay(
        self, admission: Admission, exchange: Any, stream: str, position: int
    ) -> AsyncGenerator[Sequence[Any], None]:
        """Yield the session's events of a stream that follow a place, as they come, to its last one.

        The first events, if only none yet, come when the stream is found. Raises ProtocolError for
        one that is not there, Stopped when the client leaves.
        """
        ...

    def open_session(self, admission: Admission, opening: Opening) -> str:
        """Return a new session id."""
        ...

    def read_session(self, admission: Admission, session_id: str) -> Session | None:
        """Return the session if it is this caller's, here, and goes on."""
        ...

    async def renew_session(self, session: Session) -> None:
        """Keep what a session asked for, as if it had begun now."""
        ...

    async def end_session(self, session: Session) -> None:
        """End a session on every process."""
        ...

    async def cancel(self, track: tuple[str, bytes]) -> None:
        """Stop the session's, or the connection's, request with this id, wherever it runs."""
        ...

    def refused(self, reason: str, address: str) -> None:
        """Count a refused credential."""
        ...

    def challenged(self, slug: str, token: str | None, address: str, agent: str) -> None:
        """Take note of a 401, for whoever looks why a client does not get in."""
        ...

    def read_on(self, slug: str | None, address: str, agent: str) -> None:
        """Take note that a client read a server's metadata, or with None the hub's."""
        ...

    def lacked(self, admission: Admission, address: str, agent: str) -> None:
        """Take note of a call that was refused for its token's scopes."""
        ...
