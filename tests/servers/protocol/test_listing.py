"""listing.py: what a slim list shows of a tool."""

import pytest

from servers.protocol.listing import first_line, slim

WHOLE = {
    "name": "add",
    "title": "Add",
    "description": "Add two numbers.\n\nAt length: ...",
    "inputSchema": {"type": "object"},
    "outputSchema": {"type": "object"},
    "annotations": {"readOnlyHint": True},
    "icons": [],
    "_meta": {"x": 1},
}


def test_slim_keeps_what_is_needed_to_choose_and_to_call():
    assert slim(WHOLE) == {
        "name": "add",
        "title": "Add",
        "description": "Add two numbers.",
        "inputSchema": {"type": "object"},
        "annotations": {"readOnlyHint": True},
    }
    assert slim({"name": "bare"}) == {"name": "bare"}


def test_definition_itself_is_left_as_it_is():
    slim(WHOLE)
    assert WHOLE["description"] == "Add two numbers.\n\nAt length: ..."


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", ""),
        (" \n\t\n", ""),
        ("one", "one"),
        ("\n  one  \ntwo", "one"),
        ("one\r\ntwo", "one"),
    ],
)
def test_first_line_is_the_first_that_says_something(text, line):
    assert first_line(text) == line
