"""The query of an authorization request, read strictly (RFC 6749 sections 3.1 and 4.1.1). Pure.

Promises: a text of bounded length per parameter, without control characters, from valid UTF-8; a
parameter without a value counts as absent; what was given twice, too long or unreadable is told apart
from what is absent. Refuses a query that is too long to look at. Parameters the hub does not know are
ignored, as the RFC demands.
"""

import re
from dataclasses import dataclass, field
from urllib.parse import unquote, urlencode

LONGEST_QUERY = 8_000
"""Characters: what fits, quoted once more as the log-in page's `next`, into the line daphne reads."""
MOST_PARAMETERS = 64
LONGEST: dict[str, int] = {
    "client_id": 255,
    "redirect_uri": 2_000,
    "response_type": 100,
    "response_mode": 100,
    "state": 2_000,
    "scope": 1_000,
    "resource": 2_000,
    "code_challenge": 128,
    "code_challenge_method": 20,
    "request": LONGEST_QUERY,
    "request_uri": LONGEST_QUERY,
}
"""What the hub reads of a request, and how long each may be."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


class QueryTooLong(ValueError):
    """The query is longer, or has more parameters, than any request needs."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """What a request said: each known parameter's values, and the names of those that are unreadable."""

    values: dict[str, tuple[str, ...]] = field(default_factory=dict)
    unreadable: frozenset[str] = frozenset()

    def text(self, name: str) -> str:
        """Return a parameter's value, or the empty text for one that is absent or unusable."""
        values = self.values.get(name, ())
        return values[0] if len(values) == 1 and name not in self.unreadable else ""

    def doubled(self, name: str) -> bool:
        """Tell whether a parameter was given more than once."""
        return len(self.values.get(name, ())) > 1


def read_query(query: str) -> Parameters:
    """Return what a query says. Raises QueryTooLong."""
    pairs = query.split("&")
    if len(query) > LONGEST_QUERY or len(pairs) > MOST_PARAMETERS:
        raise QueryTooLong
    values: dict[str, list[str]] = {}
    unreadable = set()
    for name, value in map(_decoded, pairs):
        if name in LONGEST and value != "":
            values.setdefault(name, []).append(value or "")
            if value is None or len(value) > LONGEST[name]:
                unreadable.add(name)
    return Parameters({name: tuple(found) for name, found in values.items()}, frozenset(unreadable))


def write_query(said: dict[str, str]) -> str:
    """Return the query that says this, leaving out what is empty."""
    return urlencode({name: value for name, value in said.items() if value})


def _decoded(pair: str) -> tuple[str | None, str | None]:
    """Return name and value, each None where its bytes are no text."""
    name, _, value = pair.partition("=")
    return _text(name), _text(value)


def _text(quoted: str) -> str | None:
    """Decode application/x-www-form-urlencoded; None for what is no UTF-8 or holds control characters."""
    try:
        text = unquote(quoted.replace("+", " "), errors="strict")
    except UnicodeDecodeError:
        return None
    return None if _CONTROL.search(text) else text
