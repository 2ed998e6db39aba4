"""The areas of a server's page: for whom they are, what they say, and what they ask the database."""

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from monitoring import audit
from servers.admin.areas import AREAS
from servers.models import AccessRule, Server
from tests import make
from tests.admin_pages import area, text, url

SCRIPT = "<script>alert(1)</script>"
PARTS = ("connected",)


@pytest.fixture
def page(alice: User, client: Client) -> Client:
    client.force_login(alice)
    return client


@pytest.fixture
def demo(db: None) -> Server:
    """A server with "add" and "echo"."""
    source = make.source("calc")
    return make.server("demo", entries=[make.entry(source, "add"), make.entry(source, "echo")])


@pytest.fixture
def clerk(client: Client, db: None) -> User:
    """Somebody of the staff, logged in, with no permission yet."""
    person = make.user("clerk", is_staff=True)
    client.force_login(person)
    return person


def allow(person: User, *names: str) -> None:
    person.user_permissions.add(*Permission.objects.filter(codename__in=names))


@pytest.mark.parametrize("name", [*AREAS, *PARTS, "publish"])
def test_who_may_see_no_servers_sees_no_area(
    name: str, client: Client, clerk: User, demo: Server
) -> None:
    assert client.get(area(name, demo)).status_code == 403
    assert client.post(area(name, demo), {"publish": "1"}).status_code == 403
    for part in ("connect_client", "arrival"):
        assert client.get(area(part, demo, "codex")).status_code == 403


def test_who_may_only_see_changes_nothing(client: Client, clerk: User, demo: Server) -> None:
    allow(clerk, "view_server")
    key = demo.entries.first().pk  # type: ignore[union-attr]
    for name in (*AREAS, *PARTS):
        assert client.get(area(name, demo)).status_code == 200
    for name in ("publish", "withdraw_source"):
        more = (1,) if name == "withdraw_source" else ()
        assert client.get(area(name, demo, *more)).status_code == 403
        assert client.post(area(name, demo, *more), {"entry": key}).status_code == 403
    for said in ({"entry": key, "withdraw": "1"}, {"up": key}, {"save": "1"}):
        assert client.post(area("contents", demo), said).status_code == 403
    assert 'name="save"' not in text(client.get(area("contents", demo)))


def test_rules_are_hidden_from_who_may_not_see_them(
    client: Client, clerk: User, demo: Server
) -> None:
    make.rule(demo, effect="deny", user=make.user("secretperson"))
    allow(clerk, "view_server")
    for name in ("overview", "access"):
        html = text(client.get(area(name, demo)))
        assert "secretperson" not in html and "may use something" not in html
    assert "you may not see those" in html


def test_names_from_anywhere_are_text(page: Client) -> None:
    source = make.source("s", name=SCRIPT)
    server = make.server("demo", entries=[make.entry(source, SCRIPT)], description=SCRIPT)
    Server.objects.filter(pk=server.pk).update(title=SCRIPT, team=make.team(SCRIPT))
    make.entry(source, "more", body={"description": SCRIPT, "title": SCRIPT})
    make.rule(server, user=make.user("x"), note=SCRIPT, pattern="<b>*")
    client = make.oauth_client(SCRIPT)
    event = audit.Event("call", "tools/call", client=str(client.public_id), server="demo")
    audit.record(event._replace(verdict="allow"))
    audit.flush()
    for name in (*AREAS, *PARTS, "publish"):
        html = text(page.get(area(name, server)))
        assert SCRIPT not in html and "<b>*" not in html
    assert "&lt;script&gt;" in text(page.get(area("connected", server)))


def test_an_empty_server_says_what_to_do_next(page: Client) -> None:
    html = text(page.get(area("overview", make.server("bare"))))
    assert "Nothing is on it yet." in html and "No client has called it yet." in html
    assert "Nobody" in html


def test_overview_says_what_helps_over_the_budget(page: Client, demo: Server) -> None:
    assert "It has no budget." in text(page.get(area("overview", demo)))
    Server.objects.update(token_budget=1)
    html = text(page.get(area("overview", demo)))
    assert "Over its budget of 1 by" in html and "The dearest tools" in html
    Server.objects.update(token_budget=1000)
    assert "Within its budget of 1,000." in text(page.get(area("overview", demo)))


def test_access_is_told_in_words_with_ways_to_change_it(page: Client, demo: Server) -> None:
    rule = make.rule(demo, effect="deny", team=make.team("data"), pattern="delete_*")
    html = text(page.get(area("access", demo)))
    assert "may not use what is named delete_*, whatever else allows it." in html
    assert "Nobody else." in html
    assert url(AccessRule, "change", rule.pk) in html
    assert f"{url(AccessRule, 'add')}?server={demo.pk}" in html


def test_line_of_a_client_turns_with_its_call(page: Client, demo: Server) -> None:
    client = make.oauth_client("Codex")
    part = area("arrival", demo, "codex")
    assert "Not yet" in text(page.get(part))
    assert f'data-refresh="{part}"' in text(page.get(area("connect_client", demo, "codex")))
    event = audit.Event("call", "tools/call", client=str(client.public_id), server="demo")
    audit.record(event._replace(verdict="allow"))
    audit.flush()
    assert "Connected, last call just now" in text(page.get(part))
    assert "Connected, last call just now" in text(page.get(area("connected", demo)))
    assert page.get(area("arrival", demo, "nosuch")).status_code == 404


@pytest.mark.parametrize("name", ["overview", "access", "connect"])
def test_an_area_of_a_full_server_asks_the_database_no_more(
    name: str, page: Client, demo: Server
) -> None:
    def queries() -> int:
        page.get(area(name, demo))
        with CaptureQueriesContext(connection) as seen:
            assert page.get(area(name, demo)).status_code == 200
        return len(seen)

    few = queries()
    source = make.source("more")
    for number in range(30):
        entry = make.entry(source, f"tool{number}")
        demo.entries.create(entry=entry, kind="tool", exposed_name=entry.name)
        make.rule(demo, user=make.user())
        make.consent(make.user(), make.oauth_client(), demo)
    assert queries() <= few + 1


@pytest.mark.parametrize(
    ("permission", "leads"),
    [("add_accessrule", "/admin/servers/accessrule/add/?server="), ("change_server", "#id_team")],
)
def test_server_that_nobody_may_use_offers_to_give_access(
    client: Client, db: None, permission: str, leads: str
) -> None:
    server = make.server("alone")
    person = make.user(is_staff=True)
    names = {permission, "view_server"}
    person.user_permissions.set(Permission.objects.filter(codename__in=names))
    client.force_login(person)
    shown = text(client.get(area("overview", server)))
    assert "Give access" in shown and leads in shown
    server.visibility = "public"
    server.save()
    assert "Give access" not in text(client.get(area("overview", server)))


def test_who_may_give_nothing_is_offered_nothing(client: Client, db: None) -> None:
    person = make.user(is_staff=True)
    person.user_permissions.set(Permission.objects.filter(codename="view_server"))
    client.force_login(person)
    assert "Give access" not in text(client.get(area("overview", make.server("alone"))))
