"""The query of an authorization request, read strictly."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.oauth.parameters import (
    LONGEST,
    LONGEST_QUERY,
    MOST_PARAMETERS,
    QueryTooLong,
    read_query,
    write_query,
)


def test_what_is_written_is_read():
    said = {"client_id": "a&b=c", "state": "ü + %", "scope": "mcp:read mcp:write", "resource": ""}
    read = read_query(write_query(said))
    assert {name: read.text(name) for name in said} == said
    assert "resource" not in read.values


def test_unknown_parameters_are_ignored_however_often():
    read = read_query("prompt=none&prompt=login&approval_prompt=auto&state=s")
    assert set(read.values) == {"state"} and not read.doubled("prompt")


@pytest.mark.parametrize("name", LONGEST)
def test_a_parameter_given_twice_is_told_apart_from_an_absent_one(name):
    read = read_query(f"{name}=a&{name}=b")
    assert read.doubled(name) and read.text(name) == ""
    assert not read_query("").doubled(name)


def test_a_parameter_without_value_is_absent():
    assert read_query("state=&state&scope=").values == {}
    assert read_query("state=&state=s").text("state") == "s"


@pytest.mark.parametrize("value", ["%ff", "%00", "a%0Ab", "%C2%85", "%ED%A0%80", "%7f"])
def test_what_is_no_text_is_unreadable_not_absent(value):
    read = read_query(f"state={value}")
    assert read.unreadable == {"state"} and read.text("state") == ""


@pytest.mark.parametrize("name", [name for name, most in LONGEST.items() if most < LONGEST_QUERY])
def test_a_parameter_has_a_longest_value(name):
    most = LONGEST[name]
    assert read_query(f"{name}={'x' * most}").text(name) == "x" * most
    assert read_query(f"{name}={'x' * (most + 1)}").unreadable == {name}


def test_names_are_decoded_too_and_unreadable_ones_ignored():
    read = read_query("st%61te=s&%ff=x")
    assert read.text("state") == "s" and not read.unreadable


@pytest.mark.parametrize(
    "query", ["x" * (LONGEST_QUERY + 1), "&" * MOST_PARAMETERS, "a=1&" * 40_000]
)
def test_a_query_nobody_needs_is_not_looked_at(query):
    with pytest.raises(QueryTooLong):
        read_query(query)


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(query):
    read = read_query(query)
    assert set(read.values) <= set(LONGEST)
