"""Header values of 2026-07-28: visible ASCII, or the base64 form of anything else.

Source: 2026-07-28 basic/transports/streamable-http (Value Encoding), SEP-2243.
"""

import base64
import binascii
import re
from collections.abc import Mapping

LONGEST_HEADER = 8192
Headers = Mapping[bytes, bytes]
_SENTINEL = re.compile(r"=\?base64\?(.*)\?=\Z", re.DOTALL)
_UNSAFE = re.compile(rb"[^\x20-\x7e\t]")


def header_text(headers: Headers, name: bytes) -> str | None:
    """Return a header's value of visible ASCII without surrounding blanks, or None.

    None stands for one that is missing, empty, too long or has other characters.
    """
    value = headers.get(name)
    if value is None or len(value) > LONGEST_HEADER:
        return None
    value = value.strip(b" \t")
    return None if not value or _UNSAFE.search(value) else value.decode("ascii")


def decoded(value: str) -> str | None:
    """Return a value out of its base64 form if it has that form; None if that is malformed."""
    match = _SENTINEL.match(value)
    if match is None:
        return value
    try:
        return base64.b64decode(match[1], validate=True).decode()
    except (binascii.Error, ValueError):
        return None
