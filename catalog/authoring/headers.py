"""`x-mcp-header`: parameters of a tool that clients also send as HTTP headers, `Mcp-Param-NAME`.

Clients must drop a tool whose annotations break the rules of MCP (2026-07-28, server/tools), so they
are refused when the tool is declared, by the same rules.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from catalog.authoring.errors import AuthoringError

ANNOTATION = "x-mcp-header"
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_TYPES = ("string", "integer", "boolean")
_NAMED = frozenset({"properties", "patternProperties", "dependentSchemas", "$defs", "definitions"})
"""Keywords that hold subschemas by name: a property may be called x-mcp-header."""
_DATA = frozenset({"const", "default", "enum", "examples"})
"""Keywords that hold values, not schemas."""
_DEPTH_LIMIT = 64


def check_headers(tool: str, schema: dict[str, Any]) -> None:
    """Raise AuthoringError, naming the parameter, for an annotation that clients would refuse.

    Also for one on a secret: every proxy on the way reads and logs headers.
    """
    seen: dict[str, str] = {}
    for path, part, reachable in _annotated(schema, "", True, 0):
        where = f"{tool}: {ANNOTATION} at {path or 'the root'}"
        name = part[ANNOTATION]
        if not isinstance(name, str) or not _TOKEN.fullmatch(name):
            raise AuthoringError(f"{where} must be a name of letters, digits and !#$%&'*+-.^_`|~")
        if not reachable:
            raise AuthoringError(f"{where} is no parameter that is reached by properties alone")
        if part.get("type") not in _TYPES:
            raise AuthoringError(f"{where} needs the type string, integer or boolean, and no other")
        if part.get("writeOnly") is True or part.get("format") == "password":
            raise AuthoringError(f"{where} would show a secret to everything on the way")
        if (first := seen.setdefault(name.lower(), path)) != path:
            raise AuthoringError(f"{where} has the name that {first} has")


def _annotated(
    schema: Any, path: str, reachable: bool, depth: int
) -> Iterator[tuple[str, dict[str, Any], bool]]:
    """Yield each annotated subschema, and whether only `properties` lead to it."""
    if depth > _DEPTH_LIMIT:
        raise AuthoringError(f"a schema is nested more than {_DEPTH_LIMIT} deep")
    if not isinstance(schema, dict):
        return
    if ANNOTATION in schema:
        yield path, schema, reachable and bool(path)
    for keyword, value in schema.items():
        if keyword not in _DATA:
            for name, part in _parts(keyword, value):
                inside = reachable and keyword == "properties"
                yield from _annotated(part, f"{path}/{name}", inside, depth + 1)


def _parts(keyword: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Yield the subschemas under a keyword, by the names that a reader of the error knows."""
    if isinstance(value, list):
        yield from ((f"{keyword}/{index}", part) for index, part in enumerate(value))
    elif keyword in _NAMED and isinstance(value, dict):
        short = keyword == "properties"
        yield from ((name if short else f"{keyword}/{name}", part) for name, part in value.items())
    else:
        yield keyword, value
