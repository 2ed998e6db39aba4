"""What `make mutants` makes of the survivors it is given."""

import tomllib

import pytest

from tests import house
from tests.mutants.comparing import Change, Judged, entry, explained, judged
from tests.mutants.reach import reached

FILE = "servers/protocol/reading.py"
BOUND = Change(FILE, "read_json", "if depth > DEEPEST:", "if depth >= DEEPEST:")
TEXT = Change(FILE, "", 'A = "a\'b"', "A = None")


def test_every_survivor_explained_is_good():
    found = judged([BOUND], [(BOUND, "cannot be reached")], {FILE})
    assert found == Judged([], [], []) and found.good


def test_survivor_that_nobody_explained_is_told():
    found = judged([BOUND, TEXT], [(BOUND, "cannot be reached")], {FILE})
    assert found == Judged([TEXT], [], []) and not found.good


def test_two_lines_that_read_the_same_need_two_entries():
    one = [(BOUND, "cannot be reached")]
    assert judged([BOUND, BOUND], one, {FILE}) == Judged([BOUND], [], [])
    assert judged([BOUND], one * 2, {FILE}) == Judged([], [BOUND], [])
    assert judged([BOUND, BOUND], one * 2, {FILE}).good


def test_explained_one_that_is_noticed_by_now_is_told():
    found = judged([], [(BOUND, "cannot be reached")], {FILE})
    assert found == Judged([], [BOUND], []) and not found.good


def test_of_files_that_were_not_looked_at_nothing_is_said():
    assert judged([], [(BOUND, "cannot be reached")], {"servers/protocol/shapes.py"}).good


def test_an_entry_without_a_reason_explains_nothing():
    found = judged([BOUND], [(BOUND, " ")], {FILE})
    assert found == Judged([], [], [BOUND]) and not found.good


@pytest.mark.parametrize("change", [BOUND, TEXT, Change(FILE, "a.b", 'b"\\\\u"', "\t'é\\'")])
def test_printed_entry_is_read_as_the_same_change(change, tmp_path):
    path = tmp_path / "explained.toml"
    path.write_text(entry(change), encoding="utf-8")
    assert explained(path) == [(change, "")]
    assert len(tomllib.loads(entry(change))["explained"]) == 1


def test_every_explained_change_has_its_reason_and_its_line():
    for change, why in explained():
        source = (house.BASE / change.file).read_text(encoding="utf-8")
        assert why.endswith(".") and change.before in " ".join(source.split()), change


def test_tests_that_never_load_a_file_are_not_asked_about_it():
    tests = house.BASE / "tests" / "servers" / "protocol"
    errors = house.BASE / "servers" / "protocol" / "errors.py"
    shapes = house.BASE / "servers" / "protocol" / "shapes.py"
    reading = reached(tests / "test_reading.py", house.BASE)
    assert errors in reading and shapes not in reading
    assert {errors, shapes} <= reached(tests / "test_shapes.py", house.BASE)
    assert house.BASE / "servers" / "__init__.py" in reading
