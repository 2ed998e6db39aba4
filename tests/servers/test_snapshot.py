"""snapshot.py, snapshot_rows.py and published.py: everything that is served, as one value."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.caller import Caller
from catalog.models import Definition, Entry
from catalog.selectors import catalog_number
from servers import published, snapshot_rows
from servers.models import AllowedOrigin, ServerEntry
from servers.protocol.revisions import V2025_03_26, V2026_07_28
from servers.snapshot import Snapshot, build
from servers.snapshot_rows import read_rows
from tests import make


def snapshot(last=None):
    last = last or Snapshot()
    return build(read_rows(last.definitions.keys()), last, "1")


def caller(user=None, teams=()):
    return Caller(server=None, user=user, teams=frozenset(teams))


def names(server, who, kind="tool"):
    return [entry.exposed_name for entry in server.access_of(who).visible(kind)]


def tools(count, source=None):
    source = source or make.source()
    return [make.entry(source, f"tool{number:04}") for number in range(count)]


def test_nothing_is_served_before_anything_is_published(db):
    empty = snapshot()
    assert (empty.number, empty.servers, empty.definitions) == (0, {}, {})


def test_everything_that_is_published_is_served(db):
    AllowedOrigin.objects.create(origin="https://a.example")
    make.server("demo", entries=tools(2), visibility="public")
    made = snapshot()
    assert made.origins == {"https://a.example"} and made.number == catalog_number()
    assert names(made.servers["demo"], caller()) == ["tool0000", "tool0001"]


@pytest.mark.parametrize(
    ("calls", "burst", "limit"), [(None, None, None), (120, None, (2.0, 120)), (120, 5, (2.0, 5))]
)
def test_limit_of_a_server_is_served(db, calls, burst, limit):
    row = make.server("demo", calls_per_minute=calls, burst=burst)
    made = snapshot().servers["demo"].limit
    assert (made and (made.per_second, made.burst)) == limit
    assert made is None or made.server == row.public_id.hex


def test_sources_of_a_kind_are_named_once(db):
    one, other = make.source("one"), make.source("other", kind="openapi")
    make.server(entries=[*tools(2, one), make.entry(other)])
    make.server(entries=tools(1, make.source("two")))
    assert snapshot().sources("python") == {"one", "two"}


def test_disabled_server_is_not_there(db):
    make.server("demo", enabled=False, entries=tools(1))
    assert snapshot().servers == {}


def test_entry_without_a_definition_is_not_there(db):
    entry = Entry.objects.create(source=make.source(), kind="tool", name="bare")
    server = make.server("demo", entries=[entry], visibility="public")
    assert snapshot().servers[server.slug].find("tool", "bare") is None


@pytest.mark.parametrize(
    "change", [{"enabled": False}, {"state": "missing"}, {"source__enabled": False}]
)
def test_what_is_switched_off_is_known_but_for_nobody(db, change):
    (entry,) = tools(1)
    make.server("demo", entries=[entry], visibility="public")
    if "source__enabled" in change:
        entry.source.enabled = False
        entry.source.save()
    else:
        Entry.objects.update(**change)
    server = snapshot().servers["demo"]
    assert server.find("tool", "tool0000") is not None and names(server, caller()) == []


def test_team_sees_its_server_and_strangers_do_not(bob, charlie):
    team = bob.teams.get()
    make.server("demo", entries=tools(1), team=team)
    server = snapshot().servers["demo"]
    assert names(server, caller(bob.pk, [team.pk])) == ["tool0000"]
    assert names(server, caller(charlie.pk)) == [] == names(server, caller())


def test_rules_by_tag_and_pattern_are_kept(bob):
    first, second, third = tools(3)
    tag = first.tags.create(name="costly")
    server = make.server("demo", entries=[first, second, third], visibility="public")
    make.rule(server, effect="deny", tag=tag)
    make.rule(server, effect="deny", user=bob, pattern="*2")
    made = snapshot().servers["demo"]
    assert names(made, caller()) == ["tool0001", "tool0002"]
    assert names(made, caller(bob.pk)) == ["tool0001"]


def test_entries_stand_by_position_then_name(db):
    server = make.server("demo", entries=tools(3), visibility="public")
    ServerEntry.objects.filter(exposed_name="tool0000").update(position=7)
    ServerEntry.objects.filter(exposed_name="tool0002").update(position=1)
    ServerEntry.objects.filter(exposed_name="tool0001").update(exposed_name="x", position=1)
    made = snapshot().servers[server.slug]
    assert names(made, caller()) == ["tool0002", "x", "tool0000"]


def test_entry_is_shown_under_its_exposed_name(db):
    make.server("demo", entries=tools(1), visibility="public")
    ServerEntry.objects.update(exposed_name="shown")
    access = snapshot().servers["demo"].access_of(caller())
    (tool,) = json.loads(access.page("tool", V2026_07_28, None))["tools"]
    assert tool["name"] == "shown"


@pytest.mark.behaviour("K4")
def test_pages_differ_by_revision_and_access(bob):
    server = make.server("demo", entries=tools(2), visibility="public")
    make.rule(server, effect="deny", user=bob, pattern="*1")
    made = snapshot().servers["demo"]
    wide, narrow = made.access_of(caller()), made.access_of(caller(bob.pk))
    assert b"ttlMs" in wide.page("tool", V2026_07_28, None)
    assert b"ttlMs" not in wide.page("tool", V2025_03_26, None)
    assert b"tool0001" in wide.page("tool", V2026_07_28, None)
    assert b"tool0001" not in narrow.page("tool", V2026_07_28, None)


@pytest.mark.behaviour("K6")
def test_list_is_for_shared_caches_only_if_all_see_the_same(bob):
    public = make.server("public", entries=tools(1), visibility="public")
    make.server("team", entries=tools(1), team=bob.teams.get())
    ruled = make.server("ruled", entries=tools(1), visibility="public")
    make.rule(ruled, effect="deny", user=bob)
    scopes = {}
    for slug, server in snapshot().servers.items():
        who = caller(bob.pk, [bob.teams.get().pk])
        page = json.loads(server.access_of(who).page("tool", V2026_07_28, None))
        scopes[slug] = page["cacheScope"]
    assert scopes == {public.slug: "public", "team": "private", "ruled": "private"}


def test_definitions_are_fetched_once(db):
    make.server("demo", entries=tools(3))
    first = snapshot()
    Definition.objects.update(body="not even JSON")
    second = snapshot(first)
    assert second.definitions.keys() == first.definitions.keys()
    assert all(second.definitions[sha] is first.definitions[sha] for sha in first.definitions)
    make.entry(make.source("more"), "more")
    make.server("other", entries=[Entry.objects.get(name="more")])
    assert len(read_rows(second.definitions.keys()).bodies) == 1


def test_definitions_that_nobody_publishes_are_forgotten(db):
    server = make.server("demo", entries=tools(2))
    first = snapshot()
    server.entries.first().delete()
    assert len(snapshot(first).definitions) == 1


@pytest.mark.parametrize("known", [False, True])
def test_reading_takes_the_same_queries_for_ten_tools_and_for_two_hundred(db, known):
    def queries():
        last = snapshot() if known else Snapshot()
        with CaptureQueriesContext(connection) as captured:
            read_rows(last.definitions.keys())
        return len(captured)

    server = make.server("first", entries=tools(10))
    make.rule(server, effect="deny")
    ten = queries()
    for number in range(10):
        made = make.server(f"more{number}", entries=tools(19))
        make.rule(made, effect="deny", pattern="x*")
    assert queries() == ten


def test_snapshot_never_changes(db):
    made = snapshot()
    with pytest.raises(AttributeError):
        made.number = 7


def test_page_that_was_asked_for_last_stays_encoded(db, monkeypatch):
    monkeypatch.setattr(published, "MOST_PAGES", 2)
    make.server("demo", entries=tools(3), visibility="public")
    access = snapshot().servers["demo"].access_of(caller())
    first = access.page("tool", V2026_07_28, None)
    access.page("tool", V2026_07_28, (0, "tool0000"))
    assert access.page("tool", V2026_07_28, None) is first
    access.page("tool", V2026_07_28, (1, "tool0001"))
    assert access.page("tool", V2026_07_28, None) is first


def test_catalog_that_changed_while_it_was_read_is_read_again(db, monkeypatch):
    numbers = iter([1, 2, 2, 2])  # as read, and as checked afterwards, twice
    monkeypatch.setattr(snapshot_rows, "catalog_number", numbers.__next__)
    assert read_rows(()).number == 2
    assert next(numbers, None) is None


def test_curators_words_are_what_clients_read_and_the_version_stays_the_sources(db):
    source = make.source()
    plain = make.entry(source, "plain")
    worded = make.entry(source, "worded", body={"name": "worded", "description": "Source's."})
    make.server("demo", entries=[plain, worded])
    first = snapshot()
    Entry.objects.filter(pk=worded.pk).update(own_title="Ours", own_description="Better words.")
    second = snapshot(first)
    entry = second.servers["demo"].find("tool", "worded")
    assert entry.defined.body == {
        "name": "worded",
        "title": "Ours",
        "description": "Better words.",
    }
    assert entry.defined.sha256 == worded.current.definition_id
    assert second.servers["demo"].find("tool", "plain").defined is (
        first.servers["demo"].find("tool", "plain").defined
    )


def test_a_list_whose_words_changed_is_another_list(db):
    entry = make.entry(make.source(), "worded")
    make.server("demo", entries=[entry], visibility="public")
    first = snapshot()
    Entry.objects.filter(pk=entry.pk).update(own_title="Ours")
    second = snapshot(first)
    old, new = (each.servers["demo"].access_of(caller()).mark("tool") for each in (first, second))
    assert old != new


def test_only_what_changed_is_made_again(bob):
    first, second = tools(2)
    make.server("one", entries=[first], visibility="public")
    make.server("two", entries=[second], visibility="public")
    rule = make.rule(make.server("three", entries=[first]), user=bob)
    before = snapshot()
    Entry.objects.filter(pk=second.pk).update(enabled=False)
    after = snapshot(before)
    assert after.servers["one"] is before.servers["one"]
    assert after.servers["three"] is before.servers["three"]
    assert names(before.servers["two"], caller()) == ["tool0001"]
    assert names(after.servers["two"], caller()) == []
    rule.delete()
    assert names(snapshot(after).servers["three"], caller(bob.pk)) == []


@pytest.mark.parametrize("change", ["definition", "words", "tag", "name", "title", "version"])
def test_a_server_is_made_again_by_whatever_it_shows(db, change):
    (entry,) = tools(1)
    server = make.server("demo", entries=[entry], visibility="public")
    before, version = snapshot(), "1"
    if change == "definition":
        make.version(entry, {"name": "tool0000", "inputSchema": {"type": "object"}, "title": "New"})
    elif change == "words":
        Entry.objects.update(own_title="Own")
    elif change == "tag":
        entry.tags.create(name="costly")
    elif change == "name":
        ServerEntry.objects.update(exposed_name="other")
    elif change == "title":
        server.title = "Other"
        server.save()
    else:
        version = "2"
    after = build(read_rows(before.definitions.keys()), before, version)
    assert after.servers["demo"] is not before.servers["demo"]
