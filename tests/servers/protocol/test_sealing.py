"""sealing.py: what clients carry for the hub, and can neither read nor change."""

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
NONCE, BOUND = b"n" * 12, b"b" * 32
STATE = State("call", 3, 1_800_000_000, {"name": "d1"}, {"colour": ("d2", {"a": [1, "é", None]})})


def sealed(body=b"body", *, bound_to=BOUND, nonce=NONCE, key=KEY):
    return seal(body, bound_to=bound_to, nonce=nonce, key=key)


def opened(text, *, bound_to=BOUND, keys=(KEY,)):
    return unseal(text, bound_to=bound_to, keys=keys)


def raw(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def text_of(whole):
    return base64.urlsafe_b64encode(whole).rstrip(b"=").decode()


def test_sealed_text_is_known_to_the_letter():
    assert NONCE_BYTES == 12
    assert sealed() == "AaAE_lZubm5ubm5ubm5ubm76VIPJDPiKcnw2Q879AKE_qIKPtA"
    assert raw(sealed())[0] == 1 and raw(sealed())[5:17] == NONCE


@given(st.binary(max_size=200))
def test_what_was_sealed_opens_and_cannot_be_read(body):
    text = sealed(body)
    assert opened(text) == body
    assert text.isascii() and not set(text) - set(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    )
    assert len(body) < 5 or body not in raw(text)


def test_what_was_sealed_opens_whatever_its_text_ends_in():
    texts = {sealed(b"%06d" % number): b"%06d" % number for number in range(500)}
    assert {text[-1] for text in texts} >= set("AXaz09-_")
    assert [text for text, body in texts.items() if opened(text) != body] == []


def test_what_was_sealed_elsewhere_does_not_open():
    assert opened(sealed(), bound_to=b"c" * 32) is None
    assert opened(sealed(key=FOREIGN)) is None
    assert opened(sealed(), keys=()) is None


def test_older_key_still_opens():
    assert opened(sealed(key=OLD_KEY), keys=(KEY, OLD_KEY)) == b"body"
    assert opened(sealed(key=KEY), keys=(OLD_KEY, KEY)) == b"body"


def test_same_body_is_sealed_otherwise_each_time():
    assert sealed(nonce=b"m" * 12) != sealed()


@pytest.mark.behaviour("N4")
def test_every_bit_counts():
    whole = raw(sealed())
    for place in range(len(whole)):
        for bit in range(8):
            altered = bytearray(whole)
            altered[place] ^= 1 << bit
            assert opened(text_of(bytes(altered))) is None


@pytest.mark.behaviour("N4")
def test_every_length_counts():
    whole = raw(sealed())
    for length in range(len(whole)):
        assert opened(text_of(whole[:length])) is None
    assert opened(text_of(whole + b"\0")) is None


@pytest.mark.parametrize(
    "alter",
    [
        lambda text: text + "=",
        lambda text: text + "==",
        lambda text: text + "\n",
        lambda text: " " + text,
        lambda text: text[:9] + "." + text[9:],
        lambda text: text[:9] + "é" + text[9:],
        lambda text: text.replace("-", "+").replace("_", "/"),
        lambda text: text[:-1] + chr(ord(text[-1]) + 1),  # the same bytes, written otherwise
    ],
)
def test_text_is_read_in_one_form_only(alter):
    nonce = b"\xfb\xff\xbf" * 4
    text = sealed(b"12345", nonce=nonce)
    assert "-" in text and "_" in text and len(text) % 4 == 3
    assert opened(text) == b"12345" and opened(alter(text)) is None


def test_text_has_a_longest_length():
    assert LONGEST_STATE == 262_144
    overhead = 1 + 4 + 12 + 16
    fits = LONGEST_STATE // 4 * 3 - overhead
    assert len(sealed(b"x" * fits)) == LONGEST_STATE
    assert opened(sealed(b"x" * fits)) == b"x" * fits
    assert opened(sealed(b"x" * (fits + 1))) is None


def test_state_is_read_as_it_was_written():
    written = write_state(STATE)
    body = '["call",3,1800000000,{"name":"d1"},{"colour":["d2",{"a":[1,"é",null]}]},""]'
    assert written == body.encode() and read_state(written) == STATE


def test_state_stays_as_it_was_sealed():
    with pytest.raises(AttributeError):
        STATE.round = 4


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        b"{}",
        b"[]",
        b'["call",3,1,{}]',
        b'["call","3",1,{},{}]',
        b'["call",3,1,{"a":1},{}]',
        b'["call",3,1,{},{"a":["d"]}]',
        b'"name"',
        b'["call",3,1,{},{}',
        b'["\xff",3,1,{},{}]',
    ],
)
def test_what_is_no_state_is_none(body):
    assert read_state(body) is None


def test_what_a_state_belongs_to_is_told_apart():
    parts = ["user", "client", "server", "tool", "greet", {"a": 1, "b": [1, 2]}, "sha"]
    digests = {belonging(parts), belonging(parts[:-1]), belonging([*parts, ""])}
    for place in range(len(parts)):
        digests.add(belonging([*parts[:place], "other", *parts[place + 1 :]]))
    digests.add(belonging([*parts[:5], {"a": 1, "b": [2, 1]}, "sha"]))
    digests.add(belonging(["user", "clientserver", "", *parts[3:]]))
    assert len(digests) == 3 + len(parts) + 2 and {len(each) for each in digests} == {32}


def test_order_of_names_does_not_count():
    one, other = {"a": {"c": 1, "d": 2}, "b": 3}, {"b": 3, "a": {"d": 2, "c": 1}}
    assert belonging([one]) == belonging([other])
