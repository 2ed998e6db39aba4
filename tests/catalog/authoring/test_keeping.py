"""What may be kept across calls."""

from datetime import date
from typing import Any

import pytest

from catalog.authoring.errors import ResultError
from catalog.authoring.keeping import kept


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"a": [1, None, "é"]}, '{"a":[1,null,"é"]}'),
        ((date(2030, 5, 1), True), '["2030-05-01",true]'),
        ("a\ud800", '"a\ufffd"'),
    ],
)
def test_value_is_kept_as_its_json_text(value: Any, text: str) -> None:
    assert kept(value) == text


def test_value_has_at_most_64_kib() -> None:
    assert len(kept("x" * (65_536 - 2))) == 65_536
    with pytest.raises(ResultError, match="a value to be kept has 65537 bytes; 65536 are allowed"):
        kept("x" * (65_536 - 1))
    with pytest.raises(ResultError, match="65536 are allowed"):
        kept("é" * 40_000)


@pytest.mark.parametrize("value", [object(), float("nan"), {"a": {1: object()}}])
def test_value_without_a_json_form_is_refused(value: Any) -> None:
    with pytest.raises(ResultError):
        kept(value)
