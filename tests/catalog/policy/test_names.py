import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.policy.names import matches


@pytest.mark.parametrize(
    ("pattern", "name", "fits"),
    [
        ("*", "", True),
        ("*", "anything/at all", True),
        ("add", "add", True),
        ("add", "adder", False),
        ("", "", True),
        ("", "a", False),
        ("add*", "add", True),
        ("*one", "add_one", True),
        ("a*a", "a", False),
        ("a*b*c", "aXbYc", True),
        ("a*b*c", "aXcYb", False),
        ("*ab*ab*", "ab", False),
        ("*ab*b", "ab", False),
        ("[ab]", "a", False),
        ("a?d", "add", False),
        ("a.d", "add", False),
        ("ADD", "add", False),
    ],
)
def test_only_the_star_means_something(pattern: str, name: str, fits: bool) -> None:
    assert matches(pattern, name) is fits


@given(st.text("ab*", max_size=8), st.text("ab", max_size=10))
def test_pattern_fits_as_the_regular_expression_would(pattern: str, name: str) -> None:
    expression = ".*".join(map(re.escape, pattern.split("*")))
    assert matches(pattern, name) is bool(re.fullmatch(expression, name))


def test_many_stars_do_not_explode() -> None:
    """A backtracking matcher would not come back from this."""
    assert not matches("*a" * 60 + "*b", "a" * 500)
