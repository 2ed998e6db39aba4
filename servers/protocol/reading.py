"""Bytes to JSON, strictly: what two parsers could read differently, or one at great cost, is refused.

Bounds: nesting of 64, numbers of 300 digits. Refused besides: bytes that are not UTF-8, duplicate
keys, NaN and infinities. A lone surrogate escape becomes U+FFFD. Cost is linear in the body.
"""

import math
import re
from typing import Any

import msgspec

from servers.protocol.errors import invalid_request, unreadable

DEEPEST = 64
MOST_DIGITS = 300

# Both run before the bytes are known to be JSON, so neither may ever look back: a number is looked at
# from its beginning only, a string is never read twice, closed or not.
_LONG_NUMBER = re.compile(rb"(?<![0-9])[0-9]{%d}" % (MOST_DIGITS + 1))
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
_ESCAPES = re.compile(rb"\\(?:u([0-9a-fA-F]{4})|.)")
_encode = msgspec.json.Encoder().encode
_NESTS = frozenset({dict, list})


def _read_float(text: str) -> float:
    """Return a float as Python reads it, at one speed: msgspec takes a thousand times longer for some."""
    value = float(text)
    if math.isinf(value):
        raise ValueError("a number is out of range")
    return value


_decode = msgspec.json.Decoder(float_hook=_read_float).decode


def read_json(body: bytes) -> Any:
    """Return the JSON value in `body`; raises ProtocolError -32700 or -32600."""
    if _LONG_NUMBER.search(body) and _LONG_NUMBER.search(_STRING.sub(b'""', body)):
        raise invalid_request(f"A number has more than {MOST_DIGITS} digits.")
    if b"\\" in body and b"\\u" in body:
        body = _without_lone_surrogates(body)
    try:
        value = _decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise unreadable(f"The body is not JSON: {error}") from None
    except RecursionError:
        raise invalid_request(f"The body nests deeper than {DEEPEST} levels.") from None
    if body.count(b"{") + body.count(b"[") <= DEEPEST and _encode(value) == body:
        return value  # nothing was lost in reading it, so no key stood twice
    keys = _count_keys(value)
    if keys != body.count(b":") and keys != _STRING.sub(b"", body).count(b":"):
        raise invalid_request("An object has the same key twice.")
    return value


def _count_keys(value: Any) -> int:
    """Return how many object keys a value holds; refuses one that nests too deep."""
    keys, depth, level = 0, 0, [value]
    while level:
        depth += 1
        below: list[Any] = []
        for part in level:
            if type(part) is dict:
                keys += len(part)
                below += [item for item in part.values() if type(item) in _NESTS]
            elif type(part) is list:
                below += [item for item in part if type(item) in _NESTS]
        level = below
        if depth > DEEPEST:
            raise invalid_request(f"The body nests deeper than {DEEPEST} levels.")
    return keys


def _without_lone_surrogates(body: bytes) -> bytes:
    """Return the body with escaped surrogates that have no partner replaced by U+FFFD."""
    pieces: list[bytes] = []
    end, pending = 0, None
    for match in _ESCAPES.finditer(body):
        unit = int(match[1], 16) if match[1] else 0
        if pending is not None:
            paired = 0xDC00 <= unit <= 0xDFFF and match.start() == pending.end()
            if paired:
                pending = None
                continue
            pieces += (body[end : pending.start()], b"\\ufffd")
            end, pending = pending.end(), None
        if 0xD800 <= unit <= 0xDBFF:
            pending = match
        elif 0xDC00 <= unit <= 0xDFFF:
            pieces += (body[end : match.start()], b"\\ufffd")
            end = match.end()
    if pending is not None:
        pieces += (body[end : pending.start()], b"\\ufffd")
        end = pending.end()
    return b"".join((*pieces, body[end:]))
