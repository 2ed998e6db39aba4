"""dialogue/drawers.py, kept/values.py: what tools keep between calls."""

from datetime import UTC, datetime, timedelta

import pytest

from servers.kept import expiry, values
from servers.models import KeptValue, ServerEntry
from tests import gates, make
from tests.hub import REVISIONS, published

pytestmark = pytest.mark.behaviour("A15", revisions=["2026-07-28"])


def keep(talks, key="k", value="v", **more):
    """Keep something; return the answer."""
    return talks.call("keep", {"key": key, "value": value, **more})


def kept(talks, handle, key="k", **more):
    """Return what is kept."""
    return talks.call("kept", {"key": key, "handle": handle}, **more).text


def shared(talks, bob):
    """Return a server for bob's team, with the same tools."""
    source = ServerEntry.objects.filter(exposed_name="greet").first().entry.source
    server = published("shared", source, team=bob.teams.get())
    talks.hub.refresh()
    return server


@pytest.mark.parametrize("revision", REVISIONS)
def test_what_was_kept_is_there_in_the_next_call(talks, revision):
    handle = talks.call("keep", {"key": "k", "value": "v"}, revision=revision).text
    assert kept(talks, handle, revision=revision) == "v"
    assert kept(talks, handle, "another", revision=revision) == "nothing"
    assert keep(talks, value="w", handle=handle).text == handle
    assert kept(talks, handle) == "w"
    assert talks.call("forget", {"key": "k", "handle": handle}).text == "forgotten"
    assert talks.call("forget", {"key": "k", "handle": handle}).text == "forgotten"
    assert kept(talks, handle) == "nothing"


@pytest.mark.behaviour("N23", revisions=["2025-11-25"])
def test_handle_opens_what_its_user_kept_and_nobody_elses(talks, bob, charlie):
    server = shared(talks, bob)
    make.member(bob.teams.get(), charlie)
    talks.slug, talks.token = "shared", make.token(bob, server)
    chosen, made = keep(talks, handle="basket").text, keep(talks).text
    assert chosen == "basket"
    talks.token = make.token(charlie, server)
    assert kept(talks, chosen) == kept(talks, made) == "nothing"
    assert talks.call("forget", {"key": "k", "handle": made}).text == "forgotten"
    keep(talks, value="charlie's", handle="basket")
    talks.token = make.token(bob, server)  # another client, another session: the same user
    assert kept(talks, chosen) == kept(talks, made) == "v"
    session = talks.session("2025-11-25")
    assert kept(talks, made, session=session) == "v"


def test_handle_opens_nothing_on_another_server(talks, bob):
    source = ServerEntry.objects.filter(exposed_name="greet").first().entry.source
    published("other", source)
    talks.hub.refresh()
    handle = keep(talks).text
    talks.slug = "other"
    answer = talks.call("kept", {"key": "k", "handle": handle})
    assert answer.result["isError"] and answer.text == "This handle is unknown."


@pytest.mark.parametrize(
    "handle", ["basket", "a.b", "é.é", ".", "", "x" * 129, "a b", "a\0b", "\ud800", "é" * 128]
)
def test_nobody_opens_a_handle_that_was_not_made_here(talks, handle):
    answer = talks.call("kept", {"key": "k", "handle": handle})
    told = {"This handle is unknown.", "A handle has 1 to 128 visible characters."}
    assert answer.result["isError"] and answer.text in told


def test_handle_that_was_altered_opens_nothing(talks):
    handle = keep(talks).text
    assert len(handle) == 61 and handle.isascii()
    for place in range(0, len(handle), 5):
        other = "0" if handle[place] != "0" else "1"
        altered = handle[:place] + other + handle[place + 1 :]
        answer = talks.call("kept", {"key": "k", "handle": altered})
        assert answer.text == "This handle is unknown."


def test_handles_are_not_alike(talks):
    assert len({keep(talks).text for _ in range(20)}) == 20


@pytest.mark.parametrize("key", ["é", "k" * 128, "日本 語", "'; --"])
@pytest.mark.parametrize("value", ["", "a\0b", "é\u2028", "\ud800", "x" * 65_000])
def test_keys_and_values_are_any_text(talks, key, value):
    handle = keep(talks, key, value).text
    assert kept(talks, handle, key) == value.replace("\ud800", "\ufffd")


@pytest.mark.parametrize("key", ["", "a\0b", "k" * 129, "a\nb", "\u202e"])
def test_keys_that_cannot_be_seen_are_the_authors_fault(talks, key, caplog):
    assert "internal error" in keep(talks, key).text
    assert "a key has 1 to 128 printable characters" in caplog.text


def test_value_that_is_too_large_is_refused(talks):
    answer = keep(talks, value="x" * 65_536)
    assert answer.result["isError"] and not KeptValue.objects.exists()
    assert answer.text == "keep: a value to be kept has 65538 bytes; 65536 are allowed"


def test_value_is_gone_when_its_time_is_over(talks):
    handle = keep(talks).text
    row = KeptValue.objects.get()
    left = row.expires_at - datetime.now(UTC)
    assert timedelta(seconds=50) < left <= timedelta(seconds=60)
    KeptValue.objects.update(expires_at=datetime.now(UTC) - timedelta(seconds=1))
    assert kept(talks, handle) == "nothing"
    assert expiry.sweep() == 1 and not KeptValue.objects.exists()


def test_what_lasts_is_not_swept(talks):
    keep(talks)
    assert expiry.sweep() == 0 and KeptValue.objects.exists()


FULL = "No more can be kept; delete what is not needed any more."


def test_so_much_is_kept_under_a_handle_and_no_more(talks, monkeypatch):
    monkeypatch.setattr(values, "MOST_UNDER_HANDLE", 2)
    handle = keep(talks, "a").text
    keep(talks, "b", handle=handle)
    assert keep(talks, "c", handle=handle).text == FULL
    assert keep(talks, "b", "new", handle=handle).text == handle
    assert keep(talks, "c").text != FULL
    KeptValue.objects.filter(key="a").update(expires_at=datetime.now(UTC))
    assert keep(talks, "c", handle=handle).text == handle


def test_so_much_is_kept_for_a_user_and_no_more(talks, bob, charlie, monkeypatch):
    monkeypatch.setattr(values, "MOST_VALUES", 2)
    server = shared(talks, bob)
    make.member(bob.teams.get(), charlie)
    talks.slug, talks.token = "shared", make.token(bob, server)
    keep(talks), keep(talks)
    assert keep(talks).text == FULL and keep(talks).result["isError"]
    talks.token = make.token(charlie, server)
    assert keep(talks).text != FULL


def test_bounds_are_as_documented():
    assert (values.MOST_UNDER_HANDLE, values.MOST_VALUES) == (100, 1_000)


def test_ttl_is_the_last_one_given(talks):
    handle = keep(talks).text
    gates.told["ttl"] = 3_600.0
    keep(talks, handle=handle)
    assert KeptValue.objects.get().expires_at > datetime.now(UTC) + timedelta(seconds=3_000)
