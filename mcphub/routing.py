"""Which address leads where, and Channels' router with a memory for those called again and again."""

from collections.abc import Awaitable
from typing import Any

from channels.routing import URLRouter
from django.urls import URLPattern, re_path

MOST_REMEMBERED = 4_096
LONGEST_PATH = 128
SLUG = r"(?P<slug>[a-z0-9][a-z0-9-]{0,62})"


def routes(mcp: Any, sse: Any, discovery: Any, programs: Any, pages: Any) -> list[URLPattern]:
    """Return the ways to the MCP endpoints, those of HTTP+SSE apart, to what clients read before, to what
    programs ask Django, and to its pages.

    Clients look for metadata in many more places than it is in: nothing of Django need run to tell
    them that nothing is there.
    """
    table = (
        (rf"^mcp/{SLUG}\Z", mcp),
        (rf"^mcp/{SLUG}/(?P<end>sse|messages)\Z", sse),
        (rf"^\.well-known/oauth-protected-resource/mcp/{SLUG}\Z", discovery),
        (r"^(?:mcp/(?:[^/]+/)?)?\.well-known/", discovery),
        (r"^(?:token|revoke|register)\Z", programs),
        (r"", pages),
    )
    return [re_path(address, to) for address, to in table]


class RememberingRouter(URLRouter):  # type: ignore[misc]
    """A URLRouter that asks its patterns once for each path under `/mcp/`.

    Matching costs more than anything else a hot call does before its work, and the same path always
    leads to the same place.
    """

    def __init__(self, routes: list[Any]) -> None:
        super().__init__(routes)
        self._known: dict[str, tuple[Any, dict[str, Any]]] = {}

    def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> Awaitable[None]:
        """Route one connection; what it leads to is awaited by whoever calls."""
        path = scope["path"]
        known = self._known.get(path)
        if known is None:
            known = self._match(path)
            if known is None:
                pages: Awaitable[None] = super().__call__(scope, receive, send)
                return pages
        application, scope["url_route"] = known
        answering: Awaitable[None] = application(scope, receive, send)
        return answering

    def _match(self, path: str) -> tuple[Any, dict[str, Any]] | None:
        """Return where an MCP address leads, and remember it."""
        if not path.startswith("/mcp/") or len(path) > LONGEST_PATH:
            return None
        for route in self.routes:
            match = route.pattern.match(path.lstrip("/"))
            if match:
                known = (route.callback, {"args": match[1], "kwargs": match[2]})
                if len(self._known) >= MOST_REMEMBERED:
                    self._known.clear()
                self._known[path] = known
                return known
        return None
