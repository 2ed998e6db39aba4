"""The body of a token or revocation request -> its parameters, strictly and within bounds.

Read from the stream, so that no more than the bound is taken whatever Content-Length says. What has
no value counts as not sent (RFC 6749 section 3.2); what is sent twice is refused.
"""

import re
from collections import Counter
from urllib.parse import parse_qsl

from django.http import HttpRequest

from accounts.oauth import refusals
from accounts.oauth.refusals import TokenRefused

LARGEST = 16 * 1024
MOST_FIELDS = 40
FORM = "application/x-www-form-urlencoded"
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")

Parameters = dict[str, str]


def read_parameters(request: HttpRequest) -> Parameters:
    """Return the parameters of a form; raises TokenRefused with what is wrong with it."""
    if request.META.get("QUERY_STRING"):
        raise TokenRefused(refusals.IN_QUERY)
    if request.content_type != FORM:
        raise TokenRefused(refusals.NOT_A_FORM)
    pairs = [(name, value) for name, value in _pairs(_body(request)) if value]
    names = Counter(name for name, _ in pairs)
    if names["resource"] > 1:
        raise TokenRefused(refusals.TWO_TARGETS)
    if len(names) < len(pairs):
        raise TokenRefused(refusals.REPEATED)
    return dict(pairs)


def _body(request: HttpRequest) -> bytes:
    """Return the body, of which one byte too many is read at most."""
    body: bytes = request.read(LARGEST + 1)
    if len(body) > LARGEST:
        raise TokenRefused(refusals.TOO_LARGE)
    return body


def _pairs(body: bytes) -> list[tuple[str, str]]:
    """Return names and values; RFC 6749 knows no control characters in any of them."""
    try:
        pairs = parse_qsl(
            body.decode(), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS
        )
    except ValueError as error:
        raise TokenRefused(refusals.BAD_REQUEST) from error
    if any(_CONTROL.search(part) for pair in pairs for part in pair):
        raise TokenRefused(refusals.BAD_REQUEST)
    return pairs
