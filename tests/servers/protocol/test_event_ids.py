"""Ids of events: read as they were made, and proven to be of their session and kind."""

import pytest

from servers.protocol.event_ids import Heard, Kind, Point, is_name, make_name, read_event_id

KEY, OLD = b"k" * 32, b"o" * 32
SEED = bytes(range(8))
NAME = make_name(Kind.ANSWER, "one", seed=SEED, key=KEY)


@pytest.mark.parametrize(
    "place",
    [
        Point(NAME, 0),
        Point(NAME, 999_999_999),
        Point(NAME, 7, Heard(0, (0, 0, 0))),
        Point(NAME, 7, Heard(2**32 - 1, (1, 2**32 - 1, 3))),
    ],
)
def test_id_is_read_as_it_was_made(place):
    text = place.event_id().decode()
    assert read_event_id(text) == place and len(text) <= 75
    assert place.kind is (Kind.OWN if place.heard else Kind.ANSWER)


def test_name_is_of_its_session_and_kind_alone_under_any_key_in_use():
    assert is_name(NAME, Kind.ANSWER, "one", [KEY]) and is_name(
        NAME, Kind.ANSWER, "one", [OLD, KEY]
    )
    assert not is_name(NAME, Kind.OWN, "one", [KEY])
    assert not is_name(NAME, Kind.ANSWER, "two", [KEY])
    assert not is_name(NAME, Kind.ANSWER, "one", [OLD])


@pytest.mark.parametrize("at", range(32))
def test_name_that_was_altered_is_none(at):
    other = "0" if NAME[at] != "0" else "1"
    assert not is_name(NAME[:at] + other + NAME[at + 1 :], Kind.ANSWER, "one", [KEY])


@pytest.mark.parametrize(
    "text",
    [
        *("", "-", NAME, f"{NAME}-", f"{NAME}-x", f"{NAME}--1", f"{NAME}-1-", f"{NAME}-1-{NAME}0"),
        *(f"{NAME}-1-{NAME[1:]}", f"{NAME}-0000000001", f"{NAME.upper()}-1", f"{NAME}-1\n"),
        *(f" {NAME}-1", f"{NAME}-\N{SUPERSCRIPT TWO}", f"{NAME[1:]}-1", f"{NAME}-1-{NAME}-1"),
        "9" * 100_000,
    ],
)
def test_what_has_not_the_form_is_none(text):
    assert read_event_id(text) is None
