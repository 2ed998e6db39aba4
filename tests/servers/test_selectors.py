"""Selectors: which servers a person may use, and what they see on them."""

import pytest

from accounts.models import Team
from catalog.models import Entry, Tag
from servers.models import Server
from servers.selectors import offer_to, server_usable_by, servers_usable_by
from tests import make


def slugs(user):
    return [server.slug for server in servers_usable_by(user)]


def test_public_servers_are_for_anyone(charlie):
    make.server("open", visibility="public")
    make.server("closed")
    assert slugs(None) == slugs(charlie) == ["open"]


def test_team_server_is_for_its_team(bob, charlie):
    make.server("data", team=Team.objects.get(name="data"))
    assert slugs(bob) == ["data"]
    assert slugs(charlie) == slugs(None) == []


def test_rule_opens_a_server_to_a_person_and_to_a_team(bob, charlie):
    one, two = make.server("one"), make.server("two")
    make.rule(one, user=charlie)
    make.rule(two, team=Team.objects.get(name="data"))
    assert slugs(charlie) == ["one"]
    assert slugs(bob) == ["two"]
    assert slugs(None) == []


def test_server_of_two_reasons_is_listed_once(bob):
    team = Team.objects.get(name="data")
    server = make.server("data", team=team, visibility="public")
    make.rule(server, team=team)
    make.rule(server, user=bob)
    assert slugs(bob) == ["data"]


def test_superuser_gets_no_silent_bypass(alice):
    make.server("closed")
    assert slugs(alice) == []


def test_disabled_server_is_not_listed(bob):
    make.server("off", visibility="public", enabled=False)
    assert slugs(bob) == []


def test_server_where_everything_is_denied_is_not_listed(bob, charlie):
    server = make.server("open", visibility="public")
    make.rule(server, effect="deny", user=bob)
    assert slugs(bob) == []
    assert slugs(charlie) == slugs(None) == ["open"]
    make.rule(server, effect="deny")
    assert slugs(charlie) == slugs(None) == []


def test_a_single_server_is_judged_like_the_list_of_them(
    bob, charlie, django_assert_max_num_queries
):
    team = Team.objects.get(name="data")
    for visibility in ("public", "team"):
        for state in ({}, {"enabled": False}, {"team": team}):
            for rules in (
                [],
                [{"user": bob}],
                [{"team": team, "pattern": "get_*"}],
                [{"effect": "deny"}],
                [{"effect": "deny", "pattern": "get_*"}],
                [{"effect": "deny", "user": bob}],
                [{"user": bob}, {"effect": "deny", "team": team}],
            ):
                server = make.server(visibility=visibility, **state)
                for rule in rules:
                    make.rule(server, **rule)
    for person in (bob, charlie):
        usable = {server.public_id for server in servers_usable_by(person)}
        for server in Server.objects.all():
            with django_assert_max_num_queries(3):
                found = server_usable_by(person, server.public_id)
            assert (found == server) == (server.public_id in usable)


def test_counts_are_of_what_the_person_may_use(demo, bob, charlie):
    danger = make.entry(demo, "delete_all")
    danger.tags.add(Tag.objects.create(name="danger"))
    make.entry(demo, "off", enabled=False)
    make.entry(demo, "gone", state=Entry.State.MISSING)
    Entry.objects.create(source=demo, kind="tool", name="undefined")
    server = make.server("open", visibility="public", entries=Entry.objects.all())
    make.rule(server, effect="deny", user=bob, tag=Tag.objects.get())
    make.rule(server, effect="deny", user=bob, pattern="summ*")
    (seen,) = servers_usable_by(charlie)
    assert (seen.tools, seen.resources, seen.prompts, seen.empty) == (2, 2, 1, False)
    (seen,) = servers_usable_by(bob)
    assert (seen.tools, seen.resources, seen.prompts) == (1, 2, 0)


def test_source_that_is_off_counts_nothing(demo, charlie):
    make.server("open", visibility="public", entries=demo.entries.all())
    demo.enabled = False
    demo.save()
    (seen,) = servers_usable_by(charlie)
    assert seen.empty


@pytest.mark.parametrize("servers", [1, 7])
def test_queries_do_not_grow_with_servers(demo, bob, servers, django_assert_num_queries):
    tag = Tag.objects.create(name="danger")
    for _ in range(servers):
        server = make.server(visibility="public", entries=demo.entries.all())
        make.rule(server, effect="deny", user=bob, tag=tag)
    with django_assert_num_queries(5):
        assert len(servers_usable_by(bob)) == servers


def test_offer_tells_curators_words(bob):
    body = {"title": "Old", "description": "Old words.", "annotations": {"readOnlyHint": True}}
    entry = make.entry(make.source(), body=body, own_title="Plus", own_description="Adds.\nMore.")
    server = make.server("data", team=Team.objects.get(name="data"), entries=[entry])
    (tool,) = offer_to(bob, server.public_id).tools
    assert (tool.title, tool.description, tool.scope) == ("Plus", "Adds.\nMore.", "mcp:read")
