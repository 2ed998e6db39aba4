"""RFC 8707 resource indicators -> the published server they name. Pure.

A resource is compared as the server it names, never as text and never by prefix: what differs in
case of scheme and host, default port or one trailing slash names the same server; a fragment, a
query, user info or a further path name none (RFC 8707 section 2, RFC 3986 section 6.2).
"""

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

LONGEST = 2048
_DEFAULT_PORTS = {"http": 80, "https": 443}
_PATH = re.compile(r"/mcp/([a-z0-9][a-z0-9-]{0,62})/?")
_UNFIT = re.compile(r"[\x00-\x20\x7f-\x9f\\#?]")


def slug_of(resource: object, bases: Iterable[str]) -> str | None:
    """Return the slug of the server a resource names on a hub reached at `bases`, or None.

    A base is scheme and authority, such as "https://hub.example.com".
    """
    if not isinstance(resource, str) or len(resource) > LONGEST or _UNFIT.search(resource):
        return None
    origin = _origin(resource)
    if origin is None or origin not in {_origin(base) for base in bases}:
        return None
    match = _PATH.fullmatch(urlsplit(resource).path)
    return match[1] if match else None


def _origin(url: str) -> tuple[str, str, int] | None:
    """Return scheme, host and port of an address, or None for one that is none."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    scheme = parts.scheme.lower()
    if scheme not in _DEFAULT_PORTS or not parts.hostname or "@" in parts.netloc:
        return None
    return scheme, parts.hostname, _DEFAULT_PORTS[scheme] if port is None else port
