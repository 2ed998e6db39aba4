"""What a role in a team opens in the admin, and what it does not: each page, both ways."""

from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.admin.teams import NewMembersInline
from accounts.models import Membership, Team, User
from catalog.models import Entry, EntryVersion, Source, Tool
from monitoring import audit
from monitoring.admin import roles as hook
from monitoring.models import AuditEvent
from servers.models import Job, Server, SSEClient
from servers.roles import TABLE, enters, opened
from tests import make
from tests.admin_pages import filled, text, url

ROLES = ("admin", "curator", "auditor")
OPENED: dict[type[Model], tuple[str, ...]] = {
    Team: ("admin",),
    Source: ("admin", "curator"),
    Tool: ("admin", "curator"),
    EntryVersion: ("admin", "curator"),
    Server: ROLES,
    Job: ROLES,
    SSEClient: ROLES,
    AuditEvent: ("admin", "auditor"),
}
"""The models of the table -> the roles that see rows of theirs."""
MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)


@pytest.fixture
def team(db: None) -> Team:
    return make.team("Ours")


@pytest.fixture
def theirs(team: Team) -> dict[type[Model], Any]:
    """Rows of another team, of each model of the table."""
    return rows_of(make.team("Theirs"), "theirs")


@pytest.fixture
def ours(team: Team) -> dict[type[Model], Any]:
    """Rows of the team, of each model of the table."""
    return rows_of(team, "ours")


def rows_of(team: Team, name: str) -> dict[type[Model], Any]:
    source = make.source(f"{name}-source", team=team)
    tool = make.entry(source, f"{name}-tool")
    server = make.server(f"{name}-server", team=team, entries=[tool])
    call = audit.Event("call", "tools/call", team=str(team.public_id), server=server.slug)
    audit.record(call._replace(entry=f"{name}-tool"))
    audit.flush()
    return {
        Team: team,
        Source: source,
        Tool: tool,
        EntryVersion: tool.current,
        Server: server,
        Job: make.job(server, tool),
        SSEClient: make.sse_client(server, name=f"{name}-client"),
        AuditEvent: AuditEvent.objects.get(server=server.slug),
    }


def working(role: str, team: Team, client: Client) -> User:
    """Somebody who is that in the team, no staff, logged in."""
    person = make.member(team, make.user(f"the-{role}"), role).user
    client.force_login(person)
    return person


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("model", OPENED, ids=lambda model: model.__name__)
def test_role_opens_its_own_team_s_rows_and_no_others(
    role: str, model: type[Model], ours: Any, theirs: Any, team: Team, client: Client
) -> None:
    working(role, team, client)
    listed = client.get(url(model, "changelist"))
    own = client.get(url(model, "change", ours[model].pk))
    other = client.get(url(model, "change", theirs[model].pk))
    if role not in OPENED[model]:
        assert {listed.status_code, own.status_code, other.status_code} == {403}
        return
    assert [row.pk for row in listed.context["cl"].result_list] == [ours[model].pk]
    assert own.status_code == 200
    assert other.status_code == 302  # there is no such row, for them
    for page in (listed, own):
        assert "theirs" not in text(page).lower()
    found = client.get(url(model, "changelist"), {"q": "theirs-server"})
    assert not found.context["cl"].result_list


@pytest.mark.parametrize("role", (*ROLES, "member"))
@pytest.mark.parametrize(
    "model", [one for one in MODELS if one not in OPENED], ids=lambda model: model.__name__
)
def test_everything_else_is_shut(
    role: str, model: type[Model], ours: Any, team: Team, client: Client
) -> None:
    working(role, team, client)
    answer = client.get(url(model, "changelist"))
    label = "catalog.entry" if issubclass(model, Entry) else model._meta.label_lower
    if role in ("admin", "curator") and label == "catalog.entry":
        assert list(answer.context["cl"].result_list) == []  # resources, templates, prompts
    elif role == "member":
        assert answer.status_code == 302  # to the log in
    else:
        assert answer.status_code == 403
    assert client.get(url(model, "add")).status_code in (302, 403)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("page", ["add", "delete"])
@pytest.mark.parametrize("model", OPENED, ids=lambda model: model.__name__)
def test_no_role_adds_or_deletes(
    role: str, page: str, model: type[Model], ours: Any, team: Team, client: Client
) -> None:
    working(role, team, client)
    args = [ours[model].pk] if page == "delete" else []
    assert client.get(url(model, page, *args)).status_code == 403
    assert client.post(url(model, page, *args), {"name": str(ours[model])}).status_code == 403


@pytest.mark.parametrize(("role", "may"), [("admin", True), ("curator", True), ("auditor", False)])
def test_curators_switch_their_tools_and_sources(
    role: str, may: bool, ours: Any, theirs: Any, team: Team, client: Client
) -> None:
    working(role, team, client)
    for model in (Tool, Source):
        keys = [ours[model].pk, theirs[model].pk]
        client.post(url(model, "changelist"), {"action": "switch_off", "_selected_action": keys})
        ours[model].refresh_from_db()
        theirs[model].refresh_from_db()
        assert (ours[model].enabled, theirs[model].enabled) == (not may, True)


def test_curator_saves_a_source_but_hands_it_to_nobody(
    ours: Any, team: Team, client: Client
) -> None:
    working("curator", team, client)
    address = url(Source, "change", ours[Source].pk)
    sent = filled(client.get(address))
    assert "team" not in sent
    other = make.team("other")
    client.post(address, {"team": other.pk, "changes": "trust"})  # no "enabled": switched off
    ours[Source].refresh_from_db()
    assert (ours[Source].team, ours[Source].enabled) == (team, False)


@pytest.mark.parametrize("role", ROLES)
def test_servers_are_only_seen_by_a_role(role: str, ours: Any, team: Team, client: Client) -> None:
    working(role, team, client)
    address = url(Server, "change", ours[Server].pk)
    assert not client.get(address).context["has_change_permission"]
    assert client.post(address, {"title": "Mine"}).status_code == 403
    assert client.get(f"/admin/servers/server/{ours[Server].pk}/publish/").status_code == 403
    client.post(
        url(Server, "changelist"), {"action": "switch_off", "_selected_action": [ours[Server].pk]}
    )
    ours[Server].refresh_from_db()
    assert (ours[Server].enabled, ours[Server].title) == (True, "Ours-Server")


def test_team_s_admin_puts_people_in_by_name_and_out(
    ours: Any, team: Team, client: Client, charlie: User
) -> None:
    working("admin", team, client)
    address = url(Team, "change", team.pk)
    page = client.get(address)
    sent = filled(page)
    assert "name" not in sent and "description" not in sent
    wrapped = page.context["inline_admin_formsets"]
    (prefix,) = [one.formset.prefix for one in wrapped if isinstance(one.opts, NewMembersInline)]
    new = {
        f"{prefix}-TOTAL_FORMS": "1",
        f"{prefix}-0-user": "charlie",
        f"{prefix}-0-role": "curator",
    }
    client.post(address, {**sent, **new, "name": "Stolen"})
    assert Membership.objects.get(user=charlie).role == "curator"
    team.refresh_from_db()
    assert team.name == "Ours"
    refused = client.post(address, {**sent, **new, f"{prefix}-0-user": "nosuch"})
    assert "Nobody who is active has this name." in text(refused)


def test_people_cannot_be_searched_by_a_role(ours: Any, team: Team, client: Client) -> None:
    working("admin", team, client)
    query = {"app_label": "accounts", "model_name": "membership", "field_name": "user", "term": "a"}
    assert client.get("/admin/autocomplete/", query).status_code == 403


@pytest.mark.parametrize(
    "address",
    [
        "/admin/servers/accessrule/why/?server=ours-server",
        "/admin/servers/accessrule/matrix/",
        "/admin/servers/accessrule/people/?server=ours-server",
        "/admin/accounts/oauthclient/policy/",
        "/admin/accounts/consent/end-everything/",
    ],
)
def test_pages_that_are_no_lists_are_shut(
    address: str, ours: Any, team: Team, client: Client
) -> None:
    working("admin", team, client)
    assert client.get(address).status_code == 403


@pytest.mark.parametrize(("role", "may"), [("admin", True), ("auditor", True), ("member", False)])
def test_who_has_work_there_enters_the_admin_and_finds_it(
    role: str, may: bool, ours: Any, team: Team, client: Client
) -> None:
    person = working(role, team, client)
    assert enters(person) is may
    assert client.get("/admin/").status_code == (200 if may else 302)
    assert ('href="/admin/"' in text(client.get("/"))) is may
    if may:
        sidebar = text(client.get("/admin/"))
        assert (url(AuditEvent, "changelist") in sidebar) is True
        assert url(User, "changelist") not in sidebar


@pytest.mark.parametrize(("role", "may"), [("admin", True), ("auditor", True), ("curator", False)])
def test_live_calls_are_those_of_the_own_team(
    role: str, may: bool, ours: Any, theirs: Any, team: Team, client: Client
) -> None:
    working(role, team, client)
    live = "/admin/monitoring/auditevent/live/"
    assert (live in text(client.get("/admin/"))) is may
    for address in (live, f"{live}rows/"):
        answer = client.get(address)
        assert answer.status_code == (200 if may else 403)
        if may:
            assert "ours-tool" in text(answer) and "theirs" not in text(answer)
            assert "theirs-tool" not in text(client.get(address, {"server": "theirs-server"}))


def test_role_that_is_taken_away_or_a_person_that_is_disabled_opens_nothing(
    ours: Any, team: Team, client: Client
) -> None:
    person = working("admin", team, client)
    Membership.objects.filter(user=person).update(role="member")
    assert client.get(url(Server, "changelist")).status_code == 302
    person.is_active = False
    assert enters(person) is False
    assert opened(person, "servers.server", "view") is None


def test_permission_opens_every_row_as_before(
    ours: Any, theirs: Any, team: Team, client: Client, alice: User
) -> None:
    make.member(team, alice, "auditor")
    client.force_login(alice)
    for model in OPENED:
        assert len(client.get(url(model, "changelist")).context["cl"].result_list) >= 2


def test_table_is_that_of_the_docs_and_nothing_else_is_opened(ours: Any, team: Team) -> None:
    person = make.member(team, make.user(), "admin").user
    assert set(TABLE) == {
        "accounts.team",
        "catalog.source",
        "catalog.entry",
        "catalog.entryversion",
        "servers.server",
        "servers.job",
        "servers.sseclient",
        "monitoring.auditevent",
    }
    assert hook.opened(person, "accounts.user", "view") is None
    assert hook.opened(person, "servers.server", "change") is None


def test_list_seen_by_a_role_costs_the_same_for_more_rows(
    ours: Any, team: Team, client: Client
) -> None:
    working("admin", team, client)

    def asked() -> int:
        with CaptureQueriesContext(connection) as seen:
            client.get(url(Tool, "changelist"))
        return len(seen)

    asked()
    few = asked()
    for number in range(10):
        make.entry(ours[Source], f"more{number}")
    asked()  # reads the new definitions, once
    assert asked() == few


@pytest.mark.parametrize("key", ["theirs", "99999999", "abc"])
@pytest.mark.parametrize(
    "name",
    ["servers_server_live_calls", "accounts_user_live_calls", "servers_server_end_connections"],
)
def test_acts_of_a_page_tell_a_role_nothing_of_others(
    key: str, name: str, theirs: Any, team: Team, client: Client
) -> None:
    working("auditor", team, client)
    key = str(theirs[Server].pk) if key == "theirs" else key
    answer = client.get(reverse(f"admin:{name}", args=[key]))
    assert answer.status_code in (403, 404) and "Location" not in answer


@pytest.mark.parametrize("lookup", ["user_permissions", "issued_tokens__isnull", "memberships"])
def test_relations_that_no_filter_is_about_cannot_be_asked_for(
    lookup: str, admin_client: Client
) -> None:
    assert admin_client.get(url(User, "changelist"), {lookup: "1"}).status_code == 400
