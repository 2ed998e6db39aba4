"""The playground's page and its tokens: who may, as whom, where."""

import json

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import IssuedToken, User
from tests import make
from tests.admin_pages import text

HOSTILE = "</script><script>alert(1)</script>"
SCHEMA = {"type": "object", "properties": {HOSTILE: {"type": "string"}}}


@pytest.fixture
def tool(db):
    body = {"name": "add", "description": HOSTILE, "inputSchema": SCHEMA}
    return make.entry(make.source("calc"), "add", body=body)


@pytest.fixture
def demo(tool, bob):
    return make.server("demo", entries=[tool], team=bob.memberships.get().team)


def curator(*codenames: str) -> User:
    """Somebody of the staff who may see entries, and these."""
    user = make.user(is_staff=True)
    for codename in ("view_entry", *codenames):
        user.user_permissions.add(Permission.objects.get(codename=codename))
    return user


def page(entry) -> str:
    return reverse("admin:servers_server_try", args=[entry.kind, entry.pk])


def facts(answer) -> dict:
    return answer.context["facts"]


def ask(client, entry, server, **said):
    order = {"server": str(server.public_id), "scopes": ["mcp:read"], **said}
    return client.post(f"{page(entry)}token/", order)


def test_page_has_the_definition_as_clients_see_it(client, alice, tool, demo):
    client.force_login(alice)
    answer = client.get(page(tool))
    assert answer.status_code == 200 and HOSTILE not in text(answer)
    assert facts(answer)["definition"]["inputSchema"] == SCHEMA
    assert [each["slug"] for each in facts(answer)["servers"]] == ["demo"]
    assert answer["Cache-Control"].startswith("max-age=0")
    assert "media-src data:" in answer["Content-Security-Policy"]


def test_own_words_of_a_curator_lie_over_it(client, alice, tool, demo):
    tool.own_description = "Adds."
    tool.save()
    client.force_login(alice)
    assert facts(client.get(page(tool)))["definition"]["description"] == "Adds."


def test_nobody_without_the_permission_sees_anything(client, tool, demo):
    client.force_login(make.user(is_staff=True))
    assert client.get(page(tool)).status_code == 403
    assert ask(client, tool, demo).status_code == 403
    assert client.get(reverse("admin:servers_server_try_at")).status_code == 403


def test_what_is_not_there_or_of_another_kind_is_not_found(client, alice, tool):
    client.force_login(alice)
    for kind, key in (("prompt", tool.pk), ("tool", tool.pk + 1), ("thing", tool.pk)):
        assert client.get(f"/admin/servers/server/try/{kind}/{key}/").status_code == 404


def test_where_nothing_publishes_it_the_page_says_so(client, alice, tool):
    client.force_login(alice)
    answer = client.get(page(tool))
    assert "No server that you may see publishes this" in text(answer)
    assert f"{reverse('admin:servers_server_put')}?entry={tool.pk}" in text(answer)


def test_only_who_may_view_as_somebody_is_asked_as_whom(client, tool, demo):
    for codename, asked in (("view_server", False), ("view_as", True)):
        client.force_login(curator(codename))
        assert ('data-play="user"' in text(client.get(page(tool)))) is asked


def test_only_who_may_see_jobs_is_led_to_them(client, tool):
    for codename, address in (("view_tag", ""), ("view_job", "/admin/servers/job/")):
        client.force_login(curator(codename))
        assert facts(client.get(page(tool)))["jobs"] == address


def test_servers_one_may_use_come_first(client, tool, demo):
    person = curator("view_server")
    own = make.server("zoo", entries=[tool], visibility="public")
    make.server("off", entries=[tool], visibility="public", enabled=False)
    client.force_login(person)
    answer = client.get(page(tool))
    assert [each["slug"] for each in facts(answer)["servers"]] == ["zoo", "demo"]
    assert "not yours to use" in text(answer) and own.title in text(answer)


def test_servers_that_one_may_not_know_of_are_left_out(client, tool, demo):
    client.force_login(curator())
    answer = client.get(page(tool))
    assert facts(answer)["servers"] == [] and "demo" not in text(answer).lower()
    assert ask(client, tool, demo).status_code == 404


def test_rule_that_shuts_out_makes_a_server_not_usable(client, tool, demo, bob):
    bob.is_staff = True
    bob.save()
    bob.user_permissions.add(Permission.objects.get(codename="view_entry"))
    client.force_login(bob)
    assert len(facts(client.get(page(tool)))["servers"]) == 1
    make.rule(demo, user=bob, effect="deny", pattern="*")
    assert facts(client.get(page(tool)))["servers"] == []


def test_queries_do_not_grow_with_servers(client, alice, tool, demo):
    client.force_login(alice)
    client.get(page(tool))  # what is read once and remembered
    with CaptureQueriesContext(
        connection,
    ) as few:
        client.get(page(tool))
    for _ in range(5):
        make.rule(make.server(entries=[tool], team=make.team()), user=alice, pattern="*")
    with CaptureQueriesContext(connection) as many:
        client.get(page(tool))
    assert len(many) == len(few)


def test_token_is_for_oneself(client, tool, bob, demo):
    bob.is_staff = True
    bob.save()
    bob.user_permissions.add(Permission.objects.get(codename="view_entry"))
    client.force_login(bob)
    answer = ask(client, tool, demo)
    assert answer.status_code == 200 and answer.json()["token"].startswith("mcphub_")
    assert answer["Cache-Control"].startswith("max-age=0")
    issued = IssuedToken.objects.get()
    assert (issued.user, issued.made_by, issued.origin) == (bob, bob, "playground")


def test_token_for_somebody_else_needs_its_permission(client, tool, demo, bob):
    client.force_login(curator("view_server"))
    refused = ask(client, tool, demo, user="bob")
    assert refused.status_code == 403 and "error" in refused.json()
    assert ask(client, tool, demo, user="nosuch").json() == refused.json()
    client.force_login(curator("view_as"))
    assert ask(client, tool, demo, user="bob").status_code == 200
    assert IssuedToken.objects.get().user == bob


def test_superuser_is_not_to_be_played_by_a_lesser_one(client, tool, demo, alice):
    client.force_login(curator("view_as"))
    assert ask(client, tool, demo, user="alice").status_code == 403
    assert ask(client, tool, demo, user="no\0body").status_code == 403


def test_what_a_service_refuses_is_told(client, alice, tool, demo, charlie):
    client.force_login(alice)
    refused = ask(client, tool, demo, user="charlie")
    assert refused.status_code == 422
    assert refused.json() == {"error": "charlie may not use a server 'demo'."}
    assert ask(client, tool, demo, user="bob", scopes=["x"]).status_code == 422


def test_server_that_does_not_publish_it_gives_no_token(client, alice, tool):
    client.force_login(alice)
    other = make.server("other", visibility="public")
    assert ask(client, tool, other).status_code == 404
    said = {"server": "no id", "scopes": ["mcp:read"]}
    assert client.post(f"{page(tool)}token/", said).status_code == 404
    assert not IssuedToken.objects.exists()


def test_tokens_are_posted_for_with_the_secret_of_a_form(alice, tool, demo):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(alice)
    assert ask(strict, tool, demo).status_code == 403
    assert not IssuedToken.objects.exists()
    loose = Client()
    loose.force_login(alice)
    assert loose.get(f"{page(tool)}token/").status_code == 405


def test_address_of_a_result_leads_to_its_playground(client, alice):
    note = make.entry(make.source(), "play://note", "resource", body={"uri": "play://note"})
    server = make.server(entries=[note])
    client.force_login(alice)
    at = reverse("admin:servers_server_try_at")
    found = client.get(at, {"server": str(server.public_id), "uri": "play://note"})
    assert found["Location"] == page(note)
    for said in ({"server": str(server.public_id), "uri": "x\0"}, {"server": "x"}, {}):
        assert client.get(at, said)["Location"] == reverse("admin:catalog_resource_changelist")


def test_page_of_a_tool_leads_to_its_playground(client, alice, tool, demo):
    client.force_login(alice)
    answer = client.get(reverse("admin:catalog_tool_change", args=[tool.pk]))
    assert f'href="{page(tool)}"' in text(answer)


def test_facts_are_plain_json(client, alice, tool, demo):
    client.force_login(alice)
    assert json.loads(json.dumps(facts(client.get(page(tool)))))["kind"] == "tool"


@pytest.mark.parametrize("name", ["nosuch", "charlie", "alice", "gone"])
def test_who_may_not_see_people_learns_of_none_by_name(client, tool, demo, alice, charlie, name):
    make.user("gone", is_active=False)
    client.force_login(curator("view_as"))
    answer = ask(client, tool, demo, user=name)
    assert (answer.status_code, answer.json()) == (
        403,
        {"error": "There is nobody of that name who may use this server."},
    )
    odd = ask(client, tool, demo, user=name, scopes=["x"])
    assert (odd.status_code, odd.json()) == (422, {"error": "There is no scope 'x'."})


def test_who_may_see_people_is_told_why(client, tool, demo, charlie):
    client.force_login(curator("view_as", "view_user"))
    answer = ask(client, tool, demo, user="charlie")
    assert answer.json() == {"error": "charlie may not use a server 'demo'."}


@pytest.fixture
def working(bob):
    """Somebody who curates for a team by a role alone."""
    team = make.team("Curated")
    return make.member(team, make.user("carla"), "curator").user, team


def test_curator_by_role_tries_what_their_team_s_sources_offer(client, tool, working):
    person, team = working
    tool.source.team = team
    tool.source.save()
    public = make.server("open", entries=[tool], visibility="public")
    client.force_login(person)
    shown = text(client.get(page(tool)))
    assert "Try add" in shown and 'href="/admin/catalog/tool/"' in shown
    assert 'href="/admin/servers/"' not in shown
    answer = ask(client, tool, public)
    assert answer.status_code == 200
    assert IssuedToken.objects.get().user == person
    assert ask(client, tool, public, user="bob").status_code == 403
    head = text(client.get(reverse("admin:catalog_tool_change", args=[tool.pk])))
    assert f'href="{page(tool)}"' in head


def test_curator_by_role_tries_what_is_on_their_team_s_server(client, tool, working):
    person, team = working
    server = make.server("theirs", entries=[tool], team=team)
    client.force_login(person)
    found = text(client.get(reverse("admin:servers_server_contents", args=[server.pk])))
    assert f'href="{page(tool)}"' in found
    shown = text(client.get(page(tool)))
    assert "Back to the server" in shown and 'href="/admin/catalog/tool/"' in shown
    assert ask(client, tool, server).status_code == 200


@pytest.mark.parametrize("role", ["auditor", "member"])
def test_other_roles_try_nothing(client, tool, working, role):
    _, team = working
    server = make.server("theirs", entries=[tool], team=team)
    client.force_login(make.member(team, make.user("other"), role).user)
    assert client.get(page(tool)).status_code in (302, 403)
    assert ask(client, tool, server).status_code in (302, 403)


def test_curator_by_role_finds_no_entry_of_others(client, tool, demo, working):
    person, _ = working
    client.force_login(person)
    assert client.get(page(tool)).status_code == 404
    assert ask(client, tool, demo).status_code == 404


def test_playground_belongs_to_what_it_tries(client, alice, tool, demo):
    client.force_login(alice)
    answer = client.get(page(tool))
    marked = [
        item["title"]
        for group in answer.context["sidebar_navigation"]
        for item in group["items"]
        if item["active"]
    ]
    assert marked == ["Tools"]
    assert f'href="{reverse("admin:catalog_tool_change", args=[tool.pk])}"' in text(answer)


def test_who_may_not_publish_reads_who_can(client, tool):
    client.force_login(curator())
    answer = text(client.get(page(tool)))
    assert "Who may change servers can publish it on one" in answer
    assert reverse("admin:servers_server_put") not in answer
