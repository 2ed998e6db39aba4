"""What is kept of arguments and results: nothing secret, and not too much of the rest."""

import base64
import json
from typing import Any

import pytest

from monitoring.recorded.masking import (
    CHARACTERS,
    ITEMS,
    MASK,
    PARSED,
    TEXT,
    TOO_MUCH,
    Given,
    mask_arguments,
    mask_result,
)
from monitoring.recorded.names import Words

SECRET = "correct-horse-battery"


class Hides:
    """Hides these names, and those that the words know."""

    def __init__(self, *names: str, everything: bool = False) -> None:
        self.names, self.everything, self.words = names, everything, Words(["Badge No."])

    def hide(self, name: str) -> bool:
        return name in self.names or self.words.hide(name)


def masked(value: Any, *names: str) -> Any:
    return json.loads(mask_arguments(value, Hides(*names)).text)


def result(value: Any) -> Any:
    return json.loads(mask_result(value, Hides(), Given("")))


@pytest.mark.parametrize(
    "name",
    [
        "password",
        "PassWord",
        "user_passwd",
        "X-Api-Key",
        "apiKey",
        "API KEY",
        "badge-no",
        "BADGE_NO",
    ],
)
def test_named_value_is_masked_at_any_depth(name: str) -> None:
    deep = {"a": [{"b": {name: {"inner": SECRET}, "plain": 1}}]}
    assert masked(deep) == {"a": [{"b": {name: MASK, "plain": 1}}]}


def test_what_the_schema_marks_is_masked() -> None:
    assert masked({"pin": 4711, "city": "Oslo"}, "pin") == {"pin": MASK, "city": "Oslo"}


def test_everything_is_masked_where_the_schema_says_so() -> None:
    given = mask_arguments({"a": SECRET}, Hides(everything=True))
    assert json.loads(given.text) == MASK
    assert SECRET not in mask_result({"text": f"you said {SECRET}"}, Hides(), given)


@pytest.mark.parametrize(
    "said",
    [
        f"logged in with {SECRET}",
        json.dumps({"user": "a", "echo": SECRET}),
        json.dumps({"deep": json.dumps([SECRET])}),
        f"https://api.example.com/?q={SECRET}",
        "x" * (TEXT - 5) + " " + SECRET,
    ],
    ids=["text", "json", "json in json", "address", "at the cut"],
)
def test_hidden_value_is_found_again_elsewhere(said: str) -> None:
    given = mask_arguments({"password": SECRET, "note": said}, Hides())
    kept = given.text + mask_result({"content": [{"type": "text", "text": said}]}, Hides(), given)
    assert SECRET not in kept and SECRET[:5] not in kept


def test_hidden_value_is_found_as_it_is_written_in_json_and_in_addresses() -> None:
    odd = 'quote " and \\ and ü'
    given = mask_arguments({"secret": odd}, Hides())
    for said in (
        json.dumps(odd) + " is no JSON object",
        "?q=quote%20%22%20and%20%5C%20and%20%C3%BC",
    ):
        assert MASK in mask_result({"t": said}, Hides(), given)


def test_hidden_number_and_key_are_found_again() -> None:
    given = mask_arguments({"secret": 123456}, Hides())
    kept = mask_result({"number": 123456, "123456": 1, "text": "no 123456"}, Hides(), given)
    assert "123456" not in kept


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("password: hunter22 and more", f"password: {MASK} and more"),
        ('text: "api_key=hunter22"', f'text: "api_key={MASK}"'),
        ("{'token': 'hunter22', broken", f"{{'token': {MASK}, broken"),
        ("Authorization: Bearer hunter22hunter22", f"Authorization: {MASK}"),
        (
            "https://x.example/?a=1&access_token=hunter22&b=2",
            f"https://x.example/?a=1&access_token={MASK}&b=2",
        ),
        ("postgres://me:hunter22@db/x", f"postgres://{MASK}db/x"),
        ("see bearer hunter22hunter22", f"see {MASK}"),
        ("see Basic aHVudGVyMjI6eA==", f"see {MASK}"),
        ("got mcphub_hunter22hunter22", f"got {MASK}"),
        ("got ghp_hunter22hunter22 now", f"got {MASK} now"),
        ("run --password hunter22 x", f"run {MASK} x"),
        ("curl -u me:hunter22 x", f"curl -u {MASK} x"),
        ("-----BEGIN PRIVATE KEY-----\nhunter22\n-----END PRIVATE KEY-----", MASK),
        ("at 12:30 it rains", "at 12:30 it rains"),
        ("{no json", "{no json"),
    ],
)
def test_plain_text_is_looked_into(said: str, kept: str) -> None:
    assert masked({"t": said})["t"] == kept


def test_json_in_a_text_is_masked_as_json() -> None:
    said = json.dumps({"rows": [{"client_secret": SECRET, "n": 1}]})
    (block,) = result({"content": [{"type": "text", "text": said}]})["content"]
    assert json.loads(block["text"]) == {"rows": [{"client_secret": MASK, "n": 1}]}


def test_json_too_long_to_be_read_is_left_out() -> None:
    said = json.dumps({"a": "x" * PARSED, "password": SECRET})
    assert masked({"t": said})["t"].startswith("[")
    assert SECRET not in json.dumps(masked({"t": said}))


def test_bytes_are_told_by_their_number() -> None:
    data = base64.b64encode(b"\0" * 3_000).decode()
    blocks = [
        {"type": "image", "data": data, "mimeType": "image/png"},
        {"type": "resource", "resource": {"uri": "x:y", "blob": data, "mimeType": "a/b"}},
        {"type": "text", "text": data},
        {"type": "text", "text": f"see data:image/png;base64,{data}"},
    ]
    kept = result({"content": blocks})["content"]
    assert kept[0]["data"] == "[3000 bytes of image/png]"
    assert kept[1]["resource"]["blob"] == "[3000 bytes of a/b]"
    assert kept[2]["text"] == "[4000 characters of base64]"
    assert kept[3]["text"] == "see data:image/png;base64,[3000 bytes]"


@pytest.mark.parametrize(
    "value",
    [
        {"t": "word " * 1_000_000},
        {str(number): "some words" for number in range(4_900)},
        {"rows": [["some words " * 50] * 100] * 45},
        {"k" * 1_000_000: 1},
        {"rows": [[]] * 4_900},
    ],
    ids=["text", "names", "rows", "name", "lists"],
)
def test_what_is_kept_is_bounded(value: Any) -> None:
    assert len(json.dumps(masked(value))) < 3 * CHARACTERS


def test_long_lists_and_texts_say_what_is_missing() -> None:
    kept = masked({"rows": list(range(ITEMS + 7)), "t": "word " * 2_000})
    assert kept["rows"][-1] == "[7 more]"
    assert kept["t"].endswith("... [10000 characters in all]")


def test_where_there_is_too_much_to_look_at_nothing_is_kept() -> None:
    given = mask_arguments({"rows": [0] * 30_000, "password": SECRET}, Hides())
    assert json.loads(given.text) == TOO_MUCH
    assert json.loads(mask_result({"t": SECRET}, Hides(), given)) == TOO_MUCH


def test_any_depth_is_survived() -> None:
    deep: Any = SECRET
    for _ in range(5_000):
        deep = {"a": deep}
    assert json.loads(mask_arguments(deep, Hides()).text) == TOO_MUCH
    assert SECRET not in json.dumps(masked({"t": "[" * 50_000}))


@pytest.mark.parametrize("value",
    [float("nan"), 1 << 20_000, b"x", object(), "\ud800\0", {1 << 20_000: 2}],
    ids=["nan", "number", "bytes", "object", "text", "key"],
)  # fmt: skip
def test_what_json_cannot_hold_is_told(value: Any) -> None:
    assert "x" in masked({"x": value})


@pytest.mark.parametrize(
    "text",
    ["a" * 60_000, "a " * 30_000, "a-" * 30_000, "eyJaaaaaaaa-" * 5_000, "data:" * 12_000, "a=\"\\" * 9_000,
     "-----BEGIN PRIVATE KEY-----" * 2_000, "://a:" * 12_000, "bearer " * 8_000, "--a" * 20_000,
     "-password" * 7_000, "sk-" * 20_000],
    ids=range(12),
)  # fmt: skip
def test_no_text_takes_long(text: str) -> None:
    """Were a pattern quadratic, this would take minutes and the runner would end it."""
    for _ in range(20):
        masked({"t": text, "password": SECRET})
