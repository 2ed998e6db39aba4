"""The hub behind every transport: who may speak, and what answers."""

import time
from typing import Any

from accounts.caller import Caller, nobody
from accounts.tokens import Principals
from monitoring import bus, metrics, rollup
from servers.corridor import Corridor
from servers.dispatch import METHODS
from servers.live import LiveSnapshot
from servers.methods.request import Request
from servers.offload import Offload
from servers.protocol.handshake import Opening, Session
from servers.protocol.jsonrpc import Message
from servers.protocol.revisions import Revision
from servers.published import PublishedServer
from servers.running import TOPIC as CANCEL
from servers.running import RunningRequests, to_payload
from servers.sessions import Sessions, record_end
from servers.transports.host import Admission, Unauthorized

NOBODY = nobody()
REFUSALS = ("no_token", "invalid_token")


def no_token() -> Unauthorized:
    """Return the refusal of a request that shows no token."""
    return Unauthorized("", "This server needs a token: send Authorization: Bearer TOKEN.")


def bad_token() -> Unauthorized:
    """Return the refusal of a token, which does not say what is wrong with it."""
    text = "The token is unknown, expired, revoked, or not for this server."
    return Unauthorized("invalid_token", text)


class Hub:
    """One process's hub; implements transports' Host."""

    def __init__(
        self,
        live: LiveSnapshot,
        principals: Principals,
        sessions: Sessions,
        corridor: Corridor,
        offload: Offload,
    ) -> None:
        self.live, self.principals, self.sessions = live, principals, sessions
        self.running = RunningRequests()
        self._failures = {
            reason: metrics.child(metrics.auth_failures, reason) for reason in REFUSALS
        }
        self._corridor, self._offload = corridor, offload

    @property
    def origins(self) -> frozenset[str]:
        """Origins whose pages may read answers."""
        return self.live.current.origins

    def admitted(self, slug: str, token: str | None) -> Admission | None:
        """Return who speaks to which server if memory knows it, without waiting."""
        server = self.live.current.servers.get(slug)
        if server is None or not token:
            return None
        caller = self.principals.remembered(token)
        return Admission(server, caller) if caller and _opens(caller, server) else None

    async def admit(self, slug: str, token: str | None) -> Admission:
        """Return who speaks to which server; a hidden server refuses like one that is not there."""
        server = self.live.current.servers.get(slug)
        if token is None:
            if server is None or not server.public:
                raise no_token()
            return Admission(server, NOBODY)
        caller = await self.principals.find(token) if token else None
        if server is None or caller is None or not _opens(caller, server):
            raise bad_token()
        return Admission(server, caller)

    async def answer(
        self,
        admission: Admission,
        message: Message,
        revision: Revision,
        exchange: Any,
        session: Session | None,
    ) -> bytes:
        """Return the encoded result of a request."""
        track = (session.nonce, message.id_json or b"") if session else None
        self.running.begin(exchange, track)
        try:
            return await METHODS[message.method](
                Request(
                    message.params,
                    revision,
                    admission.endpoint,
                    admission.caller,
                    exchange,
                    self._corridor,
                )
            )
        finally:
            self.running.end(exchange, track)

    def open_session(self, admission: Admission, opening: Opening) -> str:
        """Return a new session id."""
        return self.sessions.open(_server(admission), admission.caller, opening)

    def read_session(self, admission: Admission, session_id: str) -> Session | None:
        """Return the session if it is this caller's, here, and goes on."""
        return self.sessions.read(_server(admission), admission.caller, session_id)

    async def end_session(self, session: Session) -> None:
        """End a session on every process."""
        self.sessions.forget(session.nonce)
        await self._offload(record_end, session)

    async def cancel(self, session: Session, id_json: bytes) -> None:
        """Stop the session's request with this id, wherever it runs."""
        track = session.nonce, id_json
        if not self.running.stop(track):
            await self._offload(bus.publish, CANCEL, to_payload(track))

    def refused(self, reason: str, address: str) -> None:
        """Count a refused credential."""
        self._failures[reason].inc()
        rollup.failed_authentication(reason, address)


def _opens(caller: Caller, server: PublishedServer) -> bool:
    """Return whether a caller's token is for this server and still holds."""
    return caller.server == server.public_id and caller.expires_at > time.time()


def _server(admission: Admission) -> PublishedServer:
    """Return the admitted server as what it is behind the transport."""
    server: PublishedServer = admission.endpoint
    return server
