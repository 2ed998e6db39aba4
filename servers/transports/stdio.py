"""MCP over standard streams: one client, all five revisions, a message a line.

Promises: `initialize` opens the one session of the process, requests that carry their own `_meta` are
stateless, both at the same time; a line that cannot be read has an error, and the next one is read. In a
session of 2025-03-26 a line may be a batch, whose responses are one line, an array: the page on stdio
says no more of batches than that they are JSON-RPC's, whose section 6 has it so. What is said before is a
line each. Source: basic/transports of each revision; 2026-07-28 basic/transports/stdio.
"""

import asyncio
import itertools
import json
from collections.abc import AsyncIterable
from typing import Any

from servers.protocol.abilities import capability_bits
from servers.protocol.batch import Batch, joined, read_batch
from servers.protocol.envelope import SUBSCRIPTION_ID, open_bare_envelope, speaks_for_itself
from servers.protocol.errors import Overloaded, ProtocolError, invalid_request
from servers.protocol.handshake import Session, read_initialize
from servers.protocol.jsonrpc import (
    Message,
    error_message,
    notification_message,
    read_message,
    readable_id,
)
from servers.protocol.methods import CANCELLED, LISTEN
from servers.protocol.revisions import BY_DATE, LATEST_HANDSHAKE, V2026_07_28
from servers.transports.conversation import Era
from servers.transports.host import Host
from servers.transports.lines import LONGEST_LINE, Line, LinesOut
from servers.transports.shared_conversation import SharedConversation, read_value
from servers.transports.shared_exchange import SharedExchange

KEEP_SECONDS = 6 * 3600.0
"""How often what the session asked for is kept for another day."""


class Stdio(SharedConversation):
    """One client's conversation, and by whose leave it is."""

    def __init__(self, host: Host, slug: str, token: str | None, out: LinesOut) -> None:
        """Begin; `token` is the name by which the host knows who is at the other end, None for nobody."""
        super().__init__(host, slug, out)
        self._token = token
        self._hearing: asyncio.Task[None] | None = None

    async def serve(self, lines: AsyncIterable[Line]) -> None:
        """Take line after line, until there are no more."""
        async for line in lines:
            if line.too_long or line.body.strip():
                await self._read(line)

    async def keep(self) -> None:
        """Keep what the session asked for, which lasts a day otherwise, for as long as this runs."""
        while True:
            await asyncio.sleep(KEEP_SECONDS)
            if self._session is not None:
                await self._guarded(self._host.renew_session(self._session))

    async def close(self) -> None:
        """Forget the session: its client is gone."""
        if self._session is not None:
            await self._host.end_session(self._session)

    async def _read(self, line: Line) -> None:
        """Take what a line says."""
        value: Any = None
        try:
            if line.too_long:
                raise invalid_request(f"The line has more than {LONGEST_LINE} bytes.")
            value = await read_value(line.body)
            if isinstance(value, list) and self._session and self._session.revision.has_batches:
                return await self._together(read_batch(value), self._session)
            message = read_message(value)
        except ProtocolError as error:
            return await self._out.send(error_message(readable_id(value), error))
        await self.take(message, self._token)

    # --- several at once ---

    async def _together(self, batch: Batch, session: Session) -> None:
        """Begin to do what a batch asks for."""
        if len(self._open) + len(batch.requests) > self.most_open:
            raise Overloaded
        if batch.requests:
            self._hear()
            said: dict[SharedExchange, tuple[bytes, ...]] = {}
            items = [
                self._begin(self._answer_one(message, id_json, session, said))
                for id_json, message in batch.requests
            ]
            self._begin(self._answer_all(items, said))
            await asyncio.sleep(0)  # what a notification is about has begun
        for message in batch.notifications:
            self._notified(message)
        for reply in batch.replies:
            self._replied(reply)

    async def _answer_one(
        self,
        message: Message,
        id_json: bytes,
        session: Session,
        said: dict[SharedExchange, tuple[bytes, ...]],
    ) -> None:
        """Do one request of a batch, whose response waits until the others have theirs."""
        era = Era(session.revision, session, None, session.capabilities)
        exchange = self._exchange(era, message.params, id_json)
        self._open.add(exchange)
        said[exchange] = ()
        said[exchange] = await self._last(message, id_json, exchange, self._token)
        await exchange.finish()

    async def _answer_all(
        self, items: list["asyncio.Task[None]"], said: dict[SharedExchange, tuple[bytes, ...]]
    ) -> None:
        """Answer a batch when all of it is done, but for what its client cancelled."""
        await asyncio.wait(items)
        self._open.difference_update(said)
        heard = [responses for exchange, responses in said.items() if not exchange.silenced]
        if any(heard):
            await self._out.send(joined(itertools.chain.from_iterable(heard)))

    # --- eras ---

    async def _era(self, message: Message, token: str | None) -> Era:
        """Return how a request is to be understood; raises ProtocolError if it cannot be."""
        if not speaks_for_itself(message.params):
            return await super()._era(message, token)
        envelope = open_bare_envelope(message, BY_DATE)
        bits = capability_bits(envelope.capabilities)
        return Era(V2026_07_28, None, envelope.log_level, bits)

    async def _initialized(self, params: dict[str, Any], token: str | None) -> Era:
        """Open the session of this process."""
        if self._session is not None:
            raise invalid_request("This process has a session already; start another one.")
        opening = read_initialize(params)
        admission = await self._admission(token)
        session_id = self._host.open_session(admission, opening)
        self._session = self._host.read_session(admission, session_id)
        return Era(opening.revision)

    def _without_session(self, method: str) -> Era:
        """Return that a ping is answered at any time; raises ProtocolError for anything else."""
        if method == "ping":
            return Era(LATEST_HANDSHAKE)
        raise invalid_request("Begin with initialize, or say in params._meta what you speak.")

    def _hear(self) -> None:
        """Let the session hear what changes, once its client is ready for it; again after an end."""
        session = self._session
        if session is not None and self._ready and (not self._hearing or self._hearing.done()):
            self._hearing = self._begin(self._guarded(self._tell(session)))

    async def _tell(self, session: Session) -> None:
        """Tell the session what changes, until it may hear no more."""
        admission = await self._admission(self._token)
        await self._host.listen(admission, self._exchange(Era(session.revision, session), {}))

    def _ending(self, message: Message, id_json: bytes, answer: bytes) -> tuple[bytes, ...]:
        """Return the messages that end an answered request: of a subscription two."""
        return (answer, _torn_down(id_json)) if message.method == LISTEN else (answer,)


def _torn_down(id_json: bytes) -> bytes:
    """Return what tells a client besides that a subscription was ended (2026-07-28 cancellation)."""
    subscription = json.loads(id_json)
    params = {"requestId": subscription, "_meta": {SUBSCRIPTION_ID: subscription}}
    return notification_message(CANCELLED, params)
