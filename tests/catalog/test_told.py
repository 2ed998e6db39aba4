"""What definitions tell people, read once."""

import pytest

from catalog import told
from catalog.told import LONGEST, tools_told
from tests import make


@pytest.fixture(autouse=True)
def forgotten():
    """Begin with nothing remembered."""
    told._remembered.clear()


def definition(body):
    return make.entry(make.source(), body=body).current.definition_id


def tell(body):
    name = definition(body)
    return tools_told([name])[name]


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
    assert tell(body) == told.Told(title, words, scope)


def test_long_texts_are_cut(db):
    seen = tell({"title": "x" * 10_000, "description": "y" * 10_000})
    assert len(seen.title) == len(seen.words) == LONGEST and seen.words.endswith("…")


def test_what_was_read_is_not_read_again(db, django_assert_num_queries):
    names = [definition({"title": f"T{number}"}) for number in range(3)]
    with django_assert_num_queries(1):
        first = tools_told(names)
    with django_assert_num_queries(0):
        assert tools_told(names) == first
    assert tools_told(["0" * 64]) == {}


def test_memory_is_bounded(db, monkeypatch):
    monkeypatch.setattr(told, "MOST_REMEMBERED", 2)
    names = [definition({"title": f"T{number}"}) for number in range(5)]
    assert len(tools_told(names)) == 5
    assert len(told._remembered) == 2


def test_many_are_read_by_the_portion(db, monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(told, "AT_ONCE", 2)
    names = [definition({"title": f"T{number}"}) for number in range(5)]
    with django_assert_num_queries(3):
        assert len(tools_told(names)) == 5
