"""What the tests show: the behaviours they are marked with, by revision and transport.

`@pytest.mark.behaviour("H5", "J8")` says that a test shows two behaviours of `tests/behaviours.py`.
On which revisions: the test's parameter `revision`, if it has one; else `revisions=[...]` of the
mark; else all that the behaviour is for. On which transports: the parameter `transport`; else
`transport=` of the mark; else "http".

As a plugin (`-p tests.shown --shown-to FILE`) it writes what a collection found as JSON.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.behaviours import BEHAVIOURS

Shown = tuple[str, str, str]
"""A behaviour's id, a revision, a transport."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add where to write to."""
    parser.addoption("--shown-to", help="write the behaviours that the tests show to this file")


def pytest_collection_finish(session: pytest.Session) -> None:
    """Write what was collected."""
    shown = sorted({each for item in session.items for each in shown_by(item)})
    unknown = sorted({each for item in session.items for each in unknown_marks(item)})
    found = {"tests": len(session.items), "shown": shown, "unknown": unknown}
    Path(session.config.getoption("--shown-to")).write_text(json.dumps(found))


def shown_by(item: pytest.Item) -> Iterable[Shown]:
    """Yield what a test shows, each behaviour only where it applies."""
    for mark in item.iter_markers("behaviour"):
        for name in mark.args:
            row = BEHAVIOURS.get(name)
            if row is None:
                continue
            for revision in _revisions(item, mark, row.revisions):
                for transport in _transports(item, mark):
                    if revision in row.revisions and transport in row.transports:
                        yield name, revision, transport


def unknown_marks(item: pytest.Item) -> Iterable[str]:
    """Yield what is wrong with a test's marks."""
    for mark in item.iter_markers("behaviour"):
        wrong = [name for name in mark.args if name not in BEHAVIOURS or BEHAVIOURS[name].not_here]
        wrong += [key for key in mark.kwargs if key not in {"revisions", "transport"}]
        yield from (f"{item.nodeid}: {each}" for each in wrong)


def _revisions(item: pytest.Item, mark: pytest.Mark, all_: tuple[str, ...]) -> Iterable[str]:
    given = _parameters(item).get("revision")
    if given is not None:
        return [getattr(given, "date", given)]
    revisions: Iterable[str] = mark.kwargs.get("revisions", all_)
    return revisions


def _transports(item: pytest.Item, mark: pytest.Mark) -> Iterable[str]:
    given = _parameters(item).get("transport")
    return [given if given is not None else mark.kwargs.get("transport", "http")]


def _parameters(item: pytest.Item) -> dict[str, Any]:
    call = getattr(item, "callspec", None)
    return call.params if call is not None else {}
