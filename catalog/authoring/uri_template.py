"""URI templates: `weather://{city}`, and `files://{+path}` or `files://{path*}` for a whole rest.

The part of RFC 6570 that can be matched without guessing. A pattern reads its input once, in
linear time: a variable ends at the character that follows it, a rest stands only at the end.
A matched value is percent-decoded and may hold anything, also `/` or `..`: who opens files with it
must check it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from urllib.parse import unquote_to_bytes

from catalog.authoring.errors import AuthoringError

_PIECE = re.compile(r"\{([^{}]*)\}|([^{}]+)")
_VARIABLE = re.compile(r"(\+?)([A-Za-z_][A-Za-z0-9_]*)(\*?)")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:.*", re.DOTALL)
_SPACE_OR_CONTROL = re.compile(r"[\x00-\x20\x7f]")
_BORDERS = "/?#"  # no plain variable reaches over these
_MOST_VARIABLES = 16
_LONGEST_URI = 4096  # characters


@dataclass(frozen=True, slots=True)
class _Piece:
    """One part of a template: literal text, or a variable (`rest` reaches over slashes)."""

    text: str
    variable: bool = False
    rest: bool = False


@dataclass(frozen=True, slots=True)
class UriTemplate:
    """A template made ready: its text, its variables in order, and the pattern they match by."""

    text: str
    variables: tuple[str, ...]
    pattern: re.Pattern[str]

    @classmethod
    def parse(cls, text: str) -> UriTemplate:
        """Compile a template; AuthoringError when it could be matched in more than one way."""
        pieces = _pieces(text)
        names = tuple(piece.text for piece in pieces if piece.variable)
        _check(text, pieces, names)
        return cls(text, names, re.compile(_pattern(pieces)))

    def match(self, uri: str) -> dict[str, str] | None:
        """Give the decoded variables of a URI, or None when it is not one of this template's."""
        if len(uri) > _LONGEST_URI or not (found := self.pattern.fullmatch(uri)):
            return None
        try:
            values = {name: _decoded(raw) for name, raw in found.groupdict().items()}
        except UnicodeError:
            return None
        return None if any("\0" in value for value in values.values()) else values


def check_uri(uri: str) -> None:
    """Raise AuthoringError unless the text starts with a scheme and holds no blank."""
    if not _SCHEME.fullmatch(uri):
        raise AuthoringError(f"URI {uri!r} needs a scheme, such as weather://cities")
    if _SPACE_OR_CONTROL.search(uri):
        raise AuthoringError(f"URI {uri!r} holds a blank or control character; percent-encode it")


def _decoded(raw: str) -> str:
    return unquote_to_bytes(raw).decode("utf-8")


def _pieces(text: str) -> list[_Piece]:
    pieces = [_piece(found) for found in _PIECE.finditer(text)]
    if sum(len(found[0]) for found in _PIECE.finditer(text)) != len(text):
        raise AuthoringError(f"URI template {text!r} has a brace without its partner")
    return pieces


def _piece(found: re.Match[str]) -> _Piece:
    if found[2] is not None:
        return _Piece(found[2])
    variable = _VARIABLE.fullmatch(found[1])
    if not variable:
        raise AuthoringError(f"URI template: {found[0]} is not {{x}}, {{x*}} or {{+x}}")
    return _Piece(variable[2], variable=True, rest=bool(variable[1] or variable[3]))


def _check(text: str, pieces: list[_Piece], names: tuple[str, ...]) -> None:
    check_uri("" if not pieces or pieces[0].variable else text)
    if len(set(names)) != len(names):
        raise AuthoringError(f"URI template {text!r} names a variable twice")
    if len(names) > _MOST_VARIABLES:
        raise AuthoringError(f"URI template {text!r} has more than {_MOST_VARIABLES} variables")
    if any(piece.rest for piece in pieces[:-1]):
        raise AuthoringError(f"URI template {text!r}: a path rest can only stand at the end")
    if any(one.variable and two.variable for one, two in pairwise(pieces)):
        raise AuthoringError(f"URI template {text!r}: put a character between two variables")


def _pattern(pieces: list[_Piece]) -> str:
    followers = [*pieces[1:], _Piece("")]
    return "".join(
        _variable(piece, follower.text, _shares_segment(pieces[at + 1 :]))
        if piece.variable
        else re.escape(piece.text)
        for at, (piece, follower) in enumerate(zip(pieces, followers, strict=True))
    )


def _shares_segment(later: list[_Piece]) -> bool:
    """Tell whether another variable follows before the next `/`, `?` or `#`."""
    for piece in later:
        if piece.variable:
            return True
        if any(border in piece.text for border in _BORDERS):
            return False
    return False


def _variable(piece: _Piece, following: str, shared: bool) -> str:
    """Write one variable's group.

    Two variables in one segment would be tried in every split; so the first of them stops at the
    character that follows it and never gives back (`++`).
    """
    if piece.rest:
        return rf"(?P<{piece.text}>[^?#\x00-\x20]+)"
    if shared:
        return rf"(?P<{piece.text}>[^{_BORDERS}{re.escape(following[0])}\x00-\x20]++)"
    return rf"(?P<{piece.text}>[^{_BORDERS}\x00-\x20]+)"
