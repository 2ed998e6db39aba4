"""Survivors held against the list of those that are explained, `explained.toml` beside this file."""

import json
import tomllib
from collections import Counter
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import NamedTuple

LIST = Path(__file__).parent / "explained.toml"


class Change(NamedTuple):
    """What a mutant changes: the file, the dotted name around it, the lines before and after."""

    file: str
    where: str
    before: str
    after: str


class Judged(NamedTuple):
    """What the comparison found: all three are empty when all is well."""

    unexplained: list[Change]
    outdated: list[Change]
    wordless: list[Change]

    @property
    def good(self) -> bool:
        """Whether every survivor is explained and every explained one survives."""
        return not any(self)


def explained(path: Path = LIST) -> list[tuple[Change, str]]:
    """Return the list's changes, each with the sentence that says why it is harmless."""
    entries = tomllib.loads(path.read_text(encoding="utf-8")).get("explained", [])
    return [(Change(*(one[name] for name in Change._fields)), one["why"]) for one in entries]


def judged(
    survivors: Iterable[Change], known: Collection[tuple[Change, str]], seen: Collection[str]
) -> Judged:
    """Compare; `seen` are the files that were looked at, of others nothing is said.

    Two lines that read the same in one place are two changes, and need two entries.
    """
    found, told = Counter(survivors), Counter(change for change, _ in known)
    return Judged(
        [*(found - told).elements()],
        [one for one in (told - found).elements() if one.file in seen],
        [one for one, why in known if not why.strip()],
    )


def entry(change: Change) -> str:
    """Return a change as the list has it, its reason still to be written."""
    pairs = [f"{name} = {_quoted(value)}" for name, value in change._asdict().items()]
    return "\n".join(["[[explained]]", *pairs, 'why = ""', ""])


def _quoted(value: str) -> str:
    """Return a TOML string: as it is, between single quotes, where that can be."""
    plain = "'" not in value and value.isprintable() and '"' in value
    return f"'{value}'" if plain else json.dumps(value, ensure_ascii=False)
