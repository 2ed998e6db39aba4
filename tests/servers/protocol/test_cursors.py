"""cursors.py: a place in a list, told in a way that survives its change."""

import base64
from bisect import bisect_right

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servers.protocol.cursors import LONGEST_CURSOR, make_cursor, read_cursor
from servers.protocol.errors import ProtocolError


def refused(cursor) -> tuple[int, int]:
    with pytest.raises(ProtocolError) as told:
        read_cursor({"cursor": cursor})
    assert told.value.message == "Invalid cursor"
    return told.value.code, told.value.status


def test_first_page_has_no_cursor():
    assert read_cursor({}) is None


@given(st.integers(0, 2**31), st.text(st.characters(exclude_categories=["Cs"]), max_size=128))
def test_cursor_is_read_back(position, name):
    assert read_cursor({"cursor": make_cursor((position, name))}) == (position, name)


def test_cursor_of_the_longest_name_is_read_back():
    name = "\x01" * 200
    assert read_cursor({"cursor": make_cursor((0, name))}) == (0, name)


def test_cursor_of_the_longest_length_is_read():
    name = "a" * 1530
    assert len(make_cursor((0, name))) == LONGEST_CURSOR == 2048
    assert read_cursor({"cursor": make_cursor((0, name))}) == (0, name)


@pytest.mark.parametrize("foreign", ["!", " ", "\n", "+", "/"])
def test_cursor_with_a_foreign_character_is_refused(foreign):
    good = make_cursor((1, "add"))
    assert refused(good[:4] + foreign * 4 + good[4:]) == (-32602, 200)


@pytest.mark.parametrize(
    "cursor",
    [
        None,
        1,
        [],
        {},
        "",
        "x",
        "!!!",
        "é",
        "\ud800",
        "A" * (LONGEST_CURSOR + 1),
        "AAAA",
        "====",
        *(
            base64.urlsafe_b64encode(text).decode()
            for text in (
                b"{}",
                b"[]",
                b"[1]",
                b'["a",1]',
                b'[1,"a",2]',
                b"null",
                b'[1,"\xff"]',
                b"[" * 900,
                b'[1.5,"a"]',
                b'[1,"\\ud800"]',
            )
        ),
    ],
)
def test_bad_cursor_is_an_invalid_parameter(cursor):
    assert refused(cursor) == (-32602, 200)


@given(st.text(max_size=60))
def test_any_text_is_a_cursor_or_refused(cursor):
    try:
        place = read_cursor({"cursor": cursor})
    except ProtocolError as error:
        assert error.code == -32602
    else:
        assert isinstance(place[0], int) and isinstance(place[1], str)


def after(places, cursor):
    return places[bisect_right(places, read_cursor({"cursor": cursor})) :]


def test_list_goes_on_where_it_was_when_entries_come_and_go():
    cursor = make_cursor((1, "m"))
    assert after([(0, "a"), (1, "m"), (1, "z"), (2, "b")], cursor) == [(1, "z"), (2, "b")]
    assert after([(1, "z"), (2, "b")], cursor) == [(1, "z"), (2, "b")]
    grown = [(0, "a"), (0, "new"), (1, "m"), (1, "n"), (1, "z"), (2, "b")]
    assert after(grown, cursor) == [(1, "n"), (1, "z"), (2, "b")]
