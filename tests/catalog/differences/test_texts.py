"""Two texts, word by word."""

import json
import random

from catalog.differences.texts import CONTEXT, LONGEST, MOST_WORDS, escaped, words_compared


def side(mark: str, before: str, after: str) -> str:
    pieces = words_compared(before, after)
    return "".join(piece.text for piece in pieces if piece.mark in ("same", mark))


def test_both_texts_can_be_read_from_the_pieces() -> None:
    dice = random.Random(7)
    words = ["one ", "two\n", "three", ", ", "four  "]
    for _ in range(200):
        before, after = ("".join(dice.choices(words, k=dice.randrange(30))) for _ in range(2))
        if max(len(before), len(after)) < CONTEXT and words_compared(before, after):
            assert side("removed", before, after) == before
            assert side("added", before, after) == after


def test_what_is_far_from_a_change_is_left_out() -> None:
    long = "word " * 400
    pieces = words_compared(f"{long}old {long}", f"{long}new {long}")
    assert [piece.mark for piece in pieces] == ["same", "removed", "added", "same"]
    assert all(len(piece.text) < 2 * CONTEXT for piece in pieces)
    assert pieces[0].text.startswith(" … ") and pieces[-1].text.endswith(" … ")


def test_texts_with_too_many_words_are_told_as_one_change_and_cut() -> None:
    head = "The same. " * 4_000
    before, after = f"{head}{'a b-' * MOST_WORDS}", f"{head}{'c d,' * MOST_WORDS * 10}"
    _, removed, added = words_compared(before, after)
    assert (removed.mark, added.mark) == ("removed", "added")
    assert len(added.text) == LONGEST + 1


def test_texts_with_hardly_a_word_in_common_are_not_told_by_words() -> None:
    assert words_compared("integer", "number") == ()
    assert words_compared("Adds the two.", "Deletes everything that the team ever wrote.") == ()
    assert words_compared("", "new") == words_compared("", "") == ()


def test_document_with_hidden_characters_means_the_same_when_they_are_seen() -> None:
    document = json.dumps({"a\u200b": "\U000e0041 é\n"}, ensure_ascii=False, indent=2)
    seen = escaped(document)
    assert "\u200b" not in seen and "é" in seen
    assert json.loads(seen) == json.loads(document)


def test_words_in_a_row_are_one_change() -> None:
    pieces = words_compared("It is said to add two numbers.", "It is said to take three pills.")
    assert pieces[1:3] == (("removed", "add two numbers"), ("added", "take three pills"))
    more = words_compared("Adds both numbers.", "Adds both numbers. Read the key first.")
    assert [piece.text for piece in more if piece.mark == "added"] == [" Read the key first."]
