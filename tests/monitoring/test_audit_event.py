import json
from datetime import UTC, datetime
from uuid import UUID

import pytest

from monitoring.audit.event import DATA_LIMIT, FIELDS, UNFIT, Event, canonical, clean, microseconds

USER = UUID("6f4e0f52-9f0c-4f6c-9d40-0a6ff3a0a001")


def cleaned(**values):
    row = clean(Event(kind="call", action="tools/call", **values), 1_700_000_000.123456)
    return dict(zip(FIELDS, row, strict=True))


def test_time_keeps_its_microseconds():
    at = cleaned()["at"]
    assert at == datetime(2023, 11, 14, 22, 13, 20, 123456, tzinfo=UTC)
    assert microseconds(at) == 1_700_000_000_123_456


def test_nul_and_lone_surrogates_are_taken_out():
    assert cleaned(detail="a\0b\ud800c\udfffd é 🙂")["detail"] == "abcd é 🙂"


@pytest.mark.parametrize(
    ("name", "limit"), [("entry", 256), ("detail", 512), ("verdict", 8), ("trace_id", 32)]
)
def test_text_is_cut_at_its_bound(name, limit):
    assert len(cleaned(**{name: "x" * 5000})[name]) == limit


def test_data_over_its_bound_stays_json_and_says_that_it_is_cut():
    data = cleaned(data=json.dumps({"a": "é🙂" * DATA_LIMIT}))["data"]
    assert len(data.encode()) <= DATA_LIMIT
    assert json.loads(data)["cut"] is True


def test_data_within_its_bound_in_bytes_is_kept():
    text = json.dumps({"a": "é" * 8000}, ensure_ascii=False)
    assert cleaned(data=text)["data"] == text


def test_duration_beyond_a_bigint_is_held_at_the_end_of_it():
    assert cleaned(duration_us=10**30)["duration_us"] == 2**63 - 1


def test_user_may_be_text_but_must_be_a_uuid():
    assert cleaned(user=str(USER))["user"] == USER
    with pytest.raises(UNFIT):
        cleaned(user="bob")


@pytest.mark.parametrize("at", [float("nan"), 1e20, -1e20])
def test_a_time_that_is_none_is_refused(at):
    with pytest.raises(UNFIT):
        clean(Event(kind="call", action="x"), at)


def test_text_moved_from_one_field_to_the_next_encodes_differently():
    one = clean(Event(kind="call", action="x", reason="ab", detail="c"), 1.0)
    two = clean(Event(kind="call", action="x", reason="a", detail="bc"), 1.0)
    assert canonical("c", 1, one, "k") != canonical("c", 1, two, "k")


@pytest.mark.parametrize("name", [name for name in FIELDS if name not in ("at", "duration_us")])
def test_every_field_is_part_of_the_encoding(name):
    plain = clean(Event(kind="call", action="x"), 1.0)
    value = USER if name == "user" else "other"
    other = clean(Event(**{"kind": "call", "action": "x", name: value}), 1.0)
    assert canonical("c", 1, plain, "k") != canonical("c", 1, other, "k")


def test_place_and_key_and_time_and_duration_are_part_of_the_encoding():
    row = clean(Event(kind="call", action="x", duration_us=1), 1.0)
    others = [
        canonical("d", 1, row, "k"),
        canonical("c", 2, row, "k"),
        canonical("c", 1, row, "l"),
        canonical("c", 1, clean(Event(kind="call", action="x", duration_us=1), 2.0), "k"),
        canonical("c", 1, clean(Event(kind="call", action="x", duration_us=2), 1.0), "k"),
    ]
    assert canonical("c", 1, row, "k") not in others
