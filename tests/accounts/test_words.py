"""words.py."""

from accounts.scopes import SCOPES
from accounts.words import words_of


def test_scopes_are_told_in_order_and_unknown_ones_left_out():
    words = words_of(["mcp:prompts", "openid", "mcp:read"])
    assert [word.title for word in words] == ["Read", "Prompts"]
    assert words[1].detail == "fetch prompts"


def test_nothing_of_the_words_is_lost():
    assert [str(word) for word in words_of(SCOPES)] == list(SCOPES.values())
