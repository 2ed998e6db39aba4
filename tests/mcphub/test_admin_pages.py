"""Every page of the admin: there for whom it is for, bounded, and of our making."""

import json
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import IssuedToken, OAuthClient, Team, User
from accounts.selectors import clients_waiting
from catalog.models import Entry, EntryVersion, Source, Tag, Tool
from mcphub.navigation import sidebar
from monitoring import audit, banner, bus
from monitoring.models import AuditEvent, AuditPerson, AuditSeal, Banner, RedactedName, TrailCheck
from servers import services
from servers.models import (
    AccessRequest,
    AccessRule,
    AllowedOrigin,
    EndedSession,
    Server,
    Stop,
    Worker,
)
from tests import make
from tests.admin_pages import area, registered, text, url

SCRIPT = "<script>alert(1)</script>"
MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)


def label(model: type[Model]) -> str:
    return model._meta.label


ADDABLE = [
    AccessRule,
    AllowedOrigin,
    Banner,
    IssuedToken,
    OAuthClient,
    RedactedName,
    Server,
    Stop,
    Tag,
    Team,
    User,
]


@pytest.fixture(autouse=True)
def changes_are_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    """As while the bus delivers: what pages remember is not read again every few seconds."""
    monkeypatch.setattr(bus, "alive", lambda: True)


@pytest.fixture
def full(alice: User, bob: User) -> None:
    """Something of everything, with names that would run if they were not escaped."""
    fill(3, alice)


def fill(number: int, alice: User) -> None:
    """So many of everything."""
    for each in range(number):
        team = make.team(f"{SCRIPT}{each}", description=SCRIPT)
        person = make.member(team, make.user(f"p{each}", first_name=SCRIPT)).user
        source = make.source(f"s{each}", name=SCRIPT, team=team, problem=f"line 3: {SCRIPT}")
        rows = [make.entry(source, f"{kind}{each}", kind) for kind in Entry.Kind.values]
        said = {"description": SCRIPT, "title": SCRIPT, "annotations": {"readOnlyHint": True}}
        rows.append(make.entry(source, f"{SCRIPT}{each}", body=said, own_title=SCRIPT))
        tag = Tag.objects.create(name=f"tag{each}")
        for row in rows:
            row.tags.add(tag)
        server = make.server(f"a-server{each}", entries=rows, team=team, description=SCRIPT)
        Server.objects.filter(pk=server.pk).update(title=f"{SCRIPT}{each}")
        make.rule(server, team=team, note=SCRIPT)
        AccessRequest.objects.create(server=server, user=person, reason=SCRIPT)
        make.token(person, server)
        make.attempt("challenge", user_id=person.pk, server=server.public_id, user_agent=SCRIPT)
        client = OAuthClient.objects.create(name=f"{SCRIPT}{each}", client_id=f"client{each}")
        make.connected(make.consent(person, client, server))
        EndedSession.objects.create(nonce=f"n{each}", expires_at=person.date_joined)
        make.sse_client(server, person, name=f"{SCRIPT}{each}", agent=SCRIPT)
        fill_jobs(server, rows[0], person)
        services.stop(actor=alice, target=server, reason=SCRIPT)
        services.stop(actor=alice, target=person, reason=SCRIPT)
        services.allow_origin(actor=alice, origin=f"https://o{each}.example.com", note=SCRIPT)
        AuditPerson.objects.create(label=f"{SCRIPT}{each}")
        RedactedName.objects.create(name=f"{SCRIPT}s{each}")
        audit.record(audit.Event("call", "tools/call", server=SCRIPT, entry=SCRIPT, data=SCRIPT))
    audit.flush()
    banner.put_up(actor=alice, text=SCRIPT)
    AuditSeal.objects.create(at=alice.date_joined, heads="{}", mac="m", key_id="k", previous="p")
    TrailCheck.objects.create(begun_at=alice.date_joined, detail=SCRIPT)


def fill_jobs(server: Server, tool: Entry, person: User) -> None:
    """A job that has ended, one that runs, and one that asks."""
    asked = {"q": {"digest": "d", "method": SCRIPT, "params": {"message": SCRIPT}, "needs": "x"}}
    said = {"taken": {"a": SCRIPT}, "message": SCRIPT, "progress": 1.0, "total": 2.0}
    result = json.dumps([[{"type": "text", "text": SCRIPT}], None])
    waiting = {"state": "waiting", "asked": json.dumps(asked), "answers": "{}"}
    make.job(server, tool, person, state="working", worker=SCRIPT, client_name=SCRIPT, **said)
    make.job(server, tool, **waiting, **said)
    make.job(
        server, tool, person, state="completed", result=result, ended_at=timezone.now(), **said
    )
    Worker.objects.create(
        name=f"{SCRIPT}{server.pk}",
        pool="x",
        slots=2,
        started_at=timezone.now(),
        seen_at=timezone.now(),
    )


def test_only_our_own_models_have_pages() -> None:
    assert registered() == {
        "accounts.connectionattempt",
        "accounts.consent",
        "accounts.issuedtoken",
        "accounts.oauthclient",
        "accounts.team",
        "accounts.user",
        "catalog.entryversion",
        "catalog.prompt",
        "catalog.resource",
        "catalog.source",
        "catalog.tag",
        "catalog.template",
        "catalog.tool",
        "monitoring.auditevent",
        "monitoring.auditperson",
        "monitoring.auditseal",
        "monitoring.trailcheck",
        "monitoring.banner",
        "monitoring.redactedname",
        "servers.accessrequest",
        "servers.accessrule",
        "servers.allowedorigin",
        "servers.endedsession",
        "servers.job",
        "servers.server",
        "servers.sseclient",
        "servers.stop",
    }


@pytest.mark.parametrize("model", MODELS, ids=label)
def test_every_list_renders_for_a_superuser(
    model: type[Model], full: None, alice: User, client: Client
) -> None:
    client.force_login(alice)
    page = client.get(url(model, "changelist"))
    assert page.status_code == 200
    assert page.context["cl"].result_list
    assert SCRIPT not in text(page)


@pytest.mark.parametrize("model", MODELS, ids=label)
def test_every_page_of_a_row_renders_for_a_superuser(
    model: type[Model], full: None, alice: User, client: Client
) -> None:
    client.force_login(alice)
    for row in model._default_manager.all()[:20]:
        page = client.get(url(model, "change", row.pk))
        assert page.status_code == 200
        assert SCRIPT not in text(page)


@pytest.mark.parametrize("model", MODELS, ids=label)
def test_every_empty_list_says_what_to_do(model: type[Model], alice: User, client: Client) -> None:
    client.force_login(alice)
    page = client.get(url(model, "changelist"))
    assert page.status_code == 200
    if not page.context["cl"].result_list:
        assert page.context["cl"].empty_hint
        assert "yet</h2>" in text(page)


@pytest.mark.parametrize("model", MODELS, ids=label)
def test_search_and_filters_of_every_list_answer(
    model: type[Model], full: None, alice: User, client: Client
) -> None:
    client.force_login(alice)
    page = client.get(url(model, "changelist"), {"q": "s1"})
    assert page.status_code == 200
    assert page.context["cl"].search_fields
    assert page.context["cl"].has_filters
    for spec in page.context["cl"].filter_specs:
        for choice in spec.choices(page.context["cl"]):
            if query := choice.get("query_string"):
                assert client.get(url(model, "changelist") + query).status_code == 200


@pytest.mark.parametrize("model", ADDABLE, ids=label)
def test_every_add_page_renders_for_a_superuser(
    model: type[Model], full: None, alice: User, client: Client
) -> None:
    client.force_login(alice)
    page = client.get(url(model, "add"))
    assert page.status_code == 200
    assert SCRIPT not in text(page)


@pytest.mark.parametrize("model", [m for m in MODELS if m not in ADDABLE], ids=label)
def test_what_no_service_makes_has_no_add_page(
    model: type[Model], alice: User, client: Client
) -> None:
    client.force_login(alice)
    assert client.get(url(model, "add")).status_code == 403


@pytest.mark.parametrize("model", MODELS, ids=label)
@pytest.mark.parametrize("page", ["changelist", "add", "change", "delete"])
def test_staff_without_permission_are_refused(
    model: type[Model], page: str, full: None, client: Client
) -> None:
    client.force_login(make.user("staff", is_staff=True))
    row = model._default_manager.first()
    assert row is not None
    args = [row.pk] if page in ("change", "delete") else []
    assert client.get(url(model, page, *args)).status_code == 403
    assert client.post(url(model, page, *args), {"name": str(row)}).status_code == 403


@pytest.mark.parametrize(
    "model", [Server, Team, Source, Tool, OAuthClient, AccessRule, Tag, User], ids=label
)
def test_who_may_only_see_changes_nothing(model: Any, full: None, client: Client) -> None:
    staff = make.user("staff", is_staff=True)
    name = "entry" if model is Tool else model._meta.model_name
    staff.user_permissions.add(Permission.objects.get(codename=f"view_{name}"))
    client.force_login(staff)
    row = model._default_manager.first()
    page = client.get(url(model, "change", row.pk))
    assert page.status_code == 200
    assert not page.context["has_change_permission"]
    assert client.post(url(model, "change", row.pk), {"_save": "1"}).status_code == 403


@pytest.mark.parametrize("model", MODELS, ids=label)
def test_a_longer_list_asks_the_database_no_more(
    model: type[Model], alice: User, client: Client
) -> None:
    client.force_login(alice)
    fill(5, alice)
    few = _queries(client, model)
    _more(alice)
    assert _queries(client, model) <= few


@pytest.mark.parametrize("model", MODELS, ids=label)
def test_no_list_counts_all_there_is_beside_what_fits(model: type[Model]) -> None:
    assert admin.site._registry[model].show_full_result_count is False


def _more(alice: User) -> None:
    """Forty-five more of everything."""
    for number in range(45):
        team = make.team()
        source = make.source(team=team)
        rows = [make.entry(source, f"more{number}{kind}", kind) for kind in Entry.Kind.values]
        server = make.server(entries=rows, team=team)
        tag = Tag.objects.create(name=f"more{number}")
        rows[0].tags.add(tag)
        person = make.member(team, make.user()).user
        make.rule(server, user=person, tag=tag)
        AccessRequest.objects.create(server=server, user=person)
        Stop.objects.create(kind="server", server=server, reason="more", made_by=person)
        make.token(person, server)
        OAuthClient.objects.create(name=f"more{number}", client_id=f"more{number}")
        make.attempt("challenge", user_id=person.pk, server=server.public_id)
        EndedSession.objects.create(nonce=f"more{number}", expires_at=alice.date_joined)
        make.sse_client(server, person)
        fill_jobs(server, rows[0], person)
        AllowedOrigin.objects.create(origin=f"https://more{number}.example.com")
        AuditPerson.objects.create(label=f"more{number}")
        RedactedName.objects.create(name=f"more{number}")
        audit.record(audit.Event("call", "tools/call", user=person.public_id))
    audit.flush()


def _queries(client: Client, model: type[Model]) -> int:
    """How many queries the second look at a list takes: the first one may fill caches."""
    client.get(url(model, "changelist"))
    with CaptureQueriesContext(connection) as seen:
        assert client.get(url(model, "changelist")).status_code == 200
    return len(seen)


def test_pages_of_the_admin_carry_no_inline_script(full: None, alice: User, client: Client) -> None:
    client.force_login(alice)
    server, tool = Server.objects.first(), Tool.objects.first()
    assert server is not None and tool is not None
    for page in (
        "/admin/",
        url(Server, "change", server.pk),
        url(Tool, "change", tool.pk),
        url(Server, "delete", server.pk),
        *(area(name, server) for name in ("overview", "contents", "publish", "access", "connect")),
    ):
        html = text(client.get(page))
        for part in html.split("<script")[1:]:
            tag, _, rest = part.partition(">")
            inline = rest.partition("</script>")[0].strip()
            assert "src=" in tag or "application/json" in tag or not inline


def test_the_overview_shows_problems_figures_and_changes(
    full: None, alice: User, client: Client
) -> None:
    client.force_login(alice)
    html = text(client.get("/admin/"))
    assert "line 3: &lt;script&gt;" in html
    assert "Tools on" in html
    assert "Origin allowed" in html


def test_the_overview_of_staff_without_permissions_says_so(client: Client, db: None) -> None:
    client.force_login(make.user("staff", is_staff=True))
    html = text(client.get("/admin/"))
    assert "Nothing here is yours to see yet" in html
    assert "Servers on" not in html


def test_the_sidebar_shows_what_one_may_see(client: Client, db: None) -> None:
    staff = make.user("staff", is_staff=True)
    staff.user_permissions.add(Permission.objects.get(codename="view_server"))
    client.force_login(staff)
    html = text(client.get("/admin/"))
    assert url(Server, "changelist") in html
    assert url(Team, "changelist") not in html
    assert url(AuditEvent, "changelist") not in html


def test_the_sidebar_counts_the_clients_that_wait(alice: User, client: Client) -> None:
    client.force_login(alice)
    make.client("blocked", approved=False, blocked=True)
    assert clients_waiting() == 0
    make.client("new", approved=False)
    items = [
        item for group in sidebar(client.get("/admin/").wsgi_request) for item in group["items"]
    ]
    assert {item["title"]: item.get("badge") for item in items}["Clients"] == clients_waiting() == 1


def test_signing_in_to_the_admin_goes_the_hubs_way(client: Client, db: None) -> None:
    answer = client.get("/admin/")
    assert answer.status_code == 302
    assert client.get(answer["Location"]).headers["Location"].startswith("/login/")


def test_the_history_of_a_row_is_the_audit_trail(alice: User, client: Client) -> None:
    client.force_login(alice)
    team = make.team()
    answer = client.get(url(Team, "history", team.pk))
    assert answer["Location"] == url(AuditEvent, "changelist")


def test_nothing_is_deleted_in_bulk_without_its_name(alice: User, client: Client) -> None:
    client.force_login(alice)
    team = make.team()
    order = {"action": "delete_selected", "_selected_action": [team.pk], "post": "yes"}
    client.post(url(Team, "changelist"), order)
    assert Team.objects.filter(pk=team.pk).exists()


def test_versions_are_listed_and_shown_whole(full: None, alice: User, client: Client) -> None:
    client.force_login(alice)
    version = EntryVersion.objects.first()
    assert version is not None
    assert version.definition_id in text(client.get(url(EntryVersion, "change", version.pk)))
