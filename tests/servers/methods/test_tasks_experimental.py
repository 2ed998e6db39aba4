"""Tasks of 2025-11-25: asked for by the client, polled, and their results waited for."""

import base64

import pytest

from servers.protocol.tasks import LEAST_TTL_MS, MOST_TTL_MS, POLL_MS, TTL_MS
from tests import gates, make
from tests.holding import ASKED, EXPERIMENT, FILE, Holder, code, holding, named, rows
from tests.hub import authored_source, published

INVALID, UNKNOWN_METHOD = -32602, -32601
RELATED = "io.modelcontextprotocol/related-task"
only = [EXPERIMENT]
OLDER = ("2025-03-26", "2025-06-18")


def behaviour(*names):
    return pytest.mark.behaviour(*names, revisions=only)


@pytest.fixture
def holder(jobs, transport):
    """A client of 2025-11-25, over each transport."""
    yield from holding(jobs, transport, EXPERIMENT, can=dict(ASKED))


def open_gate(hub):
    hub.loop.call_soon_threadsafe(gates.opened.set)


def result(holder, task):
    """Return what tasks/result answers."""
    return holder.ask("tasks/result", {"taskId": task})


@pytest.fixture
def bobs(jobs, bob):
    """A client of bob's, on a server of his team."""
    team = bob.teams.get()
    server = published("private", authored_source(team, file=FILE), team=team)
    jobs.refresh()

    def client(user=bob, *scopes):
        token = make.token(user, server, scopes=scopes or ("mcp:read", "mcp:write"))
        return Holder(jobs, EXPERIMENT, token=token, slug="private")

    return client


# --- what is declared -----------------------------------------------------------------------------


@behaviour("O17")
def test_list_is_declared_for_who_is_known_alone(jobs, bobs):
    def declared(client):
        said = {"protocolVersion": EXPERIMENT, "capabilities": {}}
        params = {**said, "clientInfo": {"name": "x", "version": "1"}}
        answer = jobs.post(
            client.slug,
            "initialize",
            params,
            token=client.token,
            revision=EXPERIMENT,
            session=False,
        )
        assert "extensions" not in answer.result["capabilities"]
        return answer.result["capabilities"]["tasks"]

    common = {"cancel": {}, "requests": {"tools": {"call": {}}}}
    assert declared(bobs()) == {"list": {}, **common}
    assert declared(Holder(jobs)) == common
    assert code(Holder(jobs, EXPERIMENT).ask("tasks/list")) == UNKNOWN_METHOD


@pytest.mark.parametrize("revision", OLDER)
def test_older_revisions_declare_no_tasks(jobs, revision):
    client = Holder(jobs, revision)
    assert code(client.ask("tasks/get", {"taskId": "0" * 32})) == UNKNOWN_METHOD


@behaviour("H13")
def test_list_says_how_tools_run(holder):
    tools = {tool["name"]: tool for tool in holder.ask("tools/list")["result"]["tools"]}
    said = {name: tool.get("execution") for name, tool in tools.items()}
    assert said["plain"] is None and said["needs"] == {"taskSupport": "required"}
    assert {str(said[name]) for name in ("act", "maybe", "books")} == {
        "{'taskSupport': 'optional'}"
    }


# --- how a task is made ---------------------------------------------------------------------------


@behaviour("O14", "O18")
def test_task_is_made_for_who_asks_for_one(holder):
    answer = holder.call("hold", params={"task": {"ttl": 120_000}})["result"]
    assert answer.keys() == {"task"}
    task = answer["task"]
    assert task == {
        "taskId": rows()[0].public_id,
        "status": "working",
        "statusMessage": "It waits for a worker.",
        "createdAt": task["createdAt"],
        "lastUpdatedAt": task["createdAt"],
        "ttl": 120_000,
        "pollInterval": POLL_MS,
    }
    assert holder.task(task["taskId"])["ttl"] == 120_000
    open_gate(holder.hub)
    assert holder.until(task["taskId"])["status"] == "completed"


@pytest.mark.parametrize(
    ("asked", "granted"),
    [
        ({}, TTL_MS),
        ({"ttl": 1}, LEAST_TTL_MS),
        ({"ttl": -1.5}, LEAST_TTL_MS),
        ({"ttl": 10**15}, MOST_TTL_MS),
        ({"ttl": "60000"}, TTL_MS),
        ({"ttl": None}, TTL_MS),
    ],
)
def test_ttl_that_is_granted_is_told(holder, asked, granted):
    assert holder.create("act", params={"task": asked})["ttl"] == granted


@behaviour("H13", "O19")
def test_tool_that_runs_in_its_call_has_no_task(holder):
    assert code(holder.call("plain", {"text": "x"}, params={"task": {}})) == UNKNOWN_METHOD
    assert rows() == []


@behaviour("H13")
def test_tool_that_needs_a_task_is_not_called_without(holder):
    assert code(holder.call("needs")) == UNKNOWN_METHOD
    assert holder.until(holder.start("needs"))["status"] == "completed"


def test_wish_that_is_no_object_is_refused(holder):
    for wish in (7, "x", [], True):
        assert code(holder.call("act", params={"task": wish})) == INVALID
    assert holder.call("act", params={"task": None})["result"]["content"][0]["text"] == "acted"
    assert [row.is_task for row in rows()] == [False]


@pytest.mark.behaviour("O13", revisions=["2026-07-28"])
def test_extension_enables_nothing_here(jobs):
    client = Holder(jobs, EXPERIMENT)
    assert client.call("act")["result"]["content"][0]["text"] == "acted"


@pytest.mark.parametrize("revision", OLDER)
def test_older_revisions_ignore_the_wish(jobs, revision):
    client = Holder(jobs, revision)
    for name, arguments in (("act", {}), ("plain", {"text": "acted"})):
        answer = client.call(name, arguments, params={"task": {"ttl": 60_000}})
        assert answer["result"]["content"][0]["text"] == "acted"


@pytest.mark.parametrize("name", ["maybe", "books"])
def test_tools_that_may_be_tasks_are_tasks_for_who_asks(holder, name):
    assert holder.create(name)["status"] == "working"


# --- how it ends ----------------------------------------------------------------------------------


@behaviour("O15", "O18")
def test_result_is_what_the_call_would_have_given(holder):
    task = holder.start("steps")
    given = holder.call("steps")["result"]
    said = result(holder, task)["result"]
    assert said == {**given, "_meta": {RELATED: {"taskId": task}}}
    assert result(holder, task)["result"] == said
    assert holder.task(task)["status"] == "completed"


@behaviour("O15", "O20")
@pytest.mark.parametrize("name", ["fails", "crashes"])
def test_tool_that_failed_is_a_failed_task_with_its_result(holder, name):
    task = holder.start(name)
    assert holder.until(task)["status"] == "failed"
    assert result(holder, task)["result"]["isError"] is True


@behaviour("O15")
def test_error_of_the_protocol_is_the_result(holder):
    task = holder.start("refuses")
    assert holder.until(task)["status"] == "failed"
    plain = holder.call("refuses")
    assert result(holder, task)["error"] == plain["error"]


@behaviour("O15")
def test_result_is_waited_for(jobs):
    client = Holder(jobs, EXPERIMENT)
    task = client.start("hold")
    client.once(task, lambda _told: "holds" in gates.done)
    waiting = client.begin("tasks/result", {"taskId": task})
    assert client.task(task)["status"] == "working" and not waiting.answer.ended
    open_gate(jobs)
    assert waiting.finish().text == "let go"


@behaviour("O15")
def test_result_of_a_cancelled_task_is_an_error(holder):
    task = holder.start("asks")
    holder.until(task, "input_required")
    holder.cancel(task)
    assert "Cancelled by the client." in result(holder, task)["error"]["message"]


# --- what it says meanwhile -----------------------------------------------------------------------


@behaviour("L3", "O18")
def test_progress_is_told_under_the_token_of_the_call(jobs):
    client = Holder(jobs, EXPERIMENT)
    params = {"name": "hold", "arguments": {}, "task": {}}
    made = client.post("tools/call", params, meta={"progressToken": "mine"})
    task = made.result["task"]["taskId"]
    waiting = client.begin("tasks/result", {"taskId": task})
    waiting.wait_for(lambda answer: b"notifications/progress" in answer.body)
    open_gate(jobs)
    said = [m["params"] for m in waiting.finish().messages[:-1]]
    assert [one["progress"] for one in said] == [1, 2]
    assert {one["progressToken"] for one in said} == {"mine"}
    assert all(one["_meta"] == {RELATED: {"taskId": task}} for one in said)


@pytest.mark.behaviour("L3", transport="stdio")
def test_progress_is_told_over_stdio_too(jobs):
    for client in holding(jobs, "stdio", EXPERIMENT):
        task = client.start("hold", meta={"progressToken": 5})
        waiting = client.lines.begin("tasks/result", {"taskId": task})
        client.lines.wait(lambda one: one.get("method") == "notifications/progress")
        open_gate(jobs)
        assert client.lines.answer(waiting)["result"]["content"][0]["text"] == "let go"
        said = client.lines.told("notifications/progress")
        assert [(one["progressToken"], one["progress"]) for one in said] == [(5, 1), (5, 2)]


@behaviour("O18")
def test_questions_of_a_task_are_asked_where_its_result_is_waited_for(jobs):
    client = Holder(jobs, EXPERIMENT)
    task = client.start("asks")
    client.until(task, "input_required")
    waiting = client.begin("tasks/result", {"taskId": task})
    asked = waiting.asked()
    assert asked["params"]["_meta"] == {RELATED: {"taskId": task}}
    jobs.reply(client.session, asked["id"], result=named("Anna"))
    assert waiting.finish().text == "Hello Anna" and gates.done == ["asked Anna"]


@behaviour("O18")
def test_questions_of_a_task_are_asked_over_stdio_too(jobs):
    for client in holding(jobs, "stdio", EXPERIMENT, can=dict(ASKED)):
        task = client.start("asks")
        waiting = client.lines.begin("tasks/result", {"taskId": task})
        asked = client.lines.wait(lambda one: one.get("method") == "elicitation/create")
        assert asked["params"]["_meta"] == {RELATED: {"taskId": task}}
        client.lines.send({"jsonrpc": "2.0", "id": asked["id"], "result": named("Anna")})
        assert client.lines.answer(waiting)["result"]["content"][0]["text"] == "Hello Anna"


def test_question_is_taken_back_when_the_task_is_cancelled(jobs):
    client = Holder(jobs, EXPERIMENT)
    task = client.start("asks")
    waiting = client.begin("tasks/result", {"taskId": task})
    asked = waiting.asked()
    client.cancel(task)
    said = waiting.finish().messages
    taken_back = [m["params"] for m in said if m.get("method") == "notifications/cancelled"]
    assert [one["requestId"] for one in taken_back] == [asked["id"]]
    assert "Cancelled by the client." in said[-1]["error"]["message"]


def test_client_that_cannot_be_asked_leaves_the_question_to_another(jobs):
    task = Holder(jobs, EXPERIMENT).start("asks")
    other = Holder(jobs, EXPERIMENT, can={})
    other.until(task, "input_required")
    assert "waits for an answer" in result(other, task)["error"]["message"]
    assert other.task(task)["status"] == "input_required"


# --- cancelling -----------------------------------------------------------------------------------


@behaviour("O16")
def test_task_is_cancelled_before_that_is_said(holder):
    task = holder.start("hold")
    holder.once(task, lambda _told: "holds" in gates.done)
    said = holder.cancel(task)["result"]
    assert said["status"] == "cancelled" and said["taskId"] == task
    open_gate(holder.hub)
    assert holder.task(task) == said
    assert code(holder.cancel(task)) == INVALID


@behaviour("O16")
@pytest.mark.parametrize("name", ["act", "fails", "refuses"])
def test_what_has_ended_is_not_cancelled(holder, name):
    task = holder.start(name)
    before = holder.until(task)
    assert code(holder.cancel(task)) == INVALID and holder.task(task) == before


# --- who may have it ------------------------------------------------------------------------------


@behaviour("O17")
@pytest.mark.parametrize("method", ["tasks/get", "tasks/result", "tasks/cancel"])
@pytest.mark.parametrize("name", ["", "0" * 32, "\0", 7, None, []])
def test_unknown_task_has_invalid_parameters(holder, method, name):
    assert code(holder.ask(method, {"taskId": name})) == INVALID


@behaviour("O17")
def test_list_has_the_tasks_of_the_caller_and_no_others(jobs, bob, charlie, bobs, monkeypatch):
    monkeypatch.setattr("servers.jobs.reading.A_PAGE", 2)
    monkeypatch.setattr("servers.methods.tasks.A_PAGE", 2)
    make.member(bob.teams.get(), charlie)
    mine = [bobs().start("act") for _ in range(5)]
    bobs(charlie).start("act")
    Holder(jobs, EXPERIMENT).start("act")
    bobs().call("act")
    found, params = [], {}
    while True:
        page = bobs().ask("tasks/list", params)["result"]
        found.append([task["taskId"] for task in page["tasks"]])
        if "nextCursor" not in page:
            break
        params = {"cursor": page["nextCursor"]}
    assert found == [mine[:2:-1], mine[2:0:-1], mine[:1]]
    assert page["tasks"][0] == bobs().task(mine[0])


@pytest.mark.parametrize("cursor", ["x", 7, None, "W10=", "WzFlMzAsICIiXQ==", "WzFlMzAsIiJd"])
def test_cursor_that_is_none_is_an_invalid_parameter(bobs, cursor):
    assert code(bobs().ask("tasks/list", {"cursor": cursor})) == INVALID


def test_cursor_beyond_every_task_lists_them_or_none(bobs):
    huge = base64.urlsafe_b64encode(f'[{2**80},""]'.encode()).decode()
    answer = bobs().ask("tasks/list", {"cursor": huge})
    assert "error" in answer or answer["result"]["tasks"] == []


@behaviour("O17")
def test_task_is_its_user_s_whichever_session_asks(bobs, bob, charlie):
    make.member(bob.teams.get(), charlie)
    task = bobs().start("act")
    assert bobs().until(task)["status"] == "completed"
    for method in ("tasks/get", "tasks/result", "tasks/cancel"):
        assert code(bobs(charlie).ask(method, {"taskId": task})) == INVALID


def test_task_is_the_same_in_both_systems(jobs):
    task = Holder(jobs, EXPERIMENT).start("fails")
    assert Holder(jobs).until(task)["status"] == "completed"
    assert Holder(jobs, EXPERIMENT).task(task)["status"] == "failed"
