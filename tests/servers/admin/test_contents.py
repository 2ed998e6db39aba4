"""What is on a server, in the admin: found, renamed, moved, withdrawn."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from servers import services
from servers.contents import A_PAGE
from servers.models import Server, ServerEntry
from tests import make
from tests.admin_pages import area, changes, text

INPUT = re.compile(r"<input[^>]*>")


@pytest.fixture
def page(alice: User, client: Client) -> Client:
    client.force_login(alice)
    return client


@pytest.fixture
def demo(db: None) -> Server:
    """A server with the tools "add", "echo", "sum" and a prompt."""
    source = make.source("calc")
    entries = [make.entry(source, name) for name in ("add", "echo", "sum")]
    return make.server("demo", entries=[*entries, make.entry(source, "greet", "prompt")])


def row(server: Server, name: str) -> ServerEntry:
    return server.entries.get(exposed_name=name)


def names(server: Server, kind: str = "tool") -> list[str]:
    rows = server.entries.filter(kind=kind).order_by("position", "exposed_name")
    return list(rows.values_list("exposed_name", flat=True))


def submitted(html: str) -> dict[str, Any]:
    """What a browser would send of the page's form, unchanged: ticks are off."""
    data: dict[str, Any] = {}
    for tag in INPUT.findall(html.partition('method="post"')[2]):
        said = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        name = said.get("name", "")
        if said.get("type") != "checkbox" and name:
            data[name] = [*data.get(name, []), said.get("value", "")]
    return data


def order(client: Client, server: Server, **said: Any) -> Any:
    """Submit the first page of it with this changed."""
    address = area("contents", server)
    return client.post(address, {**submitted(text(client.get(address))), **said})


def test_what_is_on_it_is_listed_a_kind_at_a_time(page: Client, demo: Server) -> None:
    html = text(page.get(area("contents", demo)))
    assert "Tools 3" in html and "Prompts 1" in html
    assert 'value="add"' in html and 'value="greet"' not in html
    assert 'value="greet"' in text(page.get(area("contents", demo), {"kind": "prompt"}))


def test_something_is_found_and_keeps_its_place(page: Client, demo: Server) -> None:
    html = text(page.get(area("contents", demo), {"q": "su calc"}))
    assert 'value="sum"' in html and 'value="add"' not in html
    assert f'name="place-{row(demo, "sum").pk}" value="3"' in html
    assert "matches" in text(page.get(area("contents", demo), {"q": "nosuch\0"}))


def test_something_is_renamed(page: Client, demo: Server) -> None:
    order(page, demo, **{f"name-{row(demo, 'add').pk}": "plus"})
    (change,) = changes()
    assert change["action"] == "server.entry.update"
    assert (change["before"]["exposed_name"], change["after"]["exposed_name"]) == ("add", "plus")
    order(page, demo, **{f"name-{row(demo, 'plus').pk}": ""})
    assert names(demo) == ["add", "echo", "sum"]


def test_something_is_moved_by_number(page: Client, demo: Server) -> None:
    order(page, demo, **{f"place-{row(demo, 'sum').pk}": "1"})
    assert names(demo) == ["sum", "add", "echo"]
    assert [change["action"] for change in changes()] == ["server.entry.move"]


def test_several_are_moved_at_once_to_the_places_typed(page: Client, demo: Server) -> None:
    keys = {name: row(demo, name).pk for name in ("add", "echo", "sum")}
    said = {f"place-{keys['sum']}": "1", f"place-{keys['echo']}": "3", f"place-{keys['add']}": "2"}
    order(page, demo, **said)
    assert names(demo) == ["sum", "add", "echo"]


def test_arrows_move_one_place_and_the_keyboard_stays_there(page: Client, demo: Server) -> None:
    key = row(demo, "sum").pk
    answer = order(page, demo, up=key)
    assert answer["Location"].endswith(f"#up-{key}")
    assert names(demo) == ["add", "sum", "echo"]
    order(page, demo, down=key)
    assert names(demo) == ["add", "echo", "sum"]


def test_what_is_ticked_is_withdrawn(page: Client, demo: Server) -> None:
    said = {"entry": [row(demo, "add").pk, row(demo, "sum").pk], "withdraw": "1"}
    assert "Type <code" in text(order(page, demo, **said))
    assert order(page, demo, **said, sent="1", name="yes").status_code == 422
    assert names(demo) == ["add", "echo", "sum"]
    answer = order(page, demo, **said, sent="1", name="demo")
    assert answer["Location"] == f"{area('contents', demo)}?kind=tool&page=1"
    assert names(demo) == ["echo"]
    assert len(changes("server.entry.unpublish")) == 2
    answer = page.post(area("contents", demo), {"withdraw": "1"}, follow=True)
    assert "Tick what is to be withdrawn." in text(answer)


def test_nothing_typed_leaves_no_trace(page: Client, demo: Server) -> None:
    order(page, demo, save="1")
    assert changes() == []


@pytest.mark.parametrize(
    ("field", "typed", "told"),
    [
        ("name", "echo", "The tool name echo is taken on demo"),
        ("name", "ä b", "must be 1 to 128"),
        ("place", "9", "There are 3 places"),
        ("place", "x", "There are 3 places"),
    ],
)
def test_what_will_not_do_is_told_and_nothing_is_changed(
    field: str, typed: str, told: str, page: Client, demo: Server
) -> None:
    said = {f"{field}-{row(demo, 'add').pk}": typed, f"name-{row(demo, 'sum').pk}": "total"}
    address = area("contents", demo)
    data = {**submitted(text(page.get(address))), **said}
    assert told in text(page.post(address, data, follow=True))
    assert names(demo) == ["add", "echo", "sum"]
    assert changes() == []


def test_rows_of_another_server_are_not_touched(page: Client, demo: Server) -> None:
    other = make.server("other", entries=[make.entry(make.source(), "far")])
    key = row(other, "far").pk
    typed = {"shown": key, f"name-{key}": "near", f"was-name-{key}": "far"}
    for said in ({**typed, "save": "1"}, {"entry": key, "withdraw": "1"}, {"down": key}):
        assert page.post(area("contents", demo), said).status_code == 302
    assert names(other) == ["far"]
    assert changes() == []


def test_what_comes_with_a_source_has_no_tick(page: Client) -> None:
    source, server = make.source("calc"), make.server("demo")
    make.entry(source)
    services.publish_source(actor=None, server=server, source=source)
    html = text(page.get(area("contents", server)))
    assert "comes with all of it" in html and 'name="entry"' not in html
    key = server.entries.get().pk
    said = {"entry": key, "withdraw": "1", "sent": "1", "name": "add"}
    answer = page.post(area("contents", server), said, follow=True)
    assert "is published with all of calc" in text(answer)


def test_all_of_a_source_is_withdrawn_once_its_name_is_typed(page: Client) -> None:
    source, server = make.source("calc"), make.server("demo")
    make.entry(source)
    followed = services.publish_source(actor=None, server=server, source=source)
    address = area("withdraw_source", server, followed.pk)
    assert address in text(page.get(area("contents", server)))
    assert page.post(address, {"name": "demo"}).status_code == 422
    page.post(address, {"name": "calc"})
    assert not server.entries.exists()
    assert len(changes("server.source.unpublish")) == 1
    assert page.get(address)["Location"] == area("contents", server)


def test_what_clients_do_not_see_says_why(page: Client, demo: Server) -> None:
    row(demo, "add").entry.__class__.objects.filter(name="add").update(enabled=False)
    assert "Switched off: clients do not see it" in text(page.get(area("contents", demo)))


def test_a_longer_list_is_paged_and_asks_the_database_no_more(page: Client) -> None:
    server, source = make.server("demo"), make.source("calc")
    _fill(server, source, range(5))
    few = _queries(page, server)
    _fill(server, source, range(5, A_PAGE + 5))
    assert _queries(page, server) <= few
    html = text(page.get(area("contents", server), {"page": "2"}))
    assert f'value="tool{A_PAGE}"' in html and 'value="tool0"' not in html
    assert 'value="tool0"' in text(page.get(area("contents", server), {"page": "x"}))


def _fill(server: Server, source: Any, numbers: range) -> None:
    for number in numbers:
        entry = make.entry(source, f"tool{number}")
        ServerEntry.objects.create(
            server=server,
            entry=entry,
            kind=entry.kind,
            exposed_name=entry.name,
            position=number,
        )


def _queries(client: Client, server: Server) -> int:
    with CaptureQueriesContext(connection) as seen:
        assert client.get(area("contents", server)).status_code == 200
    return len(seen)


def test_a_name_that_somebody_else_changed_meanwhile_is_told(page: Client, demo: Server) -> None:
    address, key = area("contents", demo), row(demo, "add").pk
    shown = submitted(text(page.get(address)))
    ServerEntry.objects.filter(pk=key).update(exposed_name="theirs")
    answer = page.post(address, {**shown, f"name-{key}": "mine", "save": "1"}, follow=True)
    assert "somebody else changed this" in text(answer) and "“theirs”" in text(answer)
    assert row(demo, "theirs").pk == key


def test_a_place_that_somebody_else_changed_meanwhile_is_told(page: Client, demo: Server) -> None:
    address, key = area("contents", demo), row(demo, "add").pk
    shown = submitted(text(page.get(address)))
    order(page, demo, **{f"place-{key}": "3"})
    answer = page.post(address, {**shown, f"place-{key}": "2", "save": "1"}, follow=True)
    assert "somebody else changed this" in text(answer) and "“add” now stands at 3" in text(answer)
    assert names(demo) == ["echo", "sum", "add"]


def test_an_arrow_moves_from_where_it_stands_now(page: Client, demo: Server) -> None:
    address, key = area("contents", demo), row(demo, "add").pk
    shown = submitted(text(page.get(address)))
    order(page, demo, **{f"place-{key}": "3"})
    page.post(address, {**shown, "up": str(key)})
    assert names(demo) == ["echo", "add", "sum"]
