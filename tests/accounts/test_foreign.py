"""Text from strangers, made fit for a sentence of ours."""

import unicodedata

import pytest

from accounts.foreign import NAME_LENGTH, clean_line


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Claude Code (demo)", "Claude Code (demo)"),
        ("  two \n\t words ", "two words"),
        ("Ada\u202egnp.exe", "Adagnp.exe"),
        ("a\u2066b\u2069c", "abc"),
        ("Cla\u200bu\u200cd\u2060e\ufeff", "Claude"),
        ("soft\u00adhyphen", "softhyphen"),
        ("tag" + "".join(chr(0xE0000 + ord(one)) for one in "ged"), "tag"),
        ("vs\ufe0f\U000e0101", "vs"),
        ("fill\u3164er\u2800", "filler"),
        ("nul\x00esc\x1b[31m", "nulesc[31m"),
        ("line\u2028para\u2029", "line para"),
        ("half\ud800", "half"),
        ("own\ue000", "own"),
        ("caf" + "e\u0301", "caf\u00e9"),
        ("z" + "\u0334" * 50 + "algo", "z\u0334\u0334algo"),
        ("<b>bold</b> & \u201cquoted\u201d", "<b>bold</b> & \u201cquoted\u201d"),
        ("\u0646\u0627\u0645 \u540d\u524d", "\u0646\u0627\u0645 \u540d\u524d"),
        ("\u200b\u202e\x00", ""),
        ("\u0645\u06cc\u200c\u062e", "\u0645\u06cc\u200c\u062e"),
        ("\U0001f469\u200d\U0001f4bb \u2764\ufe0f", "\U0001f469\u200d\U0001f4bb \u2764"),
        ("\u0645\u200d\u200d\u062e", "\u0645\u062e"),
        ("", ""),
    ],
)
def test_name_is_one_line_of_visible_characters(text, shown):
    assert clean_line(text) == shown


def test_what_is_too_long_is_cut_and_says_so():
    assert clean_line("x" * NAME_LENGTH) == "x" * NAME_LENGTH
    assert clean_line("x" * 500) == "x" * (NAME_LENGTH - 1) + "…"
    assert clean_line("x " * 500, 5) == "x x…"
    assert len(clean_line("\ufdfa" * 100_000)) == NAME_LENGTH


@pytest.mark.parametrize("category", ["Cc", "Cf", "Cs", "Co"])
def test_no_character_of_these_kinds_is_left(category):
    every = "".join(
        chr(point) for point in range(0x110000) if unicodedata.category(chr(point)) == category
    )
    for start in range(0, len(every), 4_000):
        assert clean_line(f"a{every[start : start + 3_990]}b").replace(" ", "") == "ab"
