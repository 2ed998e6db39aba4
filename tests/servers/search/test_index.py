"""index.py: the documents that fit best, of those that may be seen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servers.search import index
from servers.search.index import Index, Visible
from servers.search.words import weighed

TOOLS = {
    "create_invoice": "Create an invoice for a customer.",
    "list_invoices": "List the invoices of a customer, newest first.",
    "delete_customer": "Delete a customer.",
    "search_tickets": "Find tickets; each has an id.",
    "ticket_comments": "Comments on what was reported.",
    "send_mail": "Send a message, for instance with an invoice.",
}
NAMES = [*TOOLS]


def made(tools=TOOLS):
    return Index([weighed([(name, 4.0), (text, 1.0)]) for name, text in tools.items()])


def all_of(number):
    return Visible(b"\1" * number)


def found(query, hidden=(), limit=10):
    seen = Visible(bytes(name not in hidden for name in NAMES))
    return [NAMES[number] for number in made().search(query, seen, limit)]


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("create invoice", "create_invoice"),
        ("I want to create an invoice for somebody", "create_invoice"),
        ("invoices list", "list_invoices"),
        ("remove or delete a customer", "delete_customer"),
        ("searching", "search_tickets"),
        ("mail", "send_mail"),
        ("commenting", "ticket_comments"),
        ("del", "delete_customer"),
        ("deletion", "delete_customer"),
    ],
)
def test_what_fits_best_comes_first(query, first):
    assert found(query)[0] == first


def test_what_does_not_fit_is_not_found():
    assert set(found("invoice")) == {"create_invoice", "list_invoices", "send_mail"}
    assert found("zebra") == found("") == found("?!") == found("ma") == []


def test_word_that_is_there_stands_for_no_other():
    tools = {"log": "Log.", "login": "Login.", "logistics": "Logistics."}
    assert made(tools).search("log", all_of(3), 9) == [0]
    assert made(tools).search("logi", all_of(3), 9) == [1, 2]


def test_number_stands_for_itself():
    tools = {"report 2024": "", "report 20245": ""}
    assert made(tools).search("2024", all_of(2), 9) == [0]
    assert made(tools).search("202", all_of(2), 9) == []


def test_only_so_many_are_found_and_equals_keep_their_order():
    tools = {f"tool {chr(97 + number)}": "Same." for number in range(9)}
    assert made(tools).search("same", all_of(9), 4) == [0, 1, 2, 3]
    assert made(tools).search("same", all_of(9), 0) == []


def test_hidden_is_not_found():
    assert found("invoice", hidden={"create_invoice"}) == ["list_invoices", "send_mail"]
    assert found("create", hidden={"create_invoice"}) == []
    assert found("ticket", hidden={"search_tickets"}) == ["ticket_comments"]


def test_beginning_stands_for_what_may_be_seen():
    tools = {"loga": "", "logb": "", "log": ""}
    assert made(tools).search("log", Visible(b"\1\1\0"), 9) == [0, 1]


def test_frequent_word_matters_only_without_a_rarer_one(monkeypatch):
    monkeypatch.setattr(index, "MOST_MATCHES", 2)
    tools = {"get a1": "", "get b2 rare": "", "get c3": "", "put rare": ""}
    assert made(tools).search("get rare", all_of(4), 9) == [3, 1]
    assert made(tools).search("get", all_of(4), 9) == [0, 2, 1]
    assert made(tools).search("get", Visible(b"\1\0\1\1"), 9) == [0, 2]


def test_only_so_many_words_of_a_query_are_looked_at():
    tools = {f"{letter}{letter}": "" for letter in "abcdefghij"}
    assert made(tools).search(" ".join(tools), all_of(10), 10) == [0, 1, 2, 3, 4, 5, 6, 7]


def test_beginning_stands_for_only_so_many_words():
    tools = {f"tool{chr(97 + a)}{chr(97 + b)}": "" for a in range(9) for b in range(9)}
    assert len(made(tools).search("tool", all_of(81), 81)) == index.MOST_ENDINGS


WORDS = st.sampled_from(
    ["get", "put", "list", "invoice", "invoiced", "user", "users", "ticket", "12", "123", "a"]
)
TEXTS = st.lists(st.tuples(st.lists(WORDS, max_size=6), st.booleans()), max_size=12)
QUERIES = st.lists(
    st.one_of(WORDS, st.sampled_from(["inv", "use", "getting", "invoicing"])), max_size=4
)


@given(TEXTS, QUERIES, st.integers(1, 12))
def test_what_is_hidden_changes_nothing(documents, query, limit):
    """Not what is found, not its order: with hidden documents as if there were none."""
    weights = [weighed([(" ".join(words), 1.0)]) for words, _ in documents]
    seen = [number for number, (_, visible) in enumerate(documents) if visible]
    among = Index(weights).search(
        " ".join(query), Visible(bytes(visible for _, visible in documents)), limit
    )
    alone = Index([weights[number] for number in seen])
    found = alone.search(" ".join(query), all_of(len(seen)), limit)
    assert among == [seen[number] for number in found]
