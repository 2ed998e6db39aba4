"""The ledger as its readers see it: which work began, and which came to its end, whatever the hub says."""

import json
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

from tests.drill.parts import alive


class Line(NamedTuple):
    """One line."""

    key: str
    what: str
    pid: int
    at: float


def read(path: Path) -> list[Line]:
    """Return all lines; fails on one that is cut, as each is written at once."""
    text = path.read_text() if path.exists() else ""
    return [Line(**json.loads(line)) for line in text.splitlines()]


def running(path: Path) -> list[Line]:
    """Return the beginnings of what runs now."""
    begun: dict[tuple[str, int], Line] = {}
    for line in read(path):
        if line.what == "start":
            begun[line.key, line.pid] = line
        else:
            begun.pop((line.key, line.pid), None)
    return [line for line in begun.values() if alive(line.pid)]


def starts(lines: list[Line]) -> dict[str, list[Line]]:
    """Return the beginnings of each key."""
    found: defaultdict[str, list[Line]] = defaultdict(list)
    for line in lines:
        if line.what == "start":
            found[line.key].append(line)
    return found


def ended(lines: list[Line]) -> set[tuple[str, int]]:
    """Return what came to its end: key and process."""
    return {(line.key, line.pid) for line in lines if line.what == "end"}
