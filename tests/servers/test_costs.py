"""What a server's list of tools costs a model."""

import json

import pytest

from catalog.definitions import token_estimate
from servers import costs
from servers.costs import SEARCH_COST, costs_of, list_cost, spending
from tests import make


@pytest.fixture(autouse=True)
def nothing_known():
    costs._known.clear()


@pytest.fixture
def entry(demo):
    """A tool with much to say."""
    body = {"name": "find", "description": "Finds it.\nFor models: " + "x" * 400}
    return make.entry(demo, "find", body={**body, "inputSchema": {"type": "object"}})


def test_list_cost_sums_the_tools(demo, django_assert_num_queries):
    make.entry(demo, "subtract")
    make.entry(demo, "off", enabled=False)
    server = make.server(entries=demo.entries.all())
    bodies = [
        entry.current.definition.body
        for entry in demo.entries.filter(kind="tool", enabled=True).select_related(
            "current__definition"
        )
    ]
    with django_assert_num_queries(2):
        assert list_cost(server) == sum(token_estimate(body) for body in bodies) > 0


def test_slim_list_shows_the_first_line_and_what_a_tool_takes(entry):
    server = make.server(entries=[entry])
    schema = {"type": "object"}
    slim = {"name": "find", "description": "Finds it.", "inputSchema": schema}
    cost = token_estimate(json.dumps(slim, separators=(",", ":")))
    assert list_cost(server, "slim") == cost < list_cost(server, "full") / 5
    assert list_cost(server, "search") == SEARCH_COST


def test_server_costs_what_its_way_of_listing_does(entry):
    rows = [make.server(entries=[entry], listing=way) for way in ("full", "slim", "search")]
    found = costs_of([*rows, make.server()])
    assert [found[row.pk] for row in rows] == [list_cost(rows[0], row.listing) for row in rows]
    assert list(found.values())[-1] == 0


def test_words_of_a_curator_are_counted_instead_of_the_sources(entry):
    server = make.server(entries=[entry])
    before = list_cost(server, "full"), list_cost(server, "slim")
    entry.own_description = "Short."
    entry.save()
    assert list_cost(server, "full") < before[0]
    assert list_cost(server, "slim") < before[1]


def test_texts_are_read_once(entry, django_assert_num_queries):
    server = make.server(entries=[entry])
    with django_assert_num_queries(2):
        list_cost(server, "slim")
    with django_assert_num_queries(1):
        list_cost(server, "slim")


def test_dearest_tools_come_first_and_cheaper_ways_are_named(demo, entry):
    server = make.server(entries=[*demo.entries.all()], token_budget=20)
    spent = spending(server, most=1)
    assert [tool.name for tool in spent.dearest] == ["find"]
    assert spent.over == spent.cost - 20 > 0
    assert [name.partition(":")[0] for name, _ in spent.cheaper] == ["Slim"]


def test_without_a_budget_nothing_is_over_it(entry):
    assert spending(make.server(entries=[entry])).over == 0
