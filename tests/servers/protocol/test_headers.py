"""headers.py: a header's text, and the base64 form (2026-07-28, Value Encoding)."""

import pytest

from servers.protocol.headers import LONGEST_HEADER, decoded, header_text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (b"a", "a"),
        (b" a\t", "a"),
        (b"a b", "a b"),
        (b"a\tb", "a\tb"),
        (b"~!", "~!"),
        (b"", None),
        (b" \t", None),
        (b"\x7f", None),
        (b"\x00", None),
        (b"a\nb", None),
        ("é".encode(), None),
        (b"a" * LONGEST_HEADER, "a" * LONGEST_HEADER),
        (b"a" * (LONGEST_HEADER + 1), None),
    ],
)
def test_text_is_visible_ascii_without_surrounding_blanks(value, text):
    assert header_text({b"x": value}, b"x") == text


def test_missing_header_has_no_text():
    assert header_text({b"y": b"a"}, b"x") is None


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("plain", "plain"),
        ("=?base64?YQ==?=", "a"),
        ("=?base64??=", ""),
        ("=?base64?5LiW?=", "世"),
        ("=?base64?YQ?=", None),
        ("=?base64?Y\nQ==?=", None),
        ("=?base64?Y!==?=", None),
        ("=?base64?/w==?=", None),
        ("=?base64?YW-k?=", None),
        ("=?base64?YQ==", "=?base64?YQ=="),
        ("=?BASE64?YQ==?=", "=?BASE64?YQ==?="),
        (" =?base64?YQ==?=", " =?base64?YQ==?="),
        ("=?base64?YQ==?= ", "=?base64?YQ==?= "),
    ],
)
def test_base64_form_is_decoded_and_nothing_else(value, text):
    assert decoded(value) == text
