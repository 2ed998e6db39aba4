"""sealing.py: a state that only the hub can read and write, and only where it belongs."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servers.protocol.sealing import (
    LONGEST_STATE,
    NONCE_BYTES,
    State,
    belonging,
    read_state,
    seal,
    unseal,
    write_state,
)

KEY, OLD_KEY, FOREIGN = b"k" * 32, b"o" * 32, b"f" * 32
NONCE = b"n" * NONCE_BYTES
HERE, ELSEWHERE = belonging(["alice", "server", 1]), belonging(["bob", "server", 1])
BODY = b"what is remembered"
STATE = State("call", 2, 10, 20, {"a": "digest"}, {"b": ("digest", {"action": "accept"})})


def sealed(body=BODY, *, bound_to=HERE, nonce=NONCE, key=KEY):
    return seal(body, bound_to=bound_to, nonce=nonce, key=key)


def opened(text, *, bound_to=HERE, keys=(KEY,)):
    return unseal(text, bound_to=bound_to, keys=keys)


def whole(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def texted(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@given(st.binary(max_size=40))
def test_sealed_bytes_are_read_back(body):
    assert opened(sealed(body)) == body


def test_sealed_text_holds_version_key_nonce_and_nothing_to_read():
    data = whole(sealed())
    assert data[:1] == b"\x01" and data[5:17] == NONCE
    assert len(data) == 1 + 4 + 12 + len(BODY) + 16
    assert BODY not in data and KEY not in data
    assert set(sealed()) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


@pytest.mark.parametrize("length", range(5))
def test_sealed_text_has_no_padding(length):
    assert "=" not in sealed(b"x" * length)


def test_state_that_belongs_elsewhere_does_not_open():
    assert opened(sealed(), bound_to=ELSEWHERE) is None
    assert opened(sealed(bound_to=ELSEWHERE)) is None


def test_key_that_was_rotated_still_opens():
    assert opened(sealed(key=OLD_KEY), keys=(KEY, OLD_KEY)) == BODY
    assert opened(sealed(key=OLD_KEY)) is None
    assert opened(sealed(), keys=()) is None


def test_state_sealed_by_another_under_our_key_id_does_not_open():
    ours, theirs = whole(sealed()), whole(sealed(key=FOREIGN))
    assert opened(texted(ours[:5] + theirs[5:])) is None


def test_every_altered_byte_is_noticed():
    good = whole(sealed())
    for place in range(len(good)):
        altered = good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :]
        assert opened(texted(altered)) is None


def test_every_shortened_state_is_refused():
    good = whole(sealed())
    assert [opened(texted(good[:length])) for length in range(len(good))] == [None] * len(good)


@pytest.mark.parametrize("text", ["", "A", "A" * 40, "!", "é", "\ud800", "=", "AAAA====", "."])
def test_what_is_no_sealed_text_is_refused(text):
    assert opened(text) is None


@pytest.mark.parametrize("foreign", ["!", "\n", " ", "+", "/"])
def test_sealed_text_with_a_foreign_character_is_refused(foreign):
    text = sealed()
    assert opened(text[:4] + foreign * 4 + text[4:]) is None


@given(st.text(max_size=80))
def test_any_text_is_refused(text):
    assert opened(text) is None


def test_longest_state_is_read_and_a_longer_one_is_not():
    assert LONGEST_STATE == 262_144
    body = b"x" * (196_608 - 33)
    assert len(sealed(body)) == LONGEST_STATE
    assert opened(sealed(body)) == body
    assert opened(sealed(body + b"x")) is None


def test_each_key_has_a_short_name_of_its_own():
    assert whole(sealed())[1:5] == bytes.fromhex("a004fe56")
    assert whole(sealed(key=OLD_KEY))[1:5] != whole(sealed())[1:5]


# --- what is sealed -------------------------------------------------------------------------------


def test_state_is_read_back():
    assert read_state(write_state(STATE)) == STATE
    assert write_state(STATE) == (
        b'["call",2,10,20,{"a":"digest"},{"b":["digest",{"action":"accept"}]}]'
    )


def test_state_stays_as_it_was_sealed():
    with pytest.raises(AttributeError):
        STATE.round = 3


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b"[]", b"null", b"\xff", b'"\xff"', b'["call",2,10,20,{}]', b"[1,2,3,4,{},{}]"],
)
def test_bytes_that_are_no_state_are_none(body):
    assert read_state(body) is None


def test_what_a_state_belongs_to_is_told_apart():
    parts = [("a", "b"), ("ab",), ("a", "b", None), ("a", ["b"]), ("b", "a")]
    digests = {belonging(each) for each in parts}
    assert len(digests) == len(parts) and {len(each) for each in digests} == {32}
    assert belonging(iter(("a", "b"))) == belonging(["a", "b"])
