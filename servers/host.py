"""The hub behind every transport: who may speak, and what answers."""

import time
from typing import Any

from accounts.caller import Caller, nobody
from accounts.tokens import Principals, digest
from monitoring import bus, metrics, rollup
from servers.corridor import Cancelled, Corridor, InsufficientScope, Overloaded
from servers.dispatch import dispatch
from servers.live import LiveSnapshot
from servers.methods.request import Request
from servers.offload import Offload
from servers.protocol.handshake import Opening, Session
from servers.protocol.revisions import Revision
from servers.published import PublishedServer
from servers.running import TOPIC as CANCEL
from servers.running import RunningRequests, to_payload
from servers.sessions import Sessions, record_end
from servers.transports.host import Admission, Busy, GivenUp, ScopeNeeded, Unauthorized

LONGEST_TOKEN = 4096


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
        self, live: LiveSnapshot, principals: Principals, sessions: Sessions, corridor: Corridor,
        offload: Offload,
    ) -> None:
        self.live, self.principals, self.sessions = live, principals, sessions
        self.running = RunningRequests()
        self._corridor, self._offload = corridor, offload

    @property
    def origins(self) -> frozenset[str]:
        """Origins whose pages may read answers."""
        return self.live.current.origins

    async def admit(self, slug: str, authorization: bytes | None, address: str) -> Admission:
        """Return who speaks to which server; a hidden server refuses like one that is not there."""
        server = self.live.current.servers.get(slug)
        if authorization is None:
            if server is None or not server.public:
                raise no_token()
            return Admission(server, nobody(address))
        caller = await self._caller(authorization)
        if server is None or caller is None or caller.server != server.public_id:
            raise bad_token()
        if caller.expires_at <= time.time():
            raise bad_token()
        return Admission(server, caller)

    async def _caller(self, authorization: bytes) -> Caller | None:
        """Return whose token an Authorization header shows (RFC 6750 section 2.1)."""
        scheme, _, token = authorization.strip().partition(b" ")
        token = token.strip()
        if scheme.lower() != b"bearer" or not token or len(token) > LONGEST_TOKEN:
            return None
        name = digest(token)
        return self.principals.remembered(name) or await self.principals.find(name)

    async def answer(
        self, admission: Admission, method: str, params: dict[str, Any], revision: Revision,
        exchange: Any, track: tuple[str, bytes] | None,
    ) -> bytes:
        """Return the encoded result of a request."""
        request = Request(
            method, params, revision, admission.endpoint, admission.caller, exchange,
            self._corridor,
        )
        self.running.begin(exchange, track)
        try:
            return await dispatch(request)
        except InsufficientScope as need:
            raise ScopeNeeded(need.needed) from None
        except Overloaded:
            raise Busy from None
        except Cancelled:
            raise GivenUp from None
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
        metrics.child(metrics.auth_failures, reason).inc()
        rollup.failed_authentication(reason, address)


def _server(admission: Admission) -> PublishedServer:
    """Return the admitted server as what it is behind the transport."""
    server: PublishedServer = admission.endpoint
    return server
