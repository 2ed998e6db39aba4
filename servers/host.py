"""The hub behind every transport: who may speak, and what answers."""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncGenerator, Awaitable, Iterable, Iterator, Sequence
from functools import partial

from django.db import DatabaseError

from accounts.caller import Caller, nobody
from accounts.oauth import steps
from accounts.principals import still_standing
from accounts.scopes import READ
from accounts.tokens import Principals
from monitoring import bus, metrics, rollup
from servers import sse_clients
from servers.corridor import STOPS, Corridor
from servers.crowd import Listener
from servers.dialogue.desk import Desk
from servers.dispatch import METHODS
from servers.jobs.desk import JobDesk
from servers.kept import wishes
from servers.kept.events import Kept
from servers.listening import Listeners
from servers.live import LiveSnapshot
from servers.methods.left_calls import left_by
from servers.methods.request import Request
from servers.methods.subscriptions import listen_for_session
from servers.offload import Offload
from servers.places import Place, Places
from servers.posting import Posting
from servers.protocol.errors import FULL, InsufficientScope, Stopped, TooManyStreams
from servers.protocol.event_ids import Kind, Point
from servers.protocol.handshake import LIFETIME, Opening, Session
from servers.protocol.jsonrpc import Message, Reply
from servers.published import PublishedServer
from servers.recording import record_refused_stream
from servers.replaying import Streams
from servers.running import TOPIC as CANCEL
from servers.running import RunningRequests, Track, to_payload, was_stopped
from servers.sessions import Sessions, read_ended, record_end
from servers.transports.exchange import Exchange
from servers.transports.host import Admission, Described, Unauthorized
from servers.transports.remembering import Event
from servers.weighing import Scales, lacking

log = logging.getLogger(__name__)
NOBODY = nobody()
REFUSALS = ("no_token", "invalid_token")
UNASKED_LEVEL = "info"
"""The least level of log messages sent to sessions that never said what they want."""


def no_token(server: PublishedServer | None) -> Unauthorized:
    """Return the refusal of a request that shows no token."""
    text = "This server needs a token: send Authorization: Bearer TOKEN."
    return Unauthorized("", text, _asked_for(server))


def bad_token(server: PublishedServer | None) -> Unauthorized:
    """Return the refusal of a token, which does not say what is wrong with it."""
    text = "The token is unknown, expired, revoked, or not for this server."
    return Unauthorized("invalid_token", text, _asked_for(server))


def _asked_for(server: PublishedServer | None) -> Sequence[str]:
    """Return the scopes a client is told to ask for; of no server, those of one that is only read."""
    return server.default_scopes if server is not None else (READ,)


class Hub:
    """One process's hub; implements transports' Host."""

    def __init__(
        self,
        live: LiveSnapshot,
        principals: Principals,
        sessions: Sessions,
        corridor: Corridor,
        offload: Offload,
        desk: Desk,
        jobs: JobDesk,
        places: Places,
        shared: bool,
    ) -> None:
        """Begin; `shared`: other processes serve the same sessions."""
        self.live, self.principals, self.sessions = live, principals, sessions
        self.running, self.streams = RunningRequests(), Streams(offload)
        self.posting = Posting(offload, lambda: self.shared)
        self.listeners = Listeners(live, principals, offload, shared=shared)
        self.desk, self.jobs, self.shared = desk, jobs, shared
        self.places = places
        self._full = {reason: metrics.child(metrics.streams_refused, reason) for reason in FULL}
        self._failures = {
            reason: metrics.child(metrics.auth_failures, reason) for reason in REFUSALS
        }
        self.corridor, self._offload = corridor, offload

    @property
    def origins(self) -> frozenset[str]:
        """Origins whose pages may read answers."""
        return self.live.current.origins

    # --- who may speak ---

    def described(self, slug: str) -> Described | None:
        """Return what anybody may know of a server, None if there is none."""
        server = self.live.current.servers.get(slug)
        return Described(server.shown_name, server.default_scopes) if server else None

    def admitted(self, slug: str, token: str | None) -> Admission | None:
        """Return who speaks to which server if memory knows it, without waiting."""
        server = self.live.current.servers.get(slug)
        if server is None or not token:
            return None
        caller = self.principals.remembered(token)
        if caller is None or not _opens(caller, server):
            return None
        first = token in self.principals.fresh
        return Admission(server, caller, token, self.principals.generation, first)

    async def admit(self, slug: str, token: str | None) -> Admission:
        """Return who speaks to which server; a hidden server refuses like one that is not there."""
        server = self.live.current.servers.get(slug)
        if token is None:
            if server is None or not server.public:
                raise no_token(server)
            return Admission(server, NOBODY, None, self.principals.generation)
        caller = await self.principals.find(token) if token else None
        if server is None or caller is None or not _opens(caller, server):
            raise bad_token(server)
        first = token in self.principals.fresh
        return Admission(server, caller, token, self.principals.generation, first)

    async def _still(self, admission: Admission, exchange: Exchange) -> Admission:
        """Return an admission that callers have changed since as it is now; raises Unauthorized.

        A body may take half a minute to come, and its caller may have lost their leave meanwhile.
        """
        token = admission.token
        if token is None:
            return admission
        caller = await self.principals.find(token)
        if caller is None or not _opens(caller, _server(admission)):
            raise bad_token(_server(admission))
        exchange.caller = caller
        return admission._replace(caller=caller)

    def refused(self, reason: str, address: str) -> None:
        """Count a refused credential."""
        self._failures[reason].inc()
        rollup.failed_authentication(reason, address)

    def challenged(self, slug: str, token: str | None, address: str, agent: str) -> None:
        """Note a 401 for the connection doctor."""
        server = self.live.current.servers.get(slug)
        steps.note_challenge(address, agent, server.public_id if server else None, token)

    def read_on(self, slug: str | None, address: str, agent: str) -> None:
        """Note for the connection doctor that a client read metadata."""
        server = self.live.current.servers.get(slug) if slug else None
        reason = "metadata_unknown" if slug and server is None else ""
        steps.note_metadata(address, agent, server.public_id if server else None, reason)

    def called(self, admission: Admission, reason: str, address: str, agent: str) -> None:
        """Note for the connection doctor how a first call was answered."""
        if not reason and admission.token is not None:
            self.principals.fresh.discard(admission.token)
        steps.note_first_call(reason, admission.caller, address, agent)

    def refused_origin(self, slug: str, token: str | None, address: str, agent: str) -> None:
        """Note for the connection doctor a page whose origin is not listed."""
        server = self.live.current.servers.get(slug)
        steps.note_origin(address, agent, server.public_id if server else None, token)

    def lacked(self, admission: Admission, address: str, agent: str) -> None:
        """Note a call refused for its scopes, for the connection doctor."""
        steps.note_refused_call("scope_lacking", admission.caller, address, agent)

    def spoke_sse(self, admission: Admission, address: str, agent: str, client: str) -> None:
        """Note a client of the deprecated transport, for the admin."""
        sse_clients.note(_server(admission).public_id, admission.caller.user, client, agent)

    # --- what answers ---

    async def answer(self, admission: Admission, message: Message, exchange: Exchange) -> bytes:
        """Return the encoded result of a request; raises Unauthorized for one that came too late."""
        exchange.caller = admission.caller
        self.running.begin(exchange, exchange.track)
        try:
            if admission.as_of != self.principals.generation:
                admission = await self._still(admission, exchange)
            return await METHODS[message.method](self._request(admission, message, exchange))
        except asyncio.CancelledError as cancelled:
            raise _why(exchange, cancelled) from None
        finally:
            self.running.end(exchange, exchange.track)

    async def weigh(
        self, admission: Admission, messages: Iterable[Message], exchange: Exchange
    ) -> Admission:
        """Return the admission of a batch as it is now; raises InsufficientScope, or Unauthorized."""
        as_of = self.principals.generation
        if admission.as_of != as_of:
            admission = (await self._still(admission, exchange))._replace(as_of=as_of)
        scales = Scales(self.corridor)
        requests = [
            (each.method, self._request(admission, each, exchange)._replace(corridor=scales))
            for each in messages
        ]
        scopes = await lacking(requests)
        if scopes:
            raise InsufficientScope(*sorted(scopes), held=admission.caller.scopes)
        return admission

    @contextlib.contextmanager
    def _running(self, admission: Admission, exchange: Exchange) -> Iterator[None]:
        """Let a stream run; raises Stopped, or ProtocolError, for one that was stopped."""
        exchange.caller = admission.caller
        self.running.begin(exchange, None)
        try:
            yield
        except asyncio.CancelledError as cancelled:
            raise _why(exchange, cancelled) from None
        finally:
            self.running.end(exchange, None)

    def _request(self, admission: Admission, message: Message, exchange: Exchange) -> Request:
        return Request(
            message.params,
            message.id_json or b"",
            exchange.era.revision,
            admission.endpoint,
            admission.caller,
            admission.token,
            exchange,
            self.corridor,
            self.desk,
            self.listeners,
            self.jobs,
        )

    async def take_back(self, keys: Iterable[str]) -> bool:
        """Stop what runs for callers whose leave is gone, of those whom the announced keys are about.

        Return whether that could be found out.
        """
        touched = self.running.touched_by(keys)
        if not touched:
            return True
        try:
            standing = await self._offload(
                still_standing, {one.caller for one in touched if one.caller}
            )
        except DatabaseError as error:
            log.warning("it could not be read whose leave was taken back: %s", error)
            return False
        for each in touched:
            if each in self.running.all and each.caller not in standing:
                each.stop("revoked")
        return True

    def catalog_changed(self) -> None:
        """Take a new snapshot into account: what listeners see, and what runs though it is stopped."""
        self.corridor.end_stopped()
        self.listeners.follow()

    async def cancel(self, track: Track) -> None:
        """Stop a request, wherever it runs."""
        if not self.running.stop(track) and self.shared:
            await self._offload(bus.publish, CANCEL, to_payload(track))

    # --- sessions of the initialize-based revisions ---

    def open_session(self, admission: Admission, opening: Opening) -> str:
        """Return a new session id."""
        return self.sessions.open(_server(admission), admission.caller, opening)

    def read_session(self, admission: Admission, session_id: str) -> Session | None:
        """Return the session if it is this caller's, here, and goes on."""
        return self.sessions.read(_server(admission), admission.caller, session_id)

    async def end_session(self, session: Session) -> None:
        """End a session on every process."""
        self.session_ended(session.nonce)
        await self._offload(record_end, session)

    async def leave_session(self, session: Session) -> None:
        """End a session that was of use with its stream alone, and that is gone everywhere."""
        self.listeners.end_session(session.nonce)
        self.desk.replies.end_session(session.nonce)
        await self._offload(wishes.forget, session.nonce)

    async def renew_session(self, session: Session) -> None:
        """Keep what a session asked for, as if it had begun now."""
        await self._offload(wishes.renew, session.nonce, LIFETIME)

    def session_ended(self, nonce: str) -> None:
        """Take an announced end into account."""
        self.sessions.forget(nonce)
        self.listeners.end_session(nonce)
        self.desk.replies.end_session(nonce)

    async def learn_ended(self) -> None:
        """Take the ends that were announced unheard into account; raises the database's error."""
        for nonce in self.sessions.going_on(await self._offload(read_ended)):
            self.session_ended(nonce)

    async def listen(
        self, admission: Admission, exchange: Exchange, since: Point | None = None
    ) -> None:
        """Tell a session what changes until it is over; the newest stream of a session is the one."""
        message, session = Message(b"0", "", {}), exchange.era.session
        assert session is not None  # the transport has found one
        name = self.stream_name(session, Kind.OWN)
        with self._running(admission, exchange):
            request = self._request(admission, message, exchange)
            await listen_for_session(request, name, since)

    async def answered(self, session: Session, reply: Reply) -> None:
        """Take a client's answer to a question of the hub's."""
        await self.desk.replies.take(session.nonce, reply)

    async def log_level(self, session: Session) -> str:
        """Return the least level of log messages the session wants."""
        try:
            return await self._offload(wishes.level_of, session.nonce) or UNASKED_LEVEL
        except DatabaseError as error:
            log.warning("the level of a session could not be read: %s", error)
            return UNASKED_LEVEL

    # --- places for streams ---

    def take_place(self, admission: Admission, address: str, name: str = "") -> Place:
        """Return a place for a stream; raises TooManyStreams, which is recorded.

        The name of a session's own stream is the session's: one that had the place before is ended.
        """
        try:
            place = self._place(admission, address, name)
        except TooManyStreams as refusal:
            record_refused_stream(_server(admission), admission.caller, refusal)
            raise
        if place.took_over:
            self.listeners.end_session(name)
        return place

    def spare_place(self, admission: Admission, address: str) -> Place | None:
        """Return a place for an answer that can do without a stream, None if there is none."""
        try:
            return self._place(admission, address)
        except TooManyStreams:
            return None

    def _place(self, admission: Admission, address: str, name: str = "") -> Place:
        """Return a place; raises TooManyStreams, which is counted."""
        try:
            return self.places.take(_server(admission), admission.caller, address, name)
        except TooManyStreams as refusal:
            self._full[refusal.reason].inc()
            raise

    # --- streams that can be resumed ---

    def stream_name(self, session: Session, kind: Kind) -> str:
        """Return the name of a new stream of a session."""
        return self.sessions.stream_name(session, kind)

    def has_named(self, session: Session, point: Point) -> bool:
        """Tell whether a place is in a stream of the session's, as far as its name says."""
        return self.sessions.has_named(session, point)

    def keep_events(
        self, session: Session, address: str, stream: str, events: Sequence[Event]
    ) -> Awaitable[bool]:
        """Keep events of a stream whose client is away; return whether they are, or are lost."""
        kept = [Kept(event.position, event.body, event.last) for event in events]
        return self.streams.keep(session, address, stream, kept)

    async def replay(
        self, admission: Admission, exchange: Exchange, point: Point
    ) -> AsyncGenerator[Sequence[Kept], None]:
        """Yield the session's events of a stream that follow a place, to its last one.

        It ends when its caller may hear no more, like every stream that is held.
        """
        session = exchange.era.session
        assert session is not None  # the transport has found one
        key = session.nonce, point.stream
        request = self._request(admission, Message(b"0", "", {}), exchange)
        find = partial(left_by, request, point.stream)
        replay = self.streams.replay(key, point.position, exchange.leave, find)
        with self._running(admission, exchange), contextlib.ExitStack() as held:
            async with contextlib.aclosing(replay) as found:
                async for events in found:
                    if not exchange.streaming:  # it is there, and held from now on
                        held.enter_context(self.listeners.added(_heir(admission, exchange)))
                    yield events


def _heir(admission: Admission, exchange: Exchange) -> Listener:
    """Return a listener that hears nothing of its own: it is there to be ended with its access."""
    server = _server(admission)
    return Listener(
        slug=server.slug,
        server=server.public_id,
        token=admission.token,
        caller=admission.caller,
        wants=frozenset(),
        uris=frozenset(),
        session="",
        tell=lambda _method, _params: None,
        end=lambda: exchange.stop("access"),
        until=exchange.session_until,
    )


def _why(exchange: Exchange, cancelled: asyncio.CancelledError) -> BaseException:
    """Return what a cancelled request ends with: the cancellation itself, if it is not the hub's.

    Nothing is said to a client that wanted it stopped, or that only held it.
    """
    if not was_stopped(exchange):
        return cancelled
    return STOPS.get(exchange.stopped, Stopped)()


def _opens(caller: Caller, server: PublishedServer) -> bool:
    """Return whether a caller's token is for this server and still holds."""
    return caller.server == server.public_id and caller.expires_at > time.time()


def _server(admission: Admission) -> PublishedServer:
    """Return the admitted server as what it is behind the transport."""
    server: PublishedServer = admission.endpoint
    return server
