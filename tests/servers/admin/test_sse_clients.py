"""Clients on HTTP+SSE in the admin: who still uses the deprecated transport."""

import pytest
from django.test import Client

from accounts.models import User
from servers import sse_clients
from servers.models import SSEClient
from tests import make
from tests.admin_pages import text, url

LIST = "/admin/servers/sseclient/"
SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def page(alice: User, client: Client) -> Client:
    client.force_login(alice)
    return client


@pytest.fixture
def rows(bob: User) -> dict[str, SSEClient]:
    demo, other = make.server("demo"), make.server("other")
    return {
        "bob": make.sse_client(demo, bob, name="cursor-vscode", agent="node", connects=1234),
        "nobody": make.sse_client(demo, name=SCRIPT, agent=f'"{SCRIPT}'),
        "gone": make.sse_client(other, bob, name="old", last_used_at=make.ago(days=40)),
    }


def names(answer: object) -> set[str]:
    return {row.name for row in answer.context["cl"].result_list}  # type: ignore[attr-defined]


def test_list_says_who_came_and_how_often(page: Client, rows: dict[str, SSEClient]) -> None:
    shown = text(page.get(LIST))
    for said in ("cursor-vscode", "node", "demo", "bob", "anonymous", "1,234"):
        assert said in shown
    assert SCRIPT not in shown and "&lt;script&gt;" in shown


def test_clients_of_the_last_thirty_days_are_counted(
    page: Client, rows: dict[str, SSEClient]
) -> None:
    assert "<strong>2 clients</strong> came by HTTP+SSE in the last 30 days" in text(page.get(LIST))
    SSEClient.objects.update(last_used_at=make.ago(days=31))
    assert "No client came by HTTP+SSE in the last 30 days" in text(page.get(LIST))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("used=lately", {"cursor-vscode", SCRIPT}),
        ("used=before", {"old"}),
        ("on=other", {"old"}),
        ("on=nowhere", set()),
        ("on=%00", set()),
        ("q=cursor", {"cursor-vscode"}),
        ("q=bob", {"cursor-vscode", "old"}),
        ("q=other", {"old"}),
    ],
)
def test_list_is_narrowed(
    page: Client, rows: dict[str, SSEClient], query: str, found: set[str]
) -> None:
    assert names(page.get(f"{LIST}?{query}")) == found


def test_page_of_a_client_says_where_it_connects_instead(
    page: Client, rows: dict[str, SSEClient]
) -> None:
    shown = text(page.get(url(SSEClient, "change", rows["bob"].pk)))
    assert "http://testserver/mcp/demo" in shown and "/mcp/demo/sse" not in shown


def test_nobody_adds_changes_or_deletes_one(page: Client, rows: dict[str, SSEClient]) -> None:
    key = rows["bob"].pk
    assert page.get(url(SSEClient, "add")).status_code == 403
    assert page.post(url(SSEClient, "change", key), {"name": "x"}).status_code == 403
    assert page.post(url(SSEClient, "delete", key), {"name": "cursor-vscode"}).status_code == 403
    assert SSEClient.objects.filter(name="cursor-vscode").exists()


def test_client_that_came_just_now_is_on_the_list(page: Client) -> None:
    sse_clients.note(make.server("demo").public_id, None, "just now", "node")
    assert names(page.get(LIST)) == {"just now"}


def test_role_counts_the_clients_of_its_own_team_alone(db: None, client: Client) -> None:
    ours, theirs = make.team(), make.team()
    make.sse_client(make.server(team=ours), name="ours")
    make.sse_client(make.server(team=theirs), name="theirs")
    client.force_login(make.member(ours, make.user(), "curator").user)
    answer = client.get(LIST)
    assert names(answer) == {"ours"}
    assert "<strong>1 client</strong> came" in text(answer)
