"""What definitions tell people, read once."""

import pytest

from catalog import told
from catalog.overlay import Words
from catalog.told import LONGEST, told_by
from tests import make


def definition(body):
    return make.entry(make.source(), body=body).current.definition_id


def tell(body):
    name = definition(body)
    return told_by([name])[name]


@pytest.mark.parametrize(
    ("body", "title", "words", "scope"),
    [
        ({"name": "add"}, "", "", "mcp:write"),
        ({"title": "Add", "description": " Adds.\n\nMore."}, "Add", "Adds.", "mcp:write"),
        ({"annotations": {"title": "Old", "readOnlyHint": True}}, "Old", "", "mcp:read"),
        ({"annotations": {"destructiveHint": True}}, "", "", "mcp:destructive"),
        ({"title": "New", "annotations": {"title": "Old"}}, "New", "", "mcp:write"),
        ({"title": 7, "description": None, "annotations": None}, "7", "", "mcp:write"),
    ],
)
def test_a_definition_tells_title_first_words_and_scope(db, body, title, words, scope):
    seen = tell(body)
    assert (seen.title, seen.words, seen.scope) == (title, words, scope)


def test_only_hints_that_are_true_are_told(db):
    hints = {"readOnlyHint": True, "idempotentHint": False, "openWorldHint": "yes", "mine": True}
    assert tell({"annotations": hints}).hints == {"readOnlyHint"}


def test_curators_words_are_told_instead_and_counted(db):
    seen = tell({"name": "x", "title": "Old", "description": "Old words."})
    assert seen.under(Words()) is seen
    own = seen.under(Words("New title", "New.\nMore of it."))
    assert (own.title, own.words, own.scope) == ("New title", "New.", seen.scope)
    assert seen.under(Words(description="New.")).title == "Old"
    body = {"description": "New.\nMore of it.", "name": "x", "title": "New title"}
    title, description, whole = tell(body).lengths
    assert own.lengths == (title, description, whole - 1)  # a line end is two characters in JSON


def test_the_estimate_is_that_of_the_text(db):
    assert tell({"name": "x" * 37}).tokens == 12


def test_long_texts_are_cut(db):
    seen = tell({"title": "x" * 10_000, "description": "y" * 10_000})
    assert len(seen.title) == len(seen.words) == LONGEST and seen.words.endswith("…")


def test_what_was_read_is_not_read_again(db, django_assert_num_queries):
    names = [definition({"title": f"T{number}"}) for number in range(3)]
    with django_assert_num_queries(1):
        first = told_by(names)
    with django_assert_num_queries(0):
        assert told_by(names) == first
    assert told_by(["0" * 64]) == {}


def test_memory_is_bounded(db, monkeypatch):
    monkeypatch.setattr(told, "MOST_REMEMBERED", 2)
    names = [definition({"title": f"T{number}"}) for number in range(5)]
    assert len(told_by(names)) == 5
    assert len(told._remembered) == 2


def test_many_are_read_by_the_portion(db, monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(told, "AT_ONCE", 2)
    names = [definition({"title": f"T{number}"}) for number in range(5)]
    with django_assert_num_queries(3):
        assert len(told_by(names)) == 5
