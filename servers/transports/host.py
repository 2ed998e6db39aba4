"""What a transport may ask of the hub: a small interface, so that a transport can be read alone."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Sequence
from typing import Any, NamedTuple, Protocol

from accounts.caller import Caller
from servers.protocol.event_ids import Kind, Point
from servers.protocol.handshake import Opening, Session
from servers.protocol.jsonrpc import Message, Reply


class Admission(NamedTuple):
    """A caller who may speak to an endpoint, which is the host's own value and passed back as it is.

    `token` is the digest of the token shown, None for none; `as_of` how much the host had heard then of
    callers that changed; `first` whether no call of its new connection has got through yet, as far as
    the host knows.
    """

    endpoint: Any
    caller: Caller
    token: str | None = None
    as_of: int = 0
    first: bool = False


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

    def begin(self, session: Session, address: str, name: str, leave: Callable[[], None]) -> None:
        """Remember a session's stream for a client at an address.

        `leave` ends its connection, as its client came back elsewhere.
        """
        ...

    def end(self, session: str, name: str, missable: int) -> None:
        """Take note that a stream is over; its client may have missed so many bytes of it."""
        ...


class Posting(Protocol):
    """The streams of HTTP+SSE, for messages that another process took."""

    async def open(self, session: str, take: Callable[[str, str | None], Awaitable[None]]) -> None:
        """Let every process know of a stream of this one; `take` is given bodies and tokens' digests."""
        ...

    async def close(self, session: str) -> None:
        """Let every process know that a stream is gone."""
        ...

    async def leave(self, session: str, body: bytes, token: str | None) -> None:
        """Have a message taken by the process with its stream; raises ProtocolError if there is none."""
        ...


class Place(Protocol):
    """A stream's place among those that may be open at the same time."""

    taken_over: bool
    """Whether its client has come back on another connection, which has the place now."""
    leave: Callable[[], None]
    """Called when it is."""

    def known_as(self, name: str) -> None:
        """Let whoever comes back under a name have this place."""
        ...

    def give_back(self) -> None:
        """Let another have it: the stream is over, or its client gone. Once counts, however often."""
        ...


class Host(Protocol):
    """The hub behind a transport."""

    @property
    def posting(self) -> Posting:
        """The streams of HTTP+SSE, for messages that another process took."""
        ...

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

    async def weigh(
        self, admission: Admission, messages: Iterable[Message], exchange: Any
    ) -> Admission:
        """Return the admission of a batch as it is now, if its token reaches for all its requests.

        Raises InsufficientScope, or Unauthorized if the caller's leave was taken back since; none has
        run then.
        """
        ...

    def take_place(self, admission: Admission, address: str, name: str = "") -> Place:
        """Return a place for a stream, to be given back; raises TooManyStreams, which is recorded.

        `address` is the client's. Under a name the place is taken from the stream that had it before.
        """
        ...

    def spare_place(self, admission: Admission, address: str) -> Place | None:
        """Return a place for an answer that can do without a stream, None if there is none."""
        ...

    def listen(
        self, admission: Admission, exchange: Any, since: Point | None = None
    ) -> Awaitable[None]:
        """Tell a session what changes until it, or its caller's leave, is over.

        `since` is the place of its last stream that its client has come back to.
        """
        ...

    async def answered(self, session: Session, reply: Reply) -> None:
        """Take a client's answer to a question of the hub's, whichever process asked."""
        ...

    async def log_level(self, session: Session) -> str:
        """Return the least level of log messages the session wants."""
        ...

    def stream_name(self, session: Session, kind: Kind) -> str:
        """Return the name of a new stream of a session."""
        ...

    def has_named(self, session: Session, point: Point) -> bool:
        """Tell whether a place is in a stream of the session's, as far as its name says."""
        ...

    def keep_events(
        self, session: Session, address: str, stream: str, events: Sequence[Any]
    ) -> Awaitable[bool]:
        """Keep events of a stream whose client, which had that address, is away.

        Return whether they are kept, or lost for good.
        """
        ...

    def replay(
        self, admission: Admission, exchange: Any, point: Point
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

    async def leave_session(self, session: Session) -> None:
        """End a session that was of use with its stream alone, and that is gone everywhere."""
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

    def called(self, admission: Admission, reason: str, address: str, agent: str) -> None:
        """Take note of how a first call was answered; one that got through has no reason."""
        ...

    def refused_origin(self, slug: str, token: str | None, address: str, agent: str) -> None:
        """Take note of a web page that was refused for its origin; what its token is may be unknown."""
        ...

    def lacked(self, admission: Admission, address: str, agent: str) -> None:
        """Take note of a call that was refused for its token's scopes."""
        ...

    def spoke_sse(self, admission: Admission, address: str, agent: str, client: str) -> None:
        """Take note of a client that began over HTTP+SSE, which is deprecated; never waits.

        `agent` is its User-Agent, `client` what it calls itself in initialize; neither is to be believed.
        """
        ...
