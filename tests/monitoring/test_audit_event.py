import json
from datetime import UTC, datetime
from uuid import UUID

import pytest

from monitoring.audit import row as row_module
from monitoring.audit.event import DATA_LIMIT, FIELDS, UNFIT, Event
from monitoring.audit.row import canonical, clean, microseconds, moment_text, stored

USER = UUID("6f4e0f52-9f0c-4f6c-9d40-0a6ff3a0a001")


def cleaned(**values):
    row = clean(Event(kind="call", action="tools/call", **values), 1_700_000_000.123456)
    at, stem, *own = row
    return dict(zip(FIELDS, (at, *stem.values, *own), strict=True))


def test_time_keeps_its_microseconds():
    at = cleaned()["at"]
    assert at == microseconds(datetime(2023, 11, 14, 22, 13, 20, 123456, tzinfo=UTC))
    assert moment_text(at) == "2023-11-14 22:13:20.123456"
    assert moment_text(1_700_000_000_000_007) == "2023-11-14 22:13:20.000007"


def test_whole_second_is_written_as_django_writes_it():
    moment = datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    assert moment_text(microseconds(moment)) == str(moment.replace(tzinfo=None))


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
    assert cleaned(user=str(USER))["user"] == USER.hex
    with pytest.raises(UNFIT):
        cleaned(user="bob")


@pytest.mark.parametrize("at", [float("nan"), float("inf"), 1e20, -1e20])
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


def test_row_read_back_from_the_database_encodes_like_the_one_that_was_written():
    row = clean(Event(kind="call", action="x", user=USER, entry="é", duration_us=3), 1.5)
    values = list(row.stem.values)
    values[2] = USER
    at = datetime(1970, 1, 1, 0, 0, 1, 500_000, tzinfo=UTC)
    again = stored((at, *values, row.duration_us, row.trace_id, row.data))
    assert canonical("c", 1, again, "k") == canonical("c", 1, row, "k")


# --- what is remembered -----------------------------------------------------------------------


@pytest.fixture
def stems(monkeypatch):
    fresh = {}
    monkeypatch.setattr(row_module, "_stems", fresh)
    return fresh


def test_what_events_share_is_cleaned_once(stems):
    one, two = (clean(Event(kind="call", action="x", trace_id=trace), 1.0) for trace in "ab")
    assert one.stem is two.stem and len(stems) == 1
    assert clean(Event(kind="call", action="x", user=USER), 1.0).stem is not one.stem


def test_what_is_remembered_has_a_bound_in_number_and_in_length(stems, monkeypatch):
    monkeypatch.setattr(row_module, "MOST_STEMS", 3)
    for number in range(10):
        clean(Event(kind="call", action="x", entry=str(number)), 1.0)
        assert len(stems) <= 3
    kept = len(stems)
    clean(Event(kind="call", action="x", entry="y" * 5_000), 1.0)
    assert len(stems) == kept
