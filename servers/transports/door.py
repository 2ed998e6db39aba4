"""The door of every transport over HTTP: whatever is asked there goes through it.

Promises: Host and Origin are checked before anything else, a preflight before authentication, the
token whatever the verb; what is refused leaves in the same forms everywhere. Source: basic/transports
and basic/authorization of each revision.
"""

import logging
from collections.abc import Awaitable
from typing import Any

from django.db import DatabaseError

from accounts.oauth.metadata import resource_metadata_address
from monitoring import metrics
from monitoring.tally import Cell, Tally
from servers.protocol.errors import (
    INTERNAL_ERROR,
    INVALID_REQUEST,
    InsufficientScope,
    Overloaded,
    ProtocolError,
    RateLimited,
)
from servers.protocol.methods import label
from servers.protocol.revisions import Revision
from servers.transports import responses
from servers.transports.conversation import Conversation, Header
from servers.transports.faults import logged_fault
from servers.transports.first_call import FirstCall
from servers.transports.guards import Disconnected, ForeignOrigin, Guards, Receive, Refused, Send
from servers.transports.guards import Message as Scope
from servers.transports.head import Head, head_of
from servers.transports.host import Admission, Host, Unauthorized

log = logging.getLogger(__name__)
AWAY = "The hub cannot reach its database; try again shortly."


class HttpTransport:
    """An ASGI application that lets in whoever may come, and has them served by a transport."""

    def __init__(self, host: Host, guards: Guards, tally: Tally) -> None:
        self._host, self._guards, self._tally = host, guards, tally
        self._cells: dict[tuple[str, str], Cell] = {}

    def _serve(self, talk: Conversation) -> Awaitable[None]:
        """Serve whoever was let in; raises Refused before anything has left."""
        raise NotImplementedError

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Serve one HTTP request."""
        slug: str = scope["url_route"]["kwargs"]["slug"]
        extra: list[Header] = []
        try:
            head = head_of(scope, self._guards)
            if head.origin is not None:
                extra = responses.cors(self._guards.check_origin(head.origin, self._host.origins))
            if scope["method"] == "OPTIONS":
                more = responses.preflight(head.fields) if extra else []
                return await responses.respond(send, 204, [*extra, *more])
            admission = self._host.admitted(slug, head.token)
            if admission is None:
                admission = await self._host.admit(slug, head.token)
            answer, first = scope.get("mcphub.answer"), None
            if admission.first:
                first = self._first_call(scope, head, admission, send)
                answer, send = None, first.send
            talk = Conversation(
                self._host,
                admission,
                head,
                receive,
                send,
                extra,
                slug,
                answer,
                scope,
                self._guards,
                first,
            )
            await self._serve(talk)
        except Unauthorized as refusal:
            await self._challenge(scope, head, slug, send, extra, refusal)
        except Refused as refusal:
            if isinstance(refusal, ForeignOrigin):
                self._host.refused_origin(slug, head.token, *self._whence(scope, head))
            error = ProtocolError(INVALID_REQUEST, refusal.text, status=refusal.status)
            await responses.respond_error(send, error, None, (*refusal.headers, *extra))
        except Disconnected:
            return
        except DatabaseError as error:
            log.warning("a request could not be served: %s", error)
            away = ProtocolError(INTERNAL_ERROR, AWAY, status=503)
            await responses.respond_error(send, away, None, ((b"retry-after", b"2"), *extra))
        except Exception:  # noqa: BLE001  a door: what fails before an answer began is told too
            await responses.respond_error(send, logged_fault(), None, extra)

    def _first_call(self, scope: Scope, head: Head, admission: Admission, send: Send) -> FirstCall:
        """Return what tells the hub how a call is answered that may be the first to get through."""
        return FirstCall(
            send, lambda reason: self._host.called(admission, reason, *self._whence(scope, head))
        )

    def _whence(self, scope: Scope, head: Head) -> tuple[str, str]:
        """Return a client's address, and what it calls itself."""
        return self._guards.address(scope, head.fields), responses.agent(head.fields)

    def _explain(self, talk: Conversation, error: ProtocolError) -> None:
        """Add what HTTP says about an error besides its status."""
        if talk.first is not None:
            talk.first.failed(error)
        if isinstance(error, InsufficientScope):
            self._host.lacked(talk.admission, *self._whence(talk.scope, talk.head))
            metadata = self._metadata(talk.scope, talk.head, talk.slug)
            talk.extra.append(responses.scope_challenge(error, metadata))
        elif isinstance(error, Overloaded):
            talk.extra.append((b"retry-after", b"2"))
        elif isinstance(error, RateLimited):
            talk.extra.append((b"retry-after", b"%d" % error.retry_after))

    async def _challenge(
        self,
        scope: dict[str, Any],
        head: Head,
        slug: str,
        send: Send,
        extra: list[Header],
        refusal: Unauthorized,
    ) -> None:
        """Answer 401 with where to get a token."""
        address, agent = self._whence(scope, head)
        self._host.refused(refusal.error or "no_token", address)
        self._host.challenged(slug, head.token, address, agent)
        metadata = self._metadata(scope, head, slug)
        start = (responses.JSON, responses.NO_STORE, responses.challenge(refusal, metadata))
        body = responses.oauth_error(refusal.error or "unauthorized", refusal.description)
        await responses.respond(send, 401, (*start, *extra), body)

    def _metadata(self, scope: Scope, head: Head, slug: str) -> str:
        """Return where this client reads how to get a token."""
        return resource_metadata_address(self._guards.base(scope, head.fields), slug)

    def _count(self, method: str, revision: Revision) -> None:
        """Count a message; all methods that clients invent are one."""
        cell = self._cells.get((method, revision.date))
        if cell is None:
            key = (label(method), revision.date)
            cell = self._cells.get(key) or self._tally.cell(metrics.child(metrics.messages, *key))
            self._cells[key] = cell
        cell.count += 1
