"""What clients read before they have a token, and the addresses where there is nothing.

Promises: answers come from memory, without a query or a thread (what an admin decided about clients
is read again when it changed, and once a minute); Host is checked as at /mcp/<slug>, Origin is not,
since nobody needs a credential here; only GET, HEAD and OPTIONS do something. Source: RFC 9728
section 3, RFC 8414 section 3; basic/authorization of each revision.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from django.db import DatabaseError

from accounts.oauth.metadata import (
    AUTHORIZATION_SERVER,
    OPENID,
    Offered,
    authorization_server,
    protected_resource,
)
from servers.protocol.jsonrpc import encode
from servers.transports import responses
from servers.transports.guards import Guards, Receive, Refused, Send, refuse_doubled
from servers.transports.host import Host

VERBS = frozenset({"GET", "HEAD"})
ALLOW = (b"allow", b"GET, HEAD, OPTIONS")
FRESH = (b"cache-control", b"no-cache")
"""Kept by nobody without asking again: what an admin changes is true for the next client."""
NOTHING = responses.oauth_error("not_found", "There is nothing here for an MCP client.")
AWAY = "The hub cannot reach its database; try again shortly."


class Discovery:
    """The ASGI application behind /.well-known/."""

    def __init__(
        self, host: Host, guards: Guards, offered: Callable[[], Awaitable[Offered]]
    ) -> None:
        self._host, self._guards, self._offered = host, guards, offered

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Serve a document, or say that there is none."""
        verb = scope["method"]
        try:
            base = self._base(scope)
            if verb == "OPTIONS":
                return await responses.respond(send, 204, responses.ANYONE_ASKS)
            if verb not in VERBS:
                raise Refused(405, f"{verb[:20]} does nothing here.", (ALLOW,))
            document = await self._document(scope, base)
        except Refused as refusal:
            body = responses.oauth_error("invalid_request", refusal.text)
            return await _answer(send, verb, refusal.status, body, refusal.headers)
        except DatabaseError:
            body = responses.oauth_error("temporarily_unavailable", AWAY)
            return await _answer(send, verb, 503, body, ((b"retry-after", b"2"),))
        await _answer(send, verb, 200 if document else 404, document or NOTHING, (FRESH,))

    def _base(self, scope: dict[str, Any]) -> str:
        """Return the address of the hub that a request was sent to; raises Refused for a foreign one."""
        refuse_doubled(scope["headers"])
        fields = dict(scope["headers"])
        self._guards.check_host(fields.get(b"host"))
        return self._guards.base(scope, fields)

    async def _document(self, scope: dict[str, Any], base: str) -> bytes | None:
        """Return what stands at an address, None if nothing does."""
        if scope["path"] in {AUTHORIZATION_SERVER, OPENID}:
            self._note(scope, None)
            return encode(authorization_server(base, await self._offered()))
        slug = scope["url_route"]["kwargs"].get("slug")
        if slug:
            self._note(scope, slug)
        found = self._host.described(slug) if slug else None
        if found is None:
            return None
        return encode(protected_resource(base, slug, found.name, found.scopes))

    def _note(self, scope: dict[str, Any], slug: str | None) -> None:
        """Tell the hub that a client read on, for whoever looks why one does not get in."""
        fields = dict(scope["headers"])
        self._host.read_on(slug, self._guards.address(scope, fields), responses.agent(fields))


async def _answer(
    send: Send, verb: str, status: int, body: bytes, headers: tuple[tuple[bytes, bytes], ...]
) -> None:
    """Send a document that any page may read; the answer to HEAD is only its headers."""
    length = (b"content-length", b"%d" % len(body))
    complete = [responses.JSON, length, *headers, *responses.ANYONE]
    await send({"type": "http.response.start", "status": status, "headers": complete})
    await send({"type": "http.response.body", "body": b"" if verb == "HEAD" else body})
