"""words.py: a text as the words it is found by."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servers.search.words import (
    LONGEST_TEXT,
    LONGEST_WORD,
    MOST_WORDS,
    asked_for,
    weighed,
    words_of,
)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        ("create_invoice", ["create", "invoice"]),
        ("createInvoice", ["create", "invoice"]),
        ("Create invoices!", ["create", "invoice"]),
        ("getHTTPResponse2", ["get", "http", "response", "2"]),
        ("crm.list-contacts.v2", ["crm", "list", "contact", "v", "2"]),
        ("queries, addresses, status, analysis, bus, gas, ties", None),
        ("Straße ÜBER", ["strasse", "über"]),
        ("ﬁle", ["file"]),
        ("検索ツール", ["検", "索", "ツ", "ー", "ル"]),
        ("a\x00b", ["a", "b"]),
    ],
)
def test_text_is_read_as_words(text, words):
    found = list(words_of(text))
    if words is None:
        words = ["query", "addresse", "status", "analysis", "bus", "gas", "tie"]
    assert found == words


def test_only_so_much_of_a_text_is_read():
    assert len(list(words_of("word " * LONGEST_TEXT))) == LONGEST_TEXT // 5
    assert list(words_of("x" * 100)) == ["x" * LONGEST_WORD]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("How do I create an invoice?", ["create", "invoice"]),
        ("invoice Invoice invoices", ["invoice"]),
        ("what is it", ["what", "is", "it"]),
        ("", []),
    ],
)
def test_query_is_what_it_asks_for(query, words):
    assert asked_for(query) == words


def test_words_weigh_by_where_they_stand():
    assert weighed(
        [("add_number", 4.0), ("Add numbers to the sum of all that there is.", 1.0)]
    ) == {
        "add": 5.0,
        "number": 5.0,
        "sum": 1.0,
    }
    assert weighed([("who_am_i", 4.0)]) == {"who": 4.0, "am": 4.0, "i": 4.0}


def test_document_has_only_so_many_words():
    text = " ".join(f"{chr(97 + a)}{chr(97 + b)}x" for a in range(26) for b in range(26))
    found = weighed([("first", 4.0), (text, 1.0), ("first last", 1.0)])
    assert len(found) == MOST_WORDS and found["first"] == 5.0 and "last" not in found


@given(st.text())
def test_no_text_is_refused(text):
    assert all(0 < len(word) <= LONGEST_WORD for word in words_of(text))
