"""Text from strangers, made fit for a sentence of ours."""

import pytest

from accounts.foreign import tidied


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Claude Code", "Claude Code"),
        ("  two\n lines\t", "two lines"),
        ("\u202egnp.exe\u202c", "gnp.exe"),
        ("a\u200bb\ufeffc", "a b c"),
        ("\x00\x1b[31mred", "[31mred"),
        ("\u0645\u06cc\u200c\u062e", "\u0645\u06cc\u200c\u062e"),
        ("👩\u200d💻", "👩\u200d💻"),
        ("x" * 10, "x" * 10),
        ("x" * 11, "x" * 9 + "…"),
        ("\u2066" * 500_000, ""),
    ],
)
def test_hidden_characters_and_length_go(text, shown):
    assert tidied(text, 10 if text.startswith("xxx") else 60) == shown
