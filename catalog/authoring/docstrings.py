"""What a docstring says: its first paragraph, and a line for each parameter.

Three habits are read: Google (`Args:`), NumPy (`Parameters` underlined) and Sphinx (`:param x:`).
Nothing here fails: a docstring in no known habit has simply no parameters to tell.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_GOOGLE = re.compile(r"(?:Args|Arguments|Parameters|Params):\s*")
_GOOGLE_ITEM = re.compile(r"\*{0,2}(\w+)\s*(?:\([^)]*\))?:\s*(.*)")
_NUMPY_ITEM = re.compile(r"(\w+)(?:\s*:.*)?")
_UNDERLINE = re.compile(r"-{3,}\s*")
_SPHINX_ITEM = re.compile(r":param\s+(?:[^:]*\s)?(\w+):\s*(.*)")
_SECTION = re.compile(
    r"(?:Args|Arguments|Parameters|Params|Returns?|Raises|Yields?|Examples?|Notes?|Attributes):\s*"
    r"|:\w+[^:]*:.*"
)


@dataclass(frozen=True, slots=True)
class Documentation:
    """What was found: the summary, and parameter name to text."""

    summary: str | None = None
    parameters: dict[str, str] = field(default_factory=dict)


def documentation_of(function: object) -> Documentation:
    """Read a function's docstring, because authors write it anyway and models need it."""
    text = inspect.getdoc(function)
    if not text:
        return Documentation()
    lines = text.splitlines()
    items = [*_google(lines), *_numpy(lines), *_sphinx(lines)]
    return Documentation(_summary(lines), {name: text for name, text in items if text})


def _summary(lines: list[str]) -> str | None:
    paragraph: list[str] = []
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        if not line.strip() or _SECTION.fullmatch(line) or _UNDERLINE.fullmatch(following):
            break
        paragraph.append(line.strip())
    return " ".join(paragraph) or None


def _google(lines: list[str]) -> Iterator[tuple[str, str]]:
    for at, line in enumerate(lines):
        if _GOOGLE.fullmatch(line):
            block = inspect.cleandoc("\n" + "\n".join(_indented(lines[at + 1 :])))
            yield from _items(block.splitlines(), _GOOGLE_ITEM)


def _numpy(lines: list[str]) -> Iterator[tuple[str, str]]:
    for at, line in enumerate(lines[:-1]):
        if line.strip() == "Parameters" and _UNDERLINE.fullmatch(lines[at + 1]):
            yield from _items(_until_underlined(lines[at + 2 :]), _NUMPY_ITEM)


def _sphinx(lines: list[str]) -> Iterator[tuple[str, str]]:
    for at, line in enumerate(lines):
        if found := _SPHINX_ITEM.fullmatch(line):
            rest = (more.strip() for more in _indented(lines[at + 1 :]))
            yield found[1], " ".join(filter(None, [found[2], *rest]))


def _indented(lines: list[str]) -> Iterator[str]:
    """Yield the lines of an indented block: it ends where text starts at the margin again."""
    for line in lines:
        if line.strip() and not line.startswith((" ", "\t")):
            return
        yield line


def _until_underlined(lines: list[str]) -> Iterator[str]:
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        if _UNDERLINE.fullmatch(following):
            return
        yield line


def _items(lines: Iterator[str] | list[str], item: re.Pattern[str]) -> Iterator[tuple[str, str]]:
    """Pair each name at the margin with its text and the indented lines below it."""
    name, words = "", list[str]()
    for line in lines:
        if not line.startswith((" ", "\t")) and (found := item.fullmatch(line.rstrip())):
            yield name, " ".join(words)
            name, words = found[1], [part for part in found.groups()[1:] if part]
        elif line.strip():
            words.append(line.strip())
    yield name, " ".join(words)
