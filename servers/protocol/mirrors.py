"""Arguments that clients repeat in headers, so that proxies can route by them: `x-mcp-header`.

Source: 2026-07-28 basic/transports/streamable-http (Custom Headers), server/tools (x-mcp-header). Which
annotations are legal is checked when a definition is made; here others are not looked at.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from servers.protocol.errors import header_mismatch
from servers.protocol.headers import Headers, decoded, header_text

ANNOTATION = "x-mcp-header"
PREFIX = "Mcp-Param-"
_KINDS = frozenset({"string", "integer", "boolean"})
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,15})(?:\.0+)?\Z")


class Mirror(NamedTuple):
    """One annotated parameter: its header as a client names it, and where its value is."""

    header: str
    path: tuple[str, ...]


def mirrors_of(schema: Mapping[str, Any]) -> tuple[Mirror, ...]:
    """Return the annotated parameters of an input schema, found through `properties` alone."""
    return tuple(_found(schema, ()))


def _found(schema: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[Mirror]:
    properties = schema.get("properties")
    for name, part in properties.items() if isinstance(properties, Mapping) else ():
        if not isinstance(part, Mapping):
            continue
        here, header, kind = (*path, name), part.get(ANNOTATION), part.get("type")
        if isinstance(header, str) and isinstance(kind, str) and kind in _KINDS:
            yield Mirror(PREFIX + header, here)
        yield from _found(part, here)


def check_mirrors(
    mirrors: tuple[Mirror, ...], arguments: Mapping[str, Any], headers: Headers
) -> None:
    """Check that each header says what its argument says; raises ProtocolError -32020."""
    for mirror in mirrors:
        value = _value(arguments, mirror.path)
        given = mirror.header.lower().encode("ascii", "replace")
        if value is None and given not in headers:
            continue
        text = header_text(headers, given)
        said = None if text is None else decoded(text)
        if said is None and not (value == "" and headers.get(given, b"x").strip() == b""):
            raise header_mismatch(f"The header {mirror.header} is missing or malformed.")
        if value is None or not _same(said or "", value):
            raise header_mismatch(f"{mirror.header} is not what the arguments say.")


def _value(arguments: Any, path: tuple[str, ...]) -> Any:
    """Return the argument at a path, None where there is none."""
    for name in path:
        arguments = arguments.get(name) if isinstance(arguments, Mapping) else None
    return arguments


def _same(text: str, value: Any) -> bool:
    """Return whether a header's text stands for a value; whole numbers are compared as numbers."""
    if isinstance(value, bool):
        return text == ("true" if value else "false")
    if isinstance(value, int | float):
        return bool(_INTEGER.match(text)) and float(text) == float(value)
    return bool(text == value)
