"""reading.py: what two parsers could read differently, or one at great cost, is refused."""

import json
import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servers.protocol.errors import ProtocolError
from servers.protocol.reading import DEEPEST, MOST_DIGITS, read_json

MEBIBYTE = 1024 * 1024
FOUR = 4 * MEBIBYTE


def refused(body: bytes) -> int:
    with pytest.raises(ProtocolError) as told:
        read_json(body)
    assert told.value.status == 400
    return told.value.code


def test_json_is_read():
    assert read_json(b' {"a":[1,-2.5,true,null,"x"],"b":{}} ') == {
        "a": [1, -2.5, True, None, "x"],
        "b": {},
    }


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"{",
        b"nul",
        b"{'a':1}",
        b'{"a":1,}',
        b"[1,]",
        b"1 2",
        b'"\x00"',
        b'"\n"',
        b'{"a":NaN}',
        b"NaN",
        b"Infinity",
        b"-Infinity",
        b"[-Infinity]",
        b"01",
        b"+1",
        b"1.",
        b'"\\x41"',
        b'"\\u12"',
        b'"\\ud800\\u"',
        b"\xef\xbb\xbf{}",
        b'{"a" 1}',
        b"{1:2}",
        b'{"a":1}\x00',
        b"//c\n{}",
        b'"' + b"\\u" * 9,
    ],
)
def test_what_is_no_json_is_refused(body):
    assert refused(body) == -32700


@pytest.mark.parametrize(
    "body",
    [
        b'"\xff"',
        b'"\xc3"',
        b'"\xed\xa0\x80"',
        b'"\xc0\xaf"',
        b'{"\xff":1}',
        b"\xff\xfe{\x00}\x00",
        '{"a":1}'.encode("utf-16"),
        '"é"'.encode("latin-1"),
    ],
    ids=["ff", "cut", "surrogate", "overlong", "key", "utf-16", "utf-16-le", "latin-1"],
)
def test_what_is_not_utf_8_is_refused(body):
    assert refused(body) == -32700


@pytest.mark.parametrize(
    "body",
    [
        b'{"a":1,"a":1}',
        b'{"a":1,"\\u0061":2}',
        b'{"\\/":1,"/":2}',
        b'{"x":{"b":{},"c":[],"b":[]}}',
        b'[{"a":1},{"a":1,"b":2,"a":3}]',
        b'{"a:":1,"a:":2}',
        b'{"":1,"":2}',
        b'{"\\ud83d\\ude00":1,"\xf0\x9f\x98\x80":2}',
        b'{"\\ud800":1,"\\udc00":2}',
        b'{"a" :1, "a"\n:2}',
        b'{"\\"":1,"\\u0022":2}',
    ],
)
def test_the_same_key_twice_is_refused(body):
    assert refused(body) == -32600


@pytest.mark.parametrize(
    "body", [b'{"a":":","b":"\\":\\""}', b'{"a:b":{"c::":":::"}}', b'[{"a":1},{"a":1}]', b'":"']
)
def test_colons_in_text_are_no_keys(body):
    assert read_json(body) == json.loads(body)


def nested(depth: int, opening: bytes = b"[", closing: bytes = b"]", heart: bytes = b"") -> bytes:
    return opening * depth + heart + closing * depth


@pytest.mark.parametrize(
    ("opening", "closing", "heart"), [(b"[", b"]", b""), (b'{"a":', b"}", b"1")]
)
def test_nesting_is_bounded(opening, closing, heart):
    read_json(nested(DEEPEST, opening, closing, heart))
    assert refused(nested(DEEPEST + 1, opening, closing, heart)) == -32600


@pytest.mark.parametrize(
    ("opening", "closing", "heart"),
    [(b"[", b"]", b""), (b'{"a":', b"}", b"1"), (b'[{"a":1},', b"]", b"[]")],
)
def test_nesting_is_bounded_where_white_space_or_width_hides_it(opening, closing, heart):
    inner = DEEPEST - 1 if heart == b"[]" else DEEPEST
    read_json(b" " + nested(inner, opening, closing, heart))
    assert refused(b" " + nested(inner + 1, opening, closing, heart)) == -32600


@pytest.mark.parametrize(
    "body",
    [
        b' [[{"a":1}],[1],{"b":[{"c":2}]},{"d":3}]',
        b' {"a":[{"b":1}],"c":[2],"d":{"e":{"f":3}},"g":{"h":4}}',
    ],
)
def test_keys_are_counted_in_every_branch(body):
    assert read_json(body) == json.loads(body)


def test_brackets_in_text_do_not_nest():
    assert read_json(b'"' + b"[{" * 500 + b'"') == "[{" * 500


@pytest.mark.parametrize("form", ["%s", "-%s", "[%s]", "%s.5", "0.%s", "1e%s", '{"a":%s}'])
def test_digits_are_bounded(form):
    assert refused((form % ("1" * (MOST_DIGITS + 1))).encode()) == -32600


def test_the_longest_number_is_read():
    assert read_json(b"1" * MOST_DIGITS) == int("1" * MOST_DIGITS)


def test_five_thousand_digits_are_no_fault_of_the_hub():
    assert refused(b'{"jsonrpc":"2.0","id":' + b"9" * 5000 + b"}") == -32600


def test_digits_after_an_escaped_line_end_are_text():
    assert refused(b'"\\\n' + b"7" * 5000 + b'"') == -32700


def test_digits_in_text_are_text():
    assert read_json(b'"' + b"7" * 5000 + b'"') == "7" * 5000


@pytest.mark.parametrize("number", [b"1e400", b"-1e999", b"1e-400", b"1E+309"])
def test_number_beyond_floats_is_refused_or_finite(number):
    try:
        assert math.isfinite(read_json(number))
    except ProtocolError as error:
        assert error.code in {-32700, -32600}


@pytest.mark.parametrize(
    ("escaped", "read"),
    [
        (r'"\ud800"', "\ufffd"),
        (r'"\udc00"', "\ufffd"),
        (r'"\udc00\ud800"', "\ufffd\ufffd"),
        (r'"\ud83d\ude00"', "\U0001f600"),
        (r'"\uD83D\uDE00"', "\U0001f600"),
        (r'"\ud800\ud83d\ude00"', "\ufffd\U0001f600"),
        (r'"\ud83d\ude00\ude00"', "\U0001f600\ufffd"),
        (r'"\ud800x\udc00"', "\ufffdx\ufffd"),
        (r'"\\ud800"', r"\ud800"),
        (r'"\\\ud800"', "\\\ufffd"),
        (r'"\ud800\n"', "\ufffd\n"),
        (r'"\ud800\u0041"', "\ufffdA"),
        (r'"\u00e9"', "é"),
        (r'"\uD800"', "\ufffd"),
        (r'"\ud800\udc00"', "\U00010000"),
        (r'"\udbff\udfff"', "\U0010ffff"),
        (r'"\ud7ff\udbff\ue000"', "\ud7ff\ufffd\ue000"),
        (r'"\udc00\udc00"', "\ufffd\ufffd"),
        (r'"\udfff\udfff"', "\ufffd\ufffd"),
        (r'"\udc00x\ud800y\n"', "\ufffdx\ufffdy\n"),
    ],
)
def test_lone_surrogates_become_replacement_characters(escaped, read):
    assert read_json(escaped.encode()) == read


def test_lone_surrogates_in_keys_are_replaced_too():
    assert read_json(rb'{"\ud800":{"\udfff":1}}') == {"\ufffd": {"\ufffd": 1}}


@pytest.mark.parametrize(
    "body",
    [
        b"[" * FOUR,
        b'{"a":' * (FOUR // 5),
        b'"' + b"\\" * (FOUR - 1),
        b'"' + b"\\ud800" * (FOUR // 6) + b'"',
        b'"' + b"\\ud83d" * (FOUR // 6),
        b"1" * FOUR,
        b'["' + b"1" * FOUR + b'","' + b"\\\\" * 9 + b'",' + b"2" * 400 + b"]",
        b'"' * FOUR,
        b":" * FOUR,
        b'{"' + b":" * FOUR + b'":1}',
        b"[" + b'{"a":1},' * (FOUR // 8) + b"{}]",
        b"{" + b",".join(b'"%x":1' % n for n in range(FOUR // 12)) + b"}",
        b"[" + b"[]," * (FOUR // 3) + b"[]]",
        b" " * FOUR,
        b"\xff" * FOUR,
        b"-" * FOUR,
        b"[" + b"1e309," * (FOUR // 6) + b"1]",
    ],
    ids=lambda body: re.sub(rb"[^ -~]", b".", body[:12]).decode(),
)
def test_four_hostile_mebibytes_come_to_an_end(body):
    try:
        read_json(body)
    except ProtocolError as error:
        assert error.status == 400


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=6), inner)
    ),
    max_leaves=12,
)


@given(values, st.booleans())
def test_every_json_value_is_read_as_it_was_written(value, ascii_only):
    assert read_json(json.dumps(value, ensure_ascii=ascii_only).encode()) == value


@given(st.binary(max_size=60))
def test_bytes_are_read_or_refused(body):
    try:
        read_json(body)
    except ProtocolError as error:
        assert error.code in {-32700, -32600}


@given(st.lists(st.sampled_from('{}[]":,\\u0d8c1a \n'), max_size=40).map("".join))
def test_what_looks_like_json_is_read_as_the_standard_library_does(text):
    try:
        read = read_json(text.encode())
    except ProtocolError:
        return
    assert json.dumps(read) == re.sub(r"\\ud[89a-f][0-9a-f]{2}", r"\\ufffd", _plain(text))


def _plain(text: str) -> str:
    return json.dumps(json.loads(text))


HOSTILE = {
    "unclosed string of escaped quotes": b'"' + b'\\"' * 1_000_000 + b"9" * 400,
    "closed strings without end": b'"' * 4_000_000,
    "string that ends in a backslash": b'"' + b"\\" * 2_000_001 + b"9" * 400,
    "quotes and numbers by turns": (b'"' + b"9" * 310) * 12_000,
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE.keys())
def test_body_that_is_no_json_costs_no_more_than_its_length(body):
    """Hangs for minutes if a pattern ever reads the same bytes twice."""
    with pytest.raises(ProtocolError) as told:
        read_json(body)
    assert told.value.status == 400


def test_many_long_numbers_are_looked_at_once_each():
    body = b"[" + (b"9" * MOST_DIGITS + b",") * 13_900 + b"1]"
    assert len(read_json(body)) == 13_901


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        (b"1" * 301, -32600, "A number has more than 300 digits."),
        (nested(65), -32600, "The body nests deeper than 64 levels."),
        (nested(9_000), -32600, "The body nests deeper than 64 levels."),
        (b'{"a":1,"a":1}', -32600, "An object has the same key twice."),
        (b"[1,]", -32700, "The body is not JSON: JSON is malformed: trailing comma in array"),
    ],
    ids=["digits", "nesting", "deep nesting", "keys", "comma"],
)
def test_refusal_says_what_is_wrong(body, code, message):
    with pytest.raises(ProtocolError) as told:
        read_json(body)
    assert (told.value.code, told.value.status) == (code, 400)
    assert told.value.message.startswith(message) and told.value.data is None


def test_bounds_are_those_of_the_documentation():
    assert (DEEPEST, MOST_DIGITS) == (64, 300)


def test_number_out_of_range_is_told_in_words():
    with pytest.raises(ProtocolError) as told:
        read_json(b"1e999")
    assert told.value.message == "The body is not JSON: a number is out of range"


def test_colons_in_strings_are_no_keys():
    assert read_json(b'{"a:b": "c:d:e", "f": [":"]}') == {"a:b": "c:d:e", "f": [":"]}
