"""Values -> the blocks of MCP: text, image, audio and embedded resource, with base64 data.

One table of types, used by results of tools, by messages of prompts and by contents of resources.
Dicts come out in the shape of the newest revision; older ones are the protocol's business.
"""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any
from urllib.parse import quote

from pydantic_core import to_jsonable_python

from catalog.authoring.errors import ResultError
from catalog.authoring.media import UNKNOWN, Audio, File, Image, sniffed

Block = dict[str, Any]
BLOCK_TYPES = (Image, Audio, File, bytes, bytearray, memoryview)
_BLOCK_NAMES = frozenset({"text", "image", "audio", "resource", "resource_link"})
_ROLES = frozenset({"user", "assistant"})
_TEXTUAL = ("text/", "application/json", "application/xml", "application/yaml", "image/svg+xml")


def clean(text: str) -> str:
    """Replace lone surrogates, which no UTF-8 answer can carry, by U+FFFD."""
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def jsonable(value: Any) -> Any:
    """Turn any value that has a JSON form into plain JSON types; ResultError names its type."""
    try:
        return to_jsonable_python(value, inf_nan_mode="constants")
    except (ValueError, RecursionError) as error:
        raise unsendable(value) from error


def compact(value: Any) -> str:
    """Write plain JSON types without blanks; NaN and infinity are no JSON and refused."""
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except ValueError as error:
        raise ResultError("a result holds NaN or Infinity, which JSON does not know") from error


def unsendable(value: Any) -> ResultError:
    """Name a value by its type alone: what it holds may be secret."""
    return ResultError(f"a value of type {type(value).__name__} has no JSON form here")


def sendable(value: Any) -> Any:
    """Turn any value that has a JSON form into JSON types that every answer can carry."""
    plain = jsonable(value)
    text = compact(plain)
    tidy = clean(text)
    return plain if tidy == text else json.loads(tidy)


def text_of(value: Any) -> str:
    """Tell any JSON-able value as text: a string as itself, everything else as compact JSON."""
    plain = jsonable(value)
    return clean(plain if isinstance(plain, str) else compact(plain))


def holds_blocks(value: Any) -> bool:
    """Tell whether a value is media, or a list with media in it."""
    if isinstance(value, list | tuple):
        return any(isinstance(one, BLOCK_TYPES) for one in value)
    return isinstance(value, BLOCK_TYPES)


def text_block(text: str) -> Block:
    """Write one text block."""
    return {"type": "text", "text": text}


def block_of(value: Any) -> Block:
    """Write one value as the block that suits its type; bytes are looked at first."""
    media = _recognised(value)
    if isinstance(media, File):
        uri = media.uri or f"attachment:///{quote(media.name)}"
        return {"type": "resource", "resource": _content(media, uri, media.mime_type)}
    if isinstance(media, Image | Audio):
        return {"type": media.family, "data": _base64(media.data), "mimeType": media.mime_type}
    return text_block(text_of(value))


def blocks_of(value: Any) -> list[Block]:
    """Write a value, or each value of a list, as blocks."""
    return (
        [block_of(one) for one in value] if isinstance(value, list | tuple) else [block_of(value)]
    )


def resource_contents(value: Any, uri: str, mime_type: str | None) -> list[Block]:
    """Write what a resource returned; the declared MIME type wins over what is found out."""
    if value is None:
        raise ResultError(f"{uri} returned None; return its content, or raise ToolError")
    if isinstance(value, list | tuple) and holds_blocks(value):
        return [_resource(one, uri, mime_type) for one in value]
    return [_resource(value, uri, mime_type)]


def prompt_messages(value: Any) -> list[Block]:
    """Write what a prompt returned as messages; whoever is not named is the user."""
    values = value if isinstance(value, list | tuple) else [value]
    return [_message(one) for one in values]


def _message(value: Any) -> Block:
    if value is None:
        raise ResultError("a prompt returned None; return its text")
    if not (isinstance(value, dict) and value.keys() == {"role", "content"}):
        return {"role": "user", "content": block_of(value)}
    if value["role"] not in _ROLES:
        raise ResultError("a prompt message's role is neither 'user' nor 'assistant'")
    content = value["content"]
    ready = isinstance(content, dict) and content.get("type") in _BLOCK_NAMES
    return {"role": value["role"], "content": jsonable(content) if ready else block_of(content)}


def _resource(value: Any, uri: str, mime_type: str | None) -> Block:
    media = _recognised(value)
    if isinstance(media, Image | Audio | File):
        return _content(media, uri, mime_type or media.mime_type)
    found = "text/plain" if isinstance(value, str) else "application/json"
    return {"uri": uri, "mimeType": mime_type or found, "text": text_of(value)}


def _recognised(value: Any) -> Any:
    """Give bytes a type by their first ones; every other value stays what it is."""
    if not isinstance(value, bytes | bytearray | memoryview):
        return value
    data = bytes(value)
    mime_type = sniffed(data) or UNKNOWN
    kind = {"image": Image, "audio": Audio}.get(mime_type.partition("/")[0])
    return kind(data, mime_type) if kind else File(data, "result", mime_type)


def _content(media: Image | Audio | File, uri: str, mime_type: str) -> Block:
    """Write a file's content: as text if its type is textual and its bytes agree."""
    base = {"uri": uri, "mimeType": mime_type}
    if mime_type.startswith(_TEXTUAL):
        try:
            return {**base, "text": media.data.decode("utf-8")}
        except UnicodeDecodeError:
            pass  # the name promised text, the bytes are something else: they travel whole
    return {**base, "blob": _base64(media.data)}


def _base64(data: bytes) -> str:
    return b64encode(data).decode("ascii")
