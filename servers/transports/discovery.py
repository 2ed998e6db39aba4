"""What clients read of a server before they have a token, and the addresses where there is nothing.

Promises: answers come from memory, without a query or a thread; Host is checked as at /mcp/<slug>,
Origin is not, since nobody needs a credential here; only GET, HEAD and OPTIONS do something. Source:
RFC 9728 section 3; basic/authorization of each revision.
"""

from typing import Any

from accounts.oauth.metadata import protected_resource
from servers.protocol.jsonrpc import encode
from servers.transports import responses
from servers.transports.guards import Guards, Receive, Refused, Send, refuse_doubled
from servers.transports.host import Host

VERBS = frozenset({"GET", "HEAD"})
ALLOW = (b"allow", b"GET, HEAD, OPTIONS")
FRESH = (b"cache-control", b"no-cache")
"""Kept by nobody without asking again: what an admin changes is true for the next client."""
NOTHING = responses.oauth_error("not_found", "There is no MCP server at this address.")


class Discovery:
    """The ASGI application behind /.well-known/, as far as that is about servers."""

    def __init__(self, host: Host, guards: Guards) -> None:
        self._host, self._guards = host, guards

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Serve the metadata of the server whose slug the route found, or say there is none."""
        verb = scope["method"]
        try:
            fields = self._checked(scope["headers"])
            if verb == "OPTIONS":
                return await responses.respond(send, 204, responses.ANYONE_ASKS)
            if verb not in VERBS:
                raise Refused(405, f"{verb[:20]} does nothing here.", (ALLOW,))
            slug = scope["url_route"]["kwargs"].get("slug")
            document = self._document(scope, fields, slug) if slug else None
        except Refused as refusal:
            body = responses.oauth_error("invalid_request", refusal.text)
            return await _answer(send, verb, refusal.status, body, refusal.headers)
        await _answer(send, verb, 200 if document else 404, document or NOTHING, (FRESH,))

    def _checked(self, raw: list[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
        """Return the headers of a request that was sent to the hub; raises Refused."""
        refuse_doubled(raw)
        fields = dict(raw)
        self._guards.check_host(fields.get(b"host"))
        return fields

    def _document(
        self, scope: dict[str, Any], fields: dict[bytes, bytes], slug: str
    ) -> bytes | None:
        """Return a server's metadata, None if there is no such server, or it is switched off."""
        found = self._host.described(slug)
        if found is None:
            return None
        base = self._guards.base(scope, fields)
        return encode(protected_resource(base, slug, found.name, found.scopes))


async def _answer(
    send: Send, verb: str, status: int, body: bytes, headers: tuple[tuple[bytes, bytes], ...]
) -> None:
    """Send a document that any page may read; the answer to HEAD is only its headers."""
    length = (b"content-length", b"%d" % len(body))
    complete = [responses.JSON, length, *headers, *responses.ANYONE]
    await send({"type": "http.response.start", "status": status, "headers": complete})
    await send({"type": "http.response.body", "body": b"" if verb == "HEAD" else body})
