"""Bytes of strangers to a JSON object."""

import pytest

from accounts.oauth.json_reading import DEEPEST, UnreadableError, read_object


def test_object_is_read():
    body = '{"a": [1, 2.5, true, null], "b": {"c": "\u00fc \\ud83d\\ude00"}}'.encode()
    assert read_object(body) == {"a": [1, 2.5, True, None], "b": {"c": "\u00fc \U0001f600"}}


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"{} x", "not JSON"),
        (b"\xff\xfe{\x00}\x00", "not JSON"),
        (b'{"a": "\xff"}', "not JSON"),
        (b'\xef\xbb\xbf{"a": 1}', "not JSON"),
        (b'{"a": "\\ud800"}', "not JSON"),
        (b'{"\\udfff": 1}', "not JSON"),
        (b'{"a": "\x01"}', "not JSON"),
        (b"{'a': 1}", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b'{"a":' * 5_000 + b"1" + b"}" * 5_000, "not JSON"),
        (b"[]", "no object"),
        (b'"{}"', "no object"),
        (b"null", "no object"),
        (b'{"a": 1, "a": 2}', "same key twice"),
        (b'{"x": {"a": 1, "\\u0061": 2}}', "same key twice"),
        (b'{"a": NaN}', "out of range"),
        (b'{"a": -Infinity}', "out of range"),
        (b'{"a": 1e999}', "out of range"),
        (b'{"a": ' + b"1" * 5_000 + b"}", "300 digits"),
        (b'{"a":' + b"[" * DEEPEST + b"]" * DEEPEST + b"}", "nests deeper"),
    ],
    ids=range(22),
)
def test_what_two_readers_could_read_differently_is_refused(body, told):
    with pytest.raises(UnreadableError, match=told):
        read_object(body)


def test_nesting_up_to_the_bound_is_read():
    deep = b"[" * (DEEPEST - 1) + b"]" * (DEEPEST - 1)
    assert read_object(b'{"a":' + deep + b"}")
