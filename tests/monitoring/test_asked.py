from uuid import UUID

import pytest

from monitoring import asked

ID = "0b5f585e-115e-4a13-8e4a-06231fdcba98"


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("7", 7),
        ("007", 7),
        ("9" * 18, 10**18 - 1),
        ("9" * 19, None),
        ("9" * 5_000, None),
        ("", None),
        ("-1", None),
        ("1.0", None),
        ("٣", None),
        ("1\0", None),
    ],
)
def test_a_key_is_a_number_that_fits_every_database(text: str, key: int | None) -> None:
    assert asked.key(text) == key


def test_words_are_short_and_without_what_postgresql_does_not_take() -> None:
    assert asked.words(" a\0b ") == "ab"
    assert asked.words("a" * 200) == "a" * 128
    assert asked.words("a" * 200, 3) == "aaa"


@pytest.mark.parametrize("text", ["", "x", ID[:-1], f"{ID}0", "\0"])
def test_what_spells_no_id_is_none(text: str) -> None:
    assert asked.uuid_of(text) is None


def test_an_id_may_be_spelt_in_other_ways() -> None:
    assert asked.uuid_of(ID) == asked.uuid_of(ID.replace("-", "").upper()) == UUID(ID)
