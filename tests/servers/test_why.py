"""servers/why: what is asked about, found as the hub finds it, and told in words."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st
from oauth2_provider.models import get_access_token_model

from accounts.caller import Caller, nobody
from accounts.models import IssuedToken, User
from accounts.scopes import expand
from catalog.models import Entry, Source, Tag
from catalog.policy.explaining import Check, Do, Known, Token, answer
from catalog.policy.reach import EVERYTHING, Part, Reach
from servers import corridor
from servers.models import AccessRule, Server, Stop
from servers.snapshot import Snapshot, build
from servers.snapshot_rows import read_rows
from servers.why.asking import Asked, ask, person_called, through_called
from servers.why.facts import case_of
from servers.why.reaching import matrix, people_on
from servers.why.telling import Told, tell
from servers.why.words import CHANGES, LINES, reach_said
from tests import make

EVERY_SCOPE = ("mcp:destructive", "mcp:prompts")


@pytest.fixture
def server(demo: Source, bob: User) -> Server:
    """A server of bob's team with one of each kind."""
    return make.server("demo", entries=list(demo.entries.all()), team=bob.teams.get())


def asking(server: Server, name: str = "add", kind: str = "tool", **of: Any) -> Asked:
    return ask(
        **{"server": server, "kind": kind, "name": name, "user": None, "through": None, **of}
    )


def told(server: Server, name: str = "add", kind: str = "tool", **of: Any) -> Told:
    return tell(asking(server, name, kind, **of))


def decides(answer: Told) -> str:
    return next(row.said for row in answer.rows if row.decides)


# --- against the gate, on rows ----------------------------------------------------------------------
def served(asked: Asked) -> Any:
    """What the corridor says of the same call, by the snapshot of the same rows."""
    snapshot = build(read_rows(()), Snapshot(), "1")
    published = snapshot.servers.get(asked.server.slug)
    if published is None:
        return None
    subject = asked.subject
    caller = Caller(None, subject.user, teams=subject.teams, scopes=expand(EVERY_SCOPE))
    call = corridor.Call(
        "resource" if asked.thing.kind == "template" else asked.thing.kind,
        asked.thing.name,
        {},
        published,
        caller if subject.user else nobody(),
        None,  # type: ignore[arg-type]
    )
    return corridor.judge(corridor.find(call), call, snapshot.stops).verdict


RULES = st.lists(
    st.tuples(
        st.sampled_from(("allow", "deny")),
        st.sampled_from(("bob", "charlie", "data", "")),
        st.sampled_from(("*", "ad*", "add", "demo://*")),
        st.sampled_from((None, None, "risky")),
    ),
    max_size=4,
)


@pytest.mark.parametrize("visibility", ["public", "team"])
@pytest.mark.parametrize("who", ["bob", "charlie", ""])
def test_answer_is_the_corridor_s(
    visibility: str, who: str, server: Server, bob: User, charlie: User
) -> None:
    tag = Tag.objects.create(name="risky")
    Entry.objects.get(name="add").tags.add(tag)
    about = {"bob": {"user": bob}, "charlie": {"user": charlie}, "": {}}
    about["data"] = {"team": bob.teams.get()}
    Server.objects.filter(pk=server.pk).update(visibility=visibility)
    server.refresh_from_db()
    user = {"bob": bob, "charlie": charlie, "": None}[who]

    @given(RULES, st.sampled_from((None, None, "server", "user", "everything")))
    @settings(max_examples=25, deadline=None)
    def judged(rules: Any, stopped: str | None) -> None:
        AccessRule.objects.all().delete()
        Stop.objects.all().delete()
        if stopped:
            named = {"server": {"server": server}, "user": {"user": bob}}.get(stopped, {})
            Stop.objects.create(kind=stopped, reason="Later.", **named)
        for effect, whom, pattern, named in rules:
            if whom or effect == "deny":
                fields = {**about[whom], "tag": tag if named else None}
                make.rule(server, effect=effect, pattern=pattern, **fields)
        for name, kind in (("add", "tool"), ("demo://about", "resource")):
            asked = asking(server, name, kind, user=user)
            found, expected = answer(case_of(asked)), served(asked)
            assert found.allowed is expected.allowed
            if found.why != "no_token":
                assert (found.why, found.rule) == (expected.reason, expected.rule)

    judged()


# --- what is asked about ----------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "kind", "known", "found"),
    [
        ("add", "tool", Known.SERVED, "tool"),
        ("add", "", Known.SERVED, "tool"),
        ("summarise", "", Known.SERVED, "prompt"),
        ("add", "prompt", Known.NOWHERE, "prompt"),
        ("greeting", "template", Known.SERVED, "template"),
        ("greeting", "resource", Known.SERVED, "template"),
        ("demo://greeting/Ada", "resource", Known.SERVED, "template"),
        ("demo://nothing", "resource", Known.NOWHERE, "resource"),
        ("elsewhere", "tool", Known.UNPUBLISHED, "tool"),
        ("unread", "tool", Known.WAITING, "tool"),
        ("add", "nonsense", Known.NOWHERE, "tool"),
    ],
)
def test_name_leads_where_a_call_would_go(
    name: str, kind: str, known: Known, found: str, server: Server, demo: Source
) -> None:
    make.entry(demo, "elsewhere")
    unread = make.entry(demo, "unread")
    server.entries.create(entry=unread, kind="tool", exposed_name="unread")
    Entry.objects.filter(pk=unread.pk).update(current=None)
    thing = asking(server, name, kind).thing
    assert (thing.known, thing.kind) == (known, found)


def test_of_two_templates_that_cover_an_address_the_usable_one_is_judged(
    server: Server, demo: Source, bob: User
) -> None:
    body = {"name": "any", "uriTemplate": "demo://{+rest}"}
    wide = make.entry(demo, "any", "template", body)
    server.entries.create(entry=wide, kind="template", exposed_name="any", position=9)
    make.rule(server, effect="deny", pattern="greeting")
    assert asking(server, "demo://greeting/Ada", "resource", user=bob).thing.name == "any"
    make.rule(server, effect="deny", pattern="any")
    assert asking(server, "demo://greeting/Ada", "resource", user=bob).thing.name == "greeting"


def test_people_and_clients_are_known_by_name_and_by_the_trail_s_ids(
    server: Server, bob: User
) -> None:
    client = make.client("Claude")
    make.token(bob, server)
    issued = IssuedToken.objects.get()
    assert person_called("bob") == person_called(str(bob.public_id)) == bob
    assert person_called("nobody") is None
    for text in ("Claude", str(client.public_id)):
        assert through_called(text, bob) == client
    for text in ("made for a test", str(issued.public_id)):
        assert through_called(text, bob) == issued
    assert through_called(str(issued.public_id), make.user()) is None
    assert through_called("stdio", None) is None


# --- what a caller shows ----------------------------------------------------------------------------
def held(asked: Asked) -> tuple[str, set[str]]:
    case = case_of(asked)
    return case.token, set(case.facts.scopes)


def test_token_gives_its_own_scopes_where_it_opens_something(server: Server, bob: User) -> None:
    make.token(bob, server, scopes=["mcp:read"])
    issued = IssuedToken.objects.get()
    assert held(asking(server, user=bob, through=issued)) == (Token.WORKS, {"mcp:read"})
    other = make.server("other")
    assert held(asking(other, user=bob, through=issued)) == (Token.LACKING, set())
    access = get_access_token_model().objects.all()
    access.update(expires=timezone.now() - timedelta(seconds=1))
    issued.refresh_from_db()
    assert held(asking(server, user=bob, through=IssuedToken.objects.get())) == (
        Token.LACKING,
        set(),
    )


def test_client_has_what_the_person_allowed_it_on_this_server(server: Server, bob: User) -> None:
    client = make.client()
    assert held(asking(server, user=bob, through=client)) == (Token.LACKING, set())
    consent = make.consent(bob, client, server, scopes="mcp:write")
    assert held(asking(server, user=bob, through=client)) == (Token.LACKING, set())
    make.family(consent)
    assert held(asking(server, user=bob, through=client)) == (
        Token.WORKS,
        {"mcp:read", "mcp:write"},
    )
    get_access_token_model().objects.all().delete()
    assert held(asking(server, user=bob, through=client))[0] == Token.WORKS  # it can be renewed


def test_scope_that_the_client_lacks_is_told_and_given(server: Server, bob: User) -> None:
    make.token(bob, server, scopes=["mcp:read"])
    found = told(server, user=bob, through=IssuedToken.objects.get())
    assert decides(found) == "It needs the scope mcp:write; the token has mcp:read."
    assert found.way == ("bob gives the token “made for a test” the scope mcp:write on demo.",)


def test_blocked_client_and_disabled_person_are_told_before_anything_else(
    server: Server, bob: User
) -> None:
    client = make.client("Claude", blocked=True)
    make.family(make.consent(bob, client, server))
    assert decides(told(server, user=bob, through=client)) == (
        "The client Claude is blocked: its tokens are refused."
    )
    User.objects.filter(pk=bob.pk).update(is_active=False)
    bob.refresh_from_db()
    found = told(server, user=bob, through=client)
    assert decides(found) == "bob is disabled: nothing of theirs opens anything."
    assert found.way == (
        "Let bob log in and call again.",
        "Let the client Claude in again.",
    )


def test_stop_is_told_with_its_reason_and_lifted(server: Server, bob: User) -> None:
    Stop.objects.create(kind="server", server=server, reason="Until <noon>.")
    found = told(server, user=bob)
    assert decides(found) == "It is stopped (server): Until <noon>."
    assert found.way == ("Lift the stop (server).",)


# --- in words ---------------------------------------------------------------------------------------
def test_every_line_and_every_change_has_its_sentence() -> None:
    assert set(CHANGES) == set(Do)
    assert {check for check, _ in LINES} == set(Check)


def test_denied_call_is_traced_to_its_rule(server: Server, bob: User) -> None:
    make.rule(server, effect="deny", pattern="ad*")
    found = told(server, user=bob)
    assert found.said == "bob may not call add on demo."
    assert decides(found) == "An access rule denies it: everyone may not use ad* on demo."
    assert found.way == ("Delete the access rule “everyone may not use ad* on demo”.",)


def test_stranger_is_let_in_by_a_rule_or_a_team(server: Server, charlie: User) -> None:
    found = told(server, user=charlie)
    assert decides(found) == "Nothing lets charlie in: no team, and no access rule."
    assert found.way == ("Add an access rule: charlie may use add on demo.",)
    assert found.other_ways == (
        ("Put charlie into the team data.",),
        ("Make demo public: anyone may then use it, without a token.",),
    )


def test_what_is_allowed_says_by_what(server: Server, bob: User) -> None:
    found = told(server, user=bob)
    assert found.said == "bob may call add on demo."
    assert decides(found) == "bob is in the team data, which owns demo."
    assert found.way == ("Add an access rule: bob may not use add on demo.",)


def test_nobody_in_particular_needs_a_public_server(server: Server) -> None:
    found = told(server)
    assert found.said == "Anyone without a token may not call add on demo."
    assert decides(found) == "There is no token, and demo is not public."


def test_names_are_never_read_as_templates(server: Server, demo: Source, bob: User) -> None:
    odd = make.entry(demo, "{person.__class__}")
    server.entries.create(entry=odd, kind="tool", exposed_name="{person.__class__}")
    found = told(server, "{person.__class__}", user=bob)
    assert found.said == "bob may call {person.__class__} on demo."


def test_explanation_as_data_is_json(server: Server, charlie: User) -> None:
    facts = json.loads(json.dumps(told(server, user=charlie).facts()))
    assert (facts["allowed"], facts["reason"]) == (False, "no_access")
    assert [row["check"] for row in facts["lines"] if row["decides"]] == ["grant"]
    assert facts["changes"] == [
        {
            "do": "allow_person",
            "about": None,
            "said": "Add an access rule: charlie may use add on demo.",
        }
    ]


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (Reach(), "nothing"),
        (Reach((EVERYTHING,)), "everything"),
        (Reach((EVERYTHING,), (Part("delete_*"), Part("x"))), "everything but delete_*, x"),
        (Reach((Part("x_*"),)), "only x_*"),
        (Reach((Part("*", "safe"),), (Part("a*", "old"),)),
         "only what is tagged safe but what is tagged old and is a*"),
        (Reach((EVERYTHING,), (EVERYTHING,)), "nothing"),
    ],
)  # fmt: skip
def test_reach_in_words(found: Reach, words: str) -> None:
    assert reach_said(found) == words


# --- teams and people --------------------------------------------------------------------------------
def test_matrix_says_what_each_team_may_use(server: Server, bob: User) -> None:
    data, other = bob.teams.get(), make.team("other")
    public = make.server("open", visibility="public")
    make.rule(server, effect="deny", pattern="delete_*")
    make.rule(server, team=other, pattern="read_*")
    rows = matrix([data, other], [server, public])
    assert [(row.team, [cell.words for cell in row.cells]) for row in rows] == [
        (None, ["nothing", "everything"]),
        (data, ["everything but delete_*", "everything"]),
        (other, ["only read_* but delete_*", "everything"]),
    ]


def test_people_of_a_server(server: Server, bob: User, charlie: User) -> None:
    gone = make.user("gone", is_active=False)
    make.rule(server, user=charlie, pattern="add")
    rows = people_on(server, [bob, charlie, gone])
    assert [(row.user, row.teams, row.words) for row in rows] == [
        (bob, "data", "everything"),
        (charlie, "", "only add"),
        (gone, "", "nothing: disabled"),
    ]


def test_matrix_and_people_ask_the_database_no_more_for_more(server: Server, bob: User) -> None:
    def asked(teams: list[Any], people: list[User]) -> int:
        with CaptureQueriesContext(connection) as seen:
            matrix(teams, [server])
            people_on(server, people)
        return len(seen)

    few = asked([bob.teams.get()], [bob])
    teams = [make.team() for _ in range(10)]
    people = [make.member(team, make.user()).user for team in teams]
    for team in teams:
        make.rule(server, team=team)
    assert asked(teams, people) == few
