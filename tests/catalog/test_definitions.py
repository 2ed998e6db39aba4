import pytest

from catalog.definitions import canonical, sha256, token_estimate
from catalog.errors import DefinitionRefused, DefinitionTooLarge


def nested(levels: int) -> dict:
    value: dict = {}
    for _ in range(levels - 1):
        value = {"a": value}
    return value


def test_order_and_blanks_do_not_change_the_text() -> None:
    assert canonical({"b": [1, 2], "a": "é"}) == canonical({"a": "é", "b": [1, 2]})
    assert canonical({"b": [1, 2], "a": "é"}) == '{"a":"é","b":[1,2]}'


def test_hash_is_of_the_utf8_text() -> None:
    assert sha256("é") == "4a99557e4033c3539de2eb65472017cad5f9557f7a0625a09f1c3f6e2ba69c4c"


def test_definition_of_the_largest_size_is_taken_and_one_more_byte_refused() -> None:
    room = 256 * 1024 - len('{"a":""}')
    assert canonical({"a": "x" * room})
    with pytest.raises(DefinitionTooLarge, match="bytes"):
        canonical({"a": "x" * (room + 1)})


def test_size_is_counted_in_bytes_not_in_characters() -> None:
    with pytest.raises(DefinitionTooLarge):
        canonical({"a": "é" * 140_000})


def test_definition_of_the_greatest_depth_is_taken_and_one_more_level_refused() -> None:
    assert canonical(nested(32))
    with pytest.raises(DefinitionTooLarge, match="32 levels"):
        canonical(nested(33))


def test_depth_that_would_exhaust_the_stack_is_refused() -> None:
    with pytest.raises(DefinitionTooLarge):
        canonical(nested(100_000))


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "\ud800", object(), b"x"])
def test_what_json_cannot_say_is_refused(value: object) -> None:
    with pytest.raises(DefinitionRefused):
        canonical({"a": value})


def test_token_estimate_is_a_quarter_of_the_characters_rounded_up() -> None:
    assert [token_estimate("x" * length) for length in (0, 1, 4, 5)] == [0, 1, 1, 2]
