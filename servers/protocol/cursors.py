"""Opaque list cursors that survive a change of the catalog.

A cursor names the place after the last entry given, by that entry's order and name, so entries
that come or go move nothing. Source: server/utilities/pagination (an invalid cursor is -32602).
"""

import base64
import binascii
from typing import Any

import msgspec

from servers.protocol.errors import invalid_params

LONGEST_CURSOR = 2048
Place = tuple[int, str]
_decoder = msgspec.json.Decoder(tuple[int, str])


def make_cursor(place: Place) -> str:
    """Return the cursor for the entries after `place`."""
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).decode()


def read_cursor(params: dict[str, Any]) -> Place | None:
    """Return the place a request continues after, or None for the first page."""
    if "cursor" not in params:
        return None
    cursor = params["cursor"]
    if not isinstance(cursor, str) or len(cursor) > LONGEST_CURSOR:
        raise invalid_params("Invalid cursor")
    try:
        return _decoder.decode(base64.b64decode(cursor, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise invalid_params("Invalid cursor") from error
