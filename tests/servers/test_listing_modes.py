"""Listing modes: what clients are listed, find, read and call where a list is slim or searched."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.scopes import PROMPTS, READ, WRITE
from catalog.models import Entry, Source
from catalog.services import set_entry_enabled
from monitoring import audit
from monitoring.models import AuditEvent
from servers.finding import capability
from servers.models import Server, ServerEntry
from servers.own_tools import BODIES, CALL, DESCRIBE, SEARCH
from servers.published import Access
from tests import gates, make
from tests.hub import REVISIONS, STATELESS, published
from tests.talks import named, questions, state_of

OWN = [SEARCH, DESCRIBE, CALL]
ADD = {"a": 2, "b": 3}
TOLD = "Unknown tool: {}. Find tools with search_tools."
every_revision = pytest.mark.parametrize("revision", REVISIONS)


def listed(slug, mode):
    Server.objects.filter(slug=slug).update(listing=mode)


@pytest.fixture
def searched(hub):
    """The open server, searched."""
    listed("open", "search")
    hub.refresh()
    return Server.objects.get(slug="open")


@pytest.fixture
def closed(hub, bob):
    """A searched server for bob's team alone."""
    server = published("closed", Source.objects.get(), team=bob.teams.get())
    listed("closed", "search")
    hub.refresh()
    return server


def call(hub, tool, arguments=None, *, slug="open", **options):
    """Call one of the hub's own tools."""
    return hub.post(slug, "tools/call", {"name": tool, "arguments": arguments or {}}, **options)


def through(hub, tool, arguments=None, **options):
    """Call a tool through call_tool."""
    given = {"name": tool} if arguments is None else {"name": tool, "arguments": arguments}
    return call(hub, CALL, given, **options)


def found(hub, query, **options):
    """Return the names that a search finds."""
    limit = options.pop("limit", None)
    arguments = {"query": query, **({"limit": limit} if limit else {})}
    return [
        tool["name"] for tool in json.loads(call(hub, SEARCH, arguments, **options).text)["tools"]
    ]


def tools(hub, slug="open", **options):
    return hub.post(slug, "tools/list", {}, **options).result["tools"]


def events():
    audit.flush()
    return AuditEvent.objects.filter(kind__in=["call", "question"]).order_by("id")


# --- slim -----------------------------------------------------------------------------------------


@pytest.mark.behaviour("H18")
@every_revision
def test_slim_list_has_a_line_of_each_tool_and_what_it_takes(hub, revision):
    entry = make.entry(
        Source.objects.get(),
        "wordy",
        body={
            "name": "wordy",
            "title": "Wordy",
            "description": "One line.\n\nAnd many more.",
            "inputSchema": {"type": "object", "properties": {"a": {"type": "string"}}},
            "outputSchema": {"type": "object"},
            "annotations": {"readOnlyHint": True},
        },
    )
    ServerEntry.objects.create(
        server=Server.objects.get(), entry=entry, kind="tool", exposed_name="wordy"
    )
    hub.refresh()
    (whole,) = [tool for tool in tools(hub, revision=revision) if tool["name"] == "wordy"]
    assert whole["description"] == "One line.\n\nAnd many more."
    listed("open", "slim")
    hub.refresh()
    (thin,) = [tool for tool in tools(hub, revision=revision) if tool["name"] == "wordy"]
    del whole["description"]
    whole.pop("outputSchema", None)
    assert thin == {**whole, "description": "One line."}


@pytest.mark.behaviour("H18")
@every_revision
def test_tool_of_a_slim_list_is_called_and_checked_as_ever(hub, revision):
    listed("open", "slim")
    hub.refresh()
    result = call(hub, "add", ADD, revision=revision).result
    assert result["content"][0]["text"] == "5"
    structured = {"result": 5} if revision >= "2025-06-18" else None
    assert result.get("structuredContent") == structured
    assert call(hub, "add", {"a": 1}, revision=revision).result["isError"] is True


def test_prompts_and_resources_are_listed_whole_in_every_mode(hub):
    asked = ("prompts/list", "resources/list", "resources/templates/list")
    before = [hub.post("open", method, {}).result for method in asked]
    for mode in ("slim", "search"):
        listed("open", mode)
        hub.refresh()
        assert [hub.post("open", method, {}).result for method in asked] == before


# --- search: what is listed -----------------------------------------------------------------------


@pytest.mark.behaviour("H19")
@every_revision
def test_searched_server_lists_three_tools(hub, searched, revision):
    shown = tools(hub, revision=revision)
    assert [tool["name"] for tool in shown] == OWN
    assert all(tool["description"] and tool["inputSchema"] for tool in shown)
    assert ("title" in shown[0]) == (revision >= "2025-06-18")


def test_who_is_not_let_in_is_listed_and_finds_nothing(hub, closed, bob, charlie):
    mine, foreign = make.token(bob, closed), make.token(charlie, closed)
    assert [tool["name"] for tool in tools(hub, "closed", token=mine)] == OWN
    assert tools(hub, "closed", token=foreign) == []
    for name in (*OWN, "add"):
        answer = call(hub, name, {"query": "add"}, slug="closed", token=foreign)
        assert answer.error["message"] == f"Unknown tool: {name}"


def test_rule_that_gives_one_tool_gives_what_finds_it(hub, closed, charlie):
    make.rule(closed, effect="allow", user=charlie, pattern="add")
    hub.refresh()
    told = {"slug": "closed", "token": make.token(charlie, closed)}
    assert [tool["name"] for tool in tools(hub, **told)] == OWN
    assert found(hub, "", **told) == ["add"]
    assert through(hub, "add", ADD, **told).text == "5"
    assert through(hub, "fail", **told).text == TOLD.format("fail")


def test_rule_names_what_is_published_and_not_what_finds_it(hub, searched, bob):
    make.rule(searched, effect="deny", pattern="*_tool*")
    hub.refresh()
    assert [tool["name"] for tool in tools(hub)] == OWN
    make.rule(searched, effect="deny", user=bob, pattern="*")
    hub.refresh()
    token = make.token(bob, searched)
    assert tools(hub, token=token) == [] and [tool["name"] for tool in tools(hub)] == OWN


# --- search: what is found ------------------------------------------------------------------------


@every_revision
def test_tools_are_found_by_what_they_do(hub, searched, revision):
    answer = call(hub, SEARCH, {"query": "adding numbers"}, revision=revision)
    shown = json.loads(answer.text)["tools"]
    assert shown[0] == {"name": "add", "description": "Add two whole numbers."}
    if revision >= "2025-06-18":
        assert answer.result["structuredContent"] == {"tools": shown}
    assert answer.result["isError"] is False


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("write", ["write"]),
        ("something down", ["write"]),
        ("text", ["pooled", "write"]),  # a parameter's name
        ("zebra", []),
    ],
)
def test_name_description_and_parameters_are_searched(hub, searched, query, names):
    assert sorted(found(hub, query)) == names


def test_title_tags_and_own_words_are_searched(hub, searched):
    entry = Entry.objects.get(name="write")
    entry.tags.create(name="stationery")
    Entry.objects.filter(pk=entry.pk).update(own_title="Scribble", own_description="Pencil it.")
    hub.refresh()
    for query in ("stationery", "scribbling", "pencil"):
        assert found(hub, query) == ["write"]
    assert found(hub, "something down") == []


def test_name_itself_comes_first(hub, searched):
    entry = make.entry(
        Source.objects.get(),
        "loud",
        body={
            "name": "loud",
            "title": "add add",
            "description": "add " * 9,
            "inputSchema": {"type": "object"},
        },
    )
    ServerEntry.objects.create(server=searched, entry=entry, kind="tool", exposed_name="add_add")
    hub.refresh()
    assert found(hub, " add ") == ["add", "add_add"]


def test_empty_query_tells_the_first_tools_in_order(hub, searched):
    everything = found(hub, " ", limit=50)
    assert everything[:2] == ["add", "write"] and len(everything) > 10
    assert found(hub, "") == everything[:10]
    assert found(hub, "", limit=3) == everything[:3]


@pytest.mark.parametrize(
    "title", [{"title": "Scribble"}, {"annotations": {"title": "Scribble"}}, {"annotations": {}}]
)
def test_search_tells_a_title_and_no_more_of_a_line_than_helps(hub, searched, title):
    body = {"name": "write", "description": "Wordy " * 99, "inputSchema": {}, **title}
    make.version(Entry.objects.get(name="write"), body)
    hub.refresh()
    (tool,) = json.loads(call(hub, SEARCH, {"query": "wordy"}).text)["tools"]
    assert tool == {
        "name": "write",
        **({"title": "Scribble"} if "Scribble" in str(title) else {}),
        "description": ("Wordy " * 50)[:300],
    }


def test_nothing_found_says_what_to_do(hub, searched):
    content = call(hub, SEARCH, {"query": "zebra"}).result["content"]
    assert [block["text"] for block in content] == ['{"tools":[]}', capability.NOTHING]


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"query": 1},
        {"query": "a", "limit": 0},
        {"query": "a", "limit": 51},
        {"query": "a" * 501},
    ],
)
def test_search_that_does_not_fit_is_told(hub, searched, arguments):
    answer = call(hub, SEARCH, arguments)
    assert answer.result["isError"] is True and answer.text.startswith("Invalid arguments: ")


def test_what_one_may_not_use_is_not_found_and_does_not_show(hub, searched, bob):
    """Whatever is hidden, and whether it is there at all: the answers are the same to the byte."""
    queries = ["write", "text", "", "some", "writing down something", "destroy"]
    make.rule(searched, effect="deny", pattern="write")
    make.rule(searched, effect="deny", pattern="destroy")
    hub.refresh()
    hidden = [call(hub, SEARCH, {"query": query}).body for query in queries]
    described = [call(hub, DESCRIBE, {"name": "write"}).body, through(hub, "write", {}).body]
    ServerEntry.objects.filter(exposed_name__in=["write", "destroy"]).delete()
    hub.refresh()
    assert [call(hub, SEARCH, {"query": query}).body for query in queries] == hidden
    gone = [call(hub, DESCRIBE, {"name": "write"}).body, through(hub, "write", {}).body]
    assert gone == described and b"Unknown tool: write." in gone[0]


def test_tool_that_is_switched_off_is_not_found(hub, searched):
    set_entry_enabled(actor=None, entry=Entry.objects.get(name="write"), enabled=False)
    hub.refresh()
    assert found(hub, "write") == [] and through(hub, "write", {"text": "x"}).text == TOLD.format(
        "write"
    )


def test_large_server_is_judged_in_a_thread_and_once(hub, searched, bob, monkeypatch):
    make.rule(searched, effect="deny", user=bob, pattern="fail")
    hub.refresh()
    token = make.token(bob, searched)
    monkeypatch.setattr(capability, "MANY", 0)
    judged = []
    usable = Access.usable
    monkeypatch.setattr(Access, "usable", lambda *a: judged.append(a) or usable(*a))
    assert found(hub, "write", token=token) == ["write"]
    assert len(judged) == 2  # in the thread, and by the search, which finds it known
    assert found(hub, "write", token=token) == ["write"]
    assert len(judged) == 3


# --- search: what is described --------------------------------------------------------------------


@every_revision
def test_description_is_what_a_full_list_shows(hub, revision):
    whole = {tool["name"]: tool for tool in tools(hub, revision=revision)}
    listed("open", "search")
    hub.refresh()
    for name, tool in whole.items():
        answer = call(hub, DESCRIBE, {"name": name}, revision=revision)
        assert json.loads(answer.text) == tool
        if revision >= "2025-06-18":
            assert answer.result["structuredContent"] == tool


def test_unknown_tool_is_described_as_such(hub, searched):
    answer = call(hub, DESCRIBE, {"name": "nothing"})
    assert answer.result["isError"] is True and answer.text == TOLD.format("nothing")


# --- search: what is called -----------------------------------------------------------------------


@pytest.mark.behaviour("H19")
@every_revision
@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("add", ADD),
        ("add", {"a": "x"}),
        ("add", {}),
        ("fail", {}),
        ("pooled", {"text": "x"}),
        ("tell", {}),
        ("endless", {}),
    ],
)
def test_call_through_call_tool_answers_as_the_call_itself(
    hub, searched, tool, arguments, revision
):
    direct = call(hub, tool, arguments, revision=revision)
    answer = through(hub, tool, arguments, revision=revision)
    assert answer.messages == direct.messages
    assert [(one.entry, one.outcome) for one in events()][0::2] == [
        (one.entry, one.outcome) for one in events()
    ][1::2]


def test_arguments_may_be_left_out(hub, searched):
    assert through(hub, "tell").text == "told"


@every_revision
def test_unknown_tool_is_told_in_a_result(hub, searched, revision):
    answer = through(hub, "nothing", {}, revision=revision)
    assert answer.result["isError"] is True and answer.text == TOLD.format("nothing")


@pytest.mark.parametrize(
    "arguments",
    [{}, {"name": ""}, {"name": 1}, {"name": "add", "arguments": []}, {"name": "add", "more": 1}],
)
def test_call_that_names_nothing_is_told(hub, searched, arguments):
    answer = call(hub, CALL, arguments)
    assert answer.result["isError"] is True and answer.text.startswith("Invalid arguments: ")
    assert gates.done == []
    (event,) = events()
    assert (event.entry, event.outcome, event.data) == (CALL, "error", "")


@pytest.mark.parametrize("own", OWN)
def test_own_tools_are_not_called_through_each_other(hub, searched, own):
    answer = through(hub, own, {"name": "add", "arguments": ADD})
    assert answer.text == TOLD.format(own) and gates.done == []


def test_published_tool_of_such_a_name_is_found_and_called_through_call_tool(hub, searched):
    for own in OWN:
        ServerEntry.objects.filter(exposed_name="add").update(exposed_name=own)
        hub.refresh()
        assert [tool["name"] for tool in tools(hub)] == OWN
        assert found(hub, own)[0] == own
        assert json.loads(call(hub, DESCRIBE, {"name": own}).text)["description"].startswith("Add")
        assert through(hub, own, ADD).text == "5"
        ServerEntry.objects.filter(exposed_name=own).update(exposed_name="add")


@pytest.mark.parametrize("mode", ["full", "slim"])
def test_elsewhere_such_names_mean_nothing(hub, mode):
    listed("open", mode)
    hub.refresh()
    for own in OWN:
        assert call(hub, own, {"name": "add"}).error["message"] == f"Unknown tool: {own}"
    ServerEntry.objects.filter(exposed_name="add").update(exposed_name=CALL)
    hub.refresh()
    assert call(hub, CALL, ADD).text == "5"


@every_revision
def test_scope_that_is_lacking_is_the_called_tool_s(hub, closed, bob, revision):
    told = {"slug": "closed", "token": make.token(bob, closed, scopes=[READ]), "revision": revision}
    assert found(hub, "write", **told) == ["write"]
    assert through(hub, "add", ADD, **told).text == "5"
    answer = through(hub, "write", {"text": "x"}, **told)
    assert answer.status == 403 and 'scope="' in answer.header("www-authenticate")
    assert "mcp:write" in answer.header("www-authenticate")
    assert gates.done == ["add"]
    denied = events().last()
    assert (denied.entry, denied.reason, denied.data) == (
        "write",
        "insufficient_scope",
        '{"via": "call_tool"}',
    )


def test_own_tools_need_leave_to_read(hub, closed, bob):
    token = make.token(bob, closed, scopes=[PROMPTS])
    for own in (SEARCH, DESCRIBE):
        answer = call(hub, own, {"query": "a", "name": "add"}, slug="closed", token=token)
        assert answer.status == 403 and "mcp:read" in answer.header("www-authenticate")


def test_each_counts_against_the_limit_once(hub, searched):
    Server.objects.update(calls_per_minute=1, burst=3)
    hub.refresh()
    assert found(hub, "add") == ["add"]
    assert call(hub, DESCRIBE, {"name": "add"}).status == 200
    assert through(hub, "add", ADD).status == 200
    assert through(hub, "add", ADD).status == 429


def test_header_parameters_are_not_asked_of_call_tool(hub, searched):
    schema = {"type": "object", "properties": {"a": {"type": "integer", "x-mcp-header": "A"}}}
    make.version(Entry.objects.get(name="add"), {"name": "add", "inputSchema": schema})
    hub.refresh()
    assert call(hub, "add", ADD).code == -32020
    assert through(hub, "add", ADD).text == "5"


# --- search: questions, progress, cancellation ----------------------------------------------------


def test_question_in_rounds_belongs_to_the_called_tool(talks):
    listed("talks", "search")
    talks.hub.refresh()
    first = talks.call(CALL, {"name": "greet", "arguments": {"greeting": "Hi"}})
    assert questions(first) == {"name": "Who are you?"} and gates.done == []
    answers = {"state": state_of(first), "answers": {"name": named("Anna")}}
    other = talks.call(CALL, {"name": "greet", "arguments": {"greeting": "Ho"}}, **answers)
    assert other.code == -32602 and gates.done == []
    last = talks.call(CALL, {"name": "greet", "arguments": {"greeting": "Hi"}}, **answers)
    assert last.text == "Hi Anna"
    asked, refused, done = events()
    assert [one.entry for one in (asked, refused, done)] == ["greet"] * 3
    told = [json.loads(one.data) for one in (asked, done)]
    assert told[0] == told[1] and told[0].keys() == {"call", "via"}
    assert (asked.outcome, done.outcome) == ("input_required", "ok")


@pytest.mark.parametrize("revision", ["2025-06-18", "2025-11-25"])
def test_question_of_a_session_comes_on_the_call_s_stream(talks, revision):
    listed("talks", "search")
    talks.hub.refresh()
    session = talks.session(revision)
    running = talks.begin(CALL, {"name": "greet"}, session=session)
    question = running.asked()
    assert question["method"] == "elicitation/create"
    assert talks.hub.reply(session, question["id"], result=named("Anna")).status == 202
    assert running.finish().text == "Hello Anna"


@every_revision
def test_progress_comes_and_a_call_is_cancelled(hub, searched, revision):
    session = None if revision == STATELESS else hub.session("open", revision)
    options = {"revision": revision, "session": session, "meta": {"progressToken": "p"}}
    params = {"name": CALL, "arguments": {"name": "hold", "arguments": {"steps": 2}}}
    running = hub.begin("open", "tools/call", params, **options)
    running.wait_for(lambda answer: answer.streamed and len(answer.messages) >= 2)
    if revision == STATELESS:
        running.disconnect()
    else:
        cancel = {"requestId": 1}
        hub.post(
            "open", "notifications/cancelled", cancel, revision=revision, session=session, id=None
        )
    running.finish()
    assert gates.done[-1] == "stopped"
    event = events().last()
    assert (event.entry, event.outcome, event.data) == ("hold", "cancelled", '{"via": "call_tool"}')


# --- search: what is recorded ---------------------------------------------------------------------


def test_trail_names_the_tool_and_never_the_query(hub, searched):
    call(hub, SEARCH, {"query": "zebra-in-the-query"})
    call(hub, DESCRIBE, {"name": "add"})
    through(hub, "add", ADD)
    call(hub, "add", ADD)
    kept = [(one.action, one.entry, one.outcome, one.data) for one in events()]
    assert kept == [
        ("tools/call", SEARCH, "ok", ""),
        ("tools/call", DESCRIBE, "ok", ""),
        ("tools/call", "add", "ok", '{"via": "call_tool"}'),
        ("tools/call", "add", "ok", ""),
    ]
    assert "zebra" not in json.dumps([str(vars(one)) for one in events()])


def test_hidden_tool_that_was_asked_for_is_recorded_with_its_reason(hub, searched):
    make.rule(searched, effect="deny", pattern="add")
    hub.refresh()
    through(hub, "add", ADD)
    through(hub, "nothing", {})
    kept = [(one.entry, one.verdict, one.reason) for one in events()]
    assert kept == [("add", "deny", "denied_by_rule"), ("nothing", "deny", "unknown")]


@every_revision
@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        (SEARCH, {"query": "add"}),
        (DESCRIBE, {"name": "add"}),
        (CALL, {"name": "add", "arguments": ADD}),
    ],
)
def test_own_tools_make_no_query_and_no_hop(hub, closed, bob, tool, arguments, revision):
    token = make.token(bob, closed, scopes=[READ, WRITE])
    session = None if revision == STATELESS else hub.session("closed", revision, token)
    options = {"slug": "closed", "token": token, "revision": revision, "session": session}
    call(hub, tool, arguments, **options)
    before = hub.offloaded
    with CaptureQueriesContext(connection) as captured:
        for _ in range(3):
            assert call(hub, tool, arguments, **options).result["isError"] is False
    assert (len(captured), hub.offloaded - before) == (0, 0)


def test_own_definitions_are_the_same_everywhere():
    assert [body["name"] for body in BODIES] == OWN
    assert all(body["inputSchema"]["additionalProperties"] is False for body in BODIES)
