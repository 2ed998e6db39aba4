"""indexing.py: the index of a server's tools stands for as long as they do; own tools on the server."""

import pytest

from accounts.caller import Caller
from catalog.models import Entry, Tag
from servers.models import Server, ServerEntry
from servers.own_tools import BODIES
from servers.published import OWN
from servers.search.index import Visible
from servers.snapshot import Snapshot, build
from servers.snapshot_rows import read_rows
from tests import make


def snapshot(last=None):
    last = last or Snapshot()
    return build(read_rows(last.definitions.keys()), last, "1")


def caller(user=None, teams=()):
    return Caller(server=None, user=user, teams=frozenset(teams))


@pytest.fixture
def demo(db):
    """A searched server that is open to all, with three tools and a prompt."""
    source = make.source()
    entries = [make.entry(source, name) for name in ("one", "two", "three")]
    entries.append(make.entry(source, "ask", kind="prompt", body={"name": "ask"}))
    return make.server("demo", entries=entries, visibility="public", listing="search")


def found(server, query):
    tools = server.ordered("tool")
    seen = Visible(b"\1" * len(tools))
    return [tools[number].exposed_name for number in server.index.search(query, seen, 9)]


def test_only_tools_of_a_searched_server_are_indexed(demo):
    make.server("full")
    made = snapshot()
    assert found(made.servers["demo"], "two") == ["two"]
    assert found(made.servers["demo"], "ask") == []
    assert made.servers["full"].index is None and made.servers["full"].own == {}


def test_index_stands_while_nothing_is_found_otherwise(demo):
    first = snapshot().servers["demo"]
    Server.objects.filter(pk=demo.pk).update(title="Other", calls_per_minute=9)
    Entry.objects.filter(name="two").update(enabled=False)
    make.rule(demo, effect="deny", pattern="one")
    last = snapshot(Snapshot(servers={"demo": first}))
    assert last.servers["demo"].index is first.index


@pytest.mark.parametrize(
    "change",
    [
        lambda demo: ServerEntry.objects.filter(exposed_name="two").update(exposed_name="deux"),
        lambda demo: ServerEntry.objects.filter(exposed_name="two").delete(),
        lambda demo: ServerEntry.objects.filter(exposed_name="two").update(position=9),
        lambda demo: Entry.objects.get(name="two").tags.add(Tag.objects.create(name="t")),
        lambda demo: Entry.objects.filter(name="two").update(own_title="Deux"),
        lambda demo: make.version(Entry.objects.get(name="two"), {"name": "two", "title": "x"}),
    ],
)
def test_index_is_made_anew_when_a_tool_is_found_otherwise(demo, change):
    first = snapshot()
    change(demo)
    last = snapshot(first)
    assert last.servers["demo"].index is not first.servers["demo"].index


def test_server_that_becomes_searched_gets_its_index(demo):
    Server.objects.update(listing="full")
    first = snapshot()
    assert first.servers["demo"].index is None
    Server.objects.update(listing="search")
    assert found(snapshot(first).servers["demo"], "two") == ["two"]


@pytest.mark.parametrize("visibility", ["public", "team"])
def test_what_most_callers_may_use_is_known_from_the_start(demo, bob, charlie, visibility):
    team = bob.teams.get()
    Server.objects.update(visibility=visibility, team=team)
    make.rule(demo, effect="deny", user=charlie, pattern="two")
    made = snapshot().servers["demo"]
    most = caller(bob.pk, () if visibility == "public" else (team.pk,))
    assert made.access_of(most).judged("tool")
    assert not made.access_of(caller(charlie.pk, (team.pk,))).judged("tool")


def test_words_of_a_definition_are_read_once_while_it_is_served(demo):
    first = snapshot()
    make.entry(make.source(), "more")
    ServerEntry.objects.filter(exposed_name="three").delete()
    last = snapshot(first)
    one, same = (each.servers["demo"].entries["tool"]["one"].defined for each in (first, last))
    assert one.words is same.words is not None


@pytest.mark.parametrize(
    "schema",
    [{"type": "object"}, {"type": "object", "properties": {}}, {"properties": {"amount": True}}],
)
def test_any_definition_is_indexed(demo, schema):
    body = {"name": "odd", "title": "Odd", "inputSchema": schema}
    entry = make.entry(make.source(), "odd", body=body)
    ServerEntry.objects.create(server=demo, entry=entry, kind="tool", exposed_name="odd")
    made = snapshot().servers["demo"]
    assert found(made, "odd") == ["odd"]
    assert found(made, "amount") == (["odd"] if "amount" in str(schema) else [])


def test_list_of_a_searched_server_stays_the_same_and_that_of_another_mode_is_another(demo):
    who, marks = caller(), []
    make.entry(Entry.objects.first().source, "four")
    for listing, names in (("search", 3), ("search", 2), ("slim", 2), ("full", 2)):
        Server.objects.update(listing=listing)
        if names == 2:
            ServerEntry.objects.filter(exposed_name="two").delete()
        access = snapshot().servers["demo"].access_of(who)
        marks.append((access.mark("tool"), access.mark("prompt")))
    searched, less, slim, full = marks
    assert searched == less and len({searched[0], slim[0], full[0]}) == 3
    assert searched[1] == slim[1] == full[1]


def test_own_tools_stand_apart_from_what_is_published(demo):
    made = snapshot().servers["demo"]
    assert [*made.own] == [body["name"] for body in BODIES]
    assert made.entries["tool"].keys() == {"one", "two", "three"}
    assert {tool.source_kind for tool in made.own.values()} == {OWN}
    assert len({tool.public_id for tool in made.own.values()}) == 3
    assert snapshot().sources(OWN) == frozenset()
    assert made.default_scopes == ("mcp:read", "mcp:write", "mcp:prompts")
