"""servers/why: the hub's own tools are explained as the corridor judges them."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from servers.models import Server
from servers.why import facts
from servers.why.asking import ask
from tests import make
from tests.admin_pages import text


@pytest.fixture
def searched(bob: User) -> Server:
    return make.server(
        "data", entries=[make.entry(make.source())], listing="search", visibility="public"
    )


def judged(server: Server, user: User | None) -> Any:
    asked = ask(server=server, kind="tool", name="search_tools", user=user, through=None)
    return facts.case_of(asked).facts


def test_finding_needs_to_read(searched: Server, bob: User) -> None:
    assert judged(searched, bob).required_scope == "mcp:read"


def test_a_rule_about_one_tool_does_not_shut_the_search(searched: Server, bob: User) -> None:
    make.rule(searched, effect="deny", pattern="search_*")
    assert judged(searched, bob).rules == ()
    rule = make.rule(searched, effect="deny")
    assert [each.id for each in judged(searched, bob).rules] == [rule.pk]


def test_the_page_answers_and_says_where_they_come_from(
    searched: Server, bob: User, admin_client: Client
) -> None:
    query = {"user": "bob", "server": "data", "kind": "tool", "name": "search_tools"}
    page = text(admin_client.get("/admin/servers/accessrule/why/", query))
    assert "bob may call search_tools on data" in page and "mcphub is on" in page


def test_of_a_server_that_lists_in_full_it_is_no_tool(
    searched: Server, bob: User, admin_client: Client
) -> None:
    Server.objects.update(listing="full")
    query = {"user": "bob", "server": "data", "kind": "tool", "name": "search_tools"}
    page = text(admin_client.get("/admin/servers/accessrule/why/", query))
    assert "Nothing is called search_tools" in page
