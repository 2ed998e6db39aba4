"""The manifest: every behaviour has a test on each revision and transport that it applies to."""

import json
import os
import subprocess
import sys

import pytest
from django.conf import settings

from tests.behaviours import BEHAVIOURS, TABLE, TRANSPORTS
from tests.shown import shown_by, unknown_marks

COMMAND = ["-m", "pytest", "--collect-only", "-qq", "-n", "0", "-p", "no:cacheprovider"]


def collected(file):
    """Return what the whole suite shows, however little of it is run now."""
    done = subprocess.run(
        [sys.executable, *COMMAND, "-p", "tests.shown", "--shown-to", str(file)],
        cwd=settings.BASE_DIR,
        env={key: value for key, value in os.environ.items() if not key.startswith("PYTEST")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return json.loads(file.read_text())


def lacking(shown):
    """Return what the tests do not show, one sentence each."""
    wanted = {(row.id, *pair) for row in BEHAVIOURS.values() for pair in row.wanted}
    return [f"no test: {' '.join(each)}" for each in sorted(wanted - shown)]


def test_every_behaviour_is_shown_on_every_revision_and_transport(tmp_path):
    found = collected(tmp_path / "shown.json")
    shown = {tuple(each) for each in found["shown"]}
    assert found["unknown"] == [] and found["tests"] > 1000
    assert lacking(shown) == []


def test_what_is_missing_is_told():
    everything = {(row.id, *pair) for row in BEHAVIOURS.values() for pair in row.wanted}
    assert lacking(everything) == []
    less = everything - {("H5", "2025-06-18", "http"), ("H5", "2024-11-05", "stdio")}
    assert lacking(less) == ["no test: H5 2024-11-05 stdio", "no test: H5 2025-06-18 http"]


def test_rows_are_well_formed():
    assert len(BEHAVIOURS) == TABLE.count(" | ") // 3 == len({r.says for r in BEHAVIOURS.values()})
    for row in BEHAVIOURS.values():
        assert row.says.endswith(".") and row.not_here[-1:] in {"", "."}
        assert row.revisions and set(row.transports) <= set(TRANSPORTS)
        assert row.not_here or row.wanted, f"{row.id} applies to nothing that is served"
        assert row.place.startswith(("docs/", "seps/")) or row.place[:10] >= row.revisions[-1]


class Marked:
    """A test, as far as its marks go."""

    nodeid = "a test"

    def __init__(self, *names, parameters=None, **options):
        self._mark = pytest.mark.behaviour(*names, **options).mark
        if parameters is not None:
            self.callspec = type("Call", (), {"params": parameters})

    def iter_markers(self, name):
        return [self._mark] if name == "behaviour" else []


@pytest.mark.parametrize(
    ("test", "shown"),
    [
        (Marked("E3"), {("E3", "2026-07-28", "http")}),
        (Marked("H9"), {("H9", "2025-06-18", "http"), ("H9", "2025-11-25", "http")}),
        (Marked("H9", revisions=["2025-06-18"]), {("H9", "2025-06-18", "http")}),
        (Marked("H9", parameters={"revision": "2025-11-25"}), {("H9", "2025-11-25", "http")}),
        (Marked("H9", parameters={"revision": "2026-07-28"}), set()),
        (Marked("A5", transport="stdio"), {("A5", "2026-07-28", "stdio")}),
        (Marked("A5", parameters={"transport": "stdio"}), {("A5", "2026-07-28", "stdio")}),
        (Marked("E3", transport="stdio"), set()),
        (Marked("Z9"), set()),
    ],
)
def test_mark_shows_a_behaviour_where_it_applies(test, shown):
    assert set(shown_by(test)) == shown


def test_mark_that_says_nothing_known_is_told():
    assert list(unknown_marks(Marked("Z9", "E3", "H15"))) == ["a test: Z9", "a test: H15"]
    assert list(unknown_marks(Marked("E3", revision="x"))) == ["a test: revision"]
