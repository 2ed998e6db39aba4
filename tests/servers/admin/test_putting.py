"""Chosen tools are put on a server: which, under which names, and what stands in the way."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from accounts.models import User
from catalog.models import Entry
from servers.models import Server
from tests import make
from tests.admin_pages import changes, text


@pytest.fixture
def page(alice: User, client: Client) -> Client:
    client.force_login(alice)
    return client


@pytest.fixture
def rows(db: None) -> list[Entry]:
    """Three tools, two of one name."""
    one, two = make.source("one"), make.source("two")
    return [make.entry(one, "add"), make.entry(one, "subtract"), make.entry(two, "add")]


def address() -> str:
    return reverse("admin:servers_server_put")


def put(client: Client, server: Server | None, *entries: Entry, **said: str) -> Any:
    order = {"entry": [row.pk for row in entries], "server": server.pk if server else "", **said}
    return client.post(address(), order)


def names_on(server: Server) -> list[str]:
    return [row.exposed_name for row in server.entries.order_by("position")]


def test_page_offers_every_server_and_names_what_was_chosen(
    page: Client, rows: list[Entry]
) -> None:
    make.server("one", title="<b>One</b>"), make.server("two")
    html = text(page.get(address(), {"entry": [row.pk for row in rows]}))
    assert "&lt;b&gt;One&lt;/b&gt; (/mcp/one)" in html and "(/mcp/two)" in html
    assert html.count('name="entry"') == 3 and "Tool of two" in html


def test_chosen_tools_are_put_behind_what_is_there(page: Client, rows: list[Entry]) -> None:
    server = make.server("calc", entries=[make.entry(rows[0].source, "first")])
    answer = put(page, server, rows[0], rows[1])
    assert answer["Location"] == reverse("admin:servers_server_contents", args=[server.pk])
    assert names_on(server) == ["first", "add", "subtract"]
    assert len(changes("server.entry.publish")) == 2


def test_names_that_are_taken_are_told_and_nothing_is_done(page: Client, rows: list[Entry]) -> None:
    server = make.server("calc", entries=[rows[0]])
    answer = put(page, server, rows[1], rows[2])
    assert answer.status_code == 422
    assert "The tool name add is taken on this server." in text(answer)
    assert "Nothing was done: 1 needs another name there." in text(answer)
    assert names_on(server) == ["add"] and changes() == []
    put(page, server, rows[1], rows[2], **{f"name-{rows[2].pk}": "plus"})
    assert names_on(server) == ["add", "subtract", "plus"]


def test_two_of_one_name_are_told_before_either_is_put(page: Client, rows: list[Entry]) -> None:
    server = make.server("calc")
    answer = put(page, server, rows[0], rows[2])
    assert text(answer).count("Several of these would be called add.") == 2
    assert names_on(server) == []


def test_a_name_that_no_client_could_use_is_told(page: Client, rows: list[Entry]) -> None:
    server = make.server("calc")
    answer = put(page, server, rows[0], **{f"name-{rows[0].pk}": "ä b"})
    assert answer.status_code == 422 and "must be 1 to 128 letters" in text(answer)
    assert 'value="ä b"' in text(answer)


def test_what_is_there_already_stays_as_it_is(page: Client, rows: list[Entry]) -> None:
    server = make.server("calc", entries=[rows[0]])
    server.entries.update(exposed_name="plus")
    put(page, server, rows[0], rows[1])
    assert names_on(server) == ["plus", "subtract"]
    html = text(page.get(reverse("admin:servers_server_change", args=[server.pk])))
    assert "1 put on Calc; 1 were there already." in html


def test_a_resource_that_has_no_definition_is_told(page: Client, rows: list[Entry]) -> None:
    row = make.entry(rows[0].source, "file", Entry.Kind.RESOURCE)
    Entry.objects.filter(pk=row.pk).update(current=None)
    answer = put(page, make.server("calc"), row)
    assert "has no approved definition, and so no address" in text(answer)


@pytest.mark.parametrize("server", ["", "9" * 30, "-1", "x", "12345"])
def test_without_a_server_nothing_is_done(page: Client, rows: list[Entry], server: str) -> None:
    make.server("calc")
    answer = page.post(address(), {"entry": [rows[0].pk], "server": server})
    assert "Choose a server." in text(answer)
    assert changes() == []


@pytest.mark.parametrize("entry", [[], ["x"], ["9" * 30], ["12345"]])
def test_with_nothing_chosen_the_page_says_what_to_do(page: Client, entry: list[str]) -> None:
    server = make.server("calc")
    assert "Nothing was chosen." in text(page.get(address(), {"entry": entry}))
    answer = page.post(address(), {"entry": entry, "server": server.pk})
    assert "Nothing was chosen." in text(answer)


def test_without_any_server_the_page_leads_to_publishing_one(
    page: Client, rows: list[Entry]
) -> None:
    html = text(page.get(address(), {"entry": rows[0].pk}))
    assert reverse("admin:servers_server_add") in html


@pytest.mark.parametrize(
    ("codenames", "status"),
    [
        ([], 403),
        (["change_server"], 403),
        (["change_entry", "view_server"], 403),
        (["view_entry", "change_server"], 200),
    ],
)
def test_it_is_for_who_may_change_servers_and_see_tools(
    client: Client, rows: list[Entry], codenames: list[str], status: int
) -> None:
    server = make.server("calc")
    person = make.user("staff", is_staff=True)
    person.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    client.force_login(person)
    assert client.get(address(), {"entry": rows[0].pk}).status_code == status
    done = put(client, server, rows[0])
    assert done.status_code == (302 if status == 200 else 403)
    assert server.entries.exists() == (status == 200)
