"""tasks/get, tasks/update and tasks/cancel of the extension: who may have a task, and what is told of it."""

import json

import pytest

from catalog.models import Entry
from catalog.services import set_entry_enabled
from servers.models import Job, Server
from servers.protocol.tasks import POLL_MS, TTL_MS
from tests import gates, make
from tests.authored_jobs import NAME
from tests.holding import ASKED, FILE, HOLDS, TASKS, Holder, code, named, rows
from tests.hub import authored_source, published
from tests.stdio import Beside

MISSING, INVALID, UNKNOWN_METHOD = -32021, -32602, -32601
METHODS = ("tasks/get", "tasks/update", "tasks/cancel")
UNDECLARED = [
    {},
    {**ASKED, "extensions": {}},
    {**ASKED, "extensions": {"io.modelcontextprotocol/Tasks": {}}},
    {**ASKED, "tasks": {"requests": {"tools": {"call": {}}}}},
]


def params_of(method, task):
    """Return parameters that a method takes for a task."""
    return {"taskId": task, **({"inputResponses": {}} if method == "tasks/update" else {})}


def open_gate(hub):
    hub.loop.call_soon_threadsafe(gates.opened.set)


def required(error):
    """Return what an error says that the client must declare."""
    return error["data"]["requiredCapabilities"]


# --- how a task is made ---------------------------------------------------------------------------


@pytest.mark.behaviour("O1", "O3", "O4")
def test_call_of_a_job_becomes_a_task_that_is_a_row_already(holder):
    made = holder.create("hold")
    (row,) = rows()
    assert made == {
        "resultType": "task",
        "taskId": row.public_id,
        "status": "working",
        "statusMessage": "It waits for a worker.",
        "createdAt": made["createdAt"],
        "lastUpdatedAt": made["createdAt"],
        "ttlMs": TTL_MS,
        "pollIntervalMs": POLL_MS,
        "_meta": made["_meta"],
    }
    assert holder.task(made["taskId"])["status"] == "working" and row.is_task
    open_gate(holder.hub)
    assert holder.until(made["taskId"])["result"]["content"][0]["text"] == "let go"


@pytest.mark.behaviour("O1", "O13")
@pytest.mark.parametrize("can", UNDECLARED)
def test_client_that_did_not_declare_it_gets_no_task(holder, can):
    answer = holder.call("act", can=can)
    assert answer["result"]["resultType"] == "complete"
    assert answer["result"]["content"][0]["text"] == "acted" and not rows()[0].is_task


@pytest.mark.behaviour("O1")
def test_declaration_of_one_request_does_not_hold_for_the_next(holder):
    holder.create("act")
    assert holder.call("act", can=ASKED)["result"]["resultType"] == "complete"


def test_plain_tool_is_answered_whatever_is_declared(holder):
    assert holder.call("plain", {"text": "x"})["result"]["resultType"] == "complete"
    assert rows() == []


@pytest.mark.behaviour("O10")
@pytest.mark.parametrize("task", [{}, {"ttl": 60_000, "pollInterval": 1}, 7, None])
def test_wish_for_a_task_is_no_wish_here(holder, task):
    plain = holder.call("plain", {"text": "x"}, params={"task": task})
    assert plain["result"]["content"][0]["text"] == "x"
    undeclared = holder.call("act", params={"task": task}, can=ASKED)
    assert undeclared["result"]["resultType"] == "complete"
    assert holder.create("act", params={"task": task})["ttlMs"] == TTL_MS


@pytest.mark.behaviour("O2")
@pytest.mark.parametrize("can", UNDECLARED)
def test_tool_that_only_a_task_can_serve_is_refused_with_what_is_missing(holder, can):
    answer = holder.call("needs", can=can)
    assert code(answer) == MISSING and required(answer["error"]) == {"extensions": {TASKS: {}}}
    assert rows() == []


@pytest.mark.behaviour("O13")
def test_capabilities_name_the_extension_and_no_experiment(holder):
    told = holder.ask("server/discover")["result"]["capabilities"]
    assert told["extensions"] == {TASKS: {}} and "tasks" not in told


def test_list_says_nothing_of_how_tools_run(holder):
    tools = holder.ask("tools/list")["result"]["tools"]
    assert len(tools) > 10 and all("execution" not in tool for tool in tools)


# --- how a task stands ----------------------------------------------------------------------------


@pytest.mark.behaviour("O3", "O5")
def test_result_stands_in_the_task_as_the_call_would_have_given_it(holder):
    told = holder.until(holder.start("steps"))
    given = holder.call("steps", can=ASKED)["result"]
    assert told["resultType"] == "complete" and told["status"] == "completed"
    assert told["result"] == {key: given[key] for key in given if key != "_meta"}
    assert told["result"]["structuredContent"] == {"steps": 3}
    assert "error" not in told and "inputRequests" not in told


@pytest.mark.behaviour("O6")
@pytest.mark.parametrize("name", ["fails", "crashes"])
def test_tool_that_failed_is_a_completed_task(holder, name):
    told = holder.until(holder.start(name))
    assert told["status"] == "completed" and told["result"]["isError"] is True
    assert "inner secret" not in json.dumps(told)


@pytest.mark.behaviour("O5", "O6")
def test_error_of_the_protocol_is_a_failed_task(holder):
    told = holder.until(holder.start("refuses"))
    assert told["status"] == "failed" and "result" not in told
    assert told["error"]["message"] == "no such thing" and isinstance(told["error"]["code"], int)


@pytest.mark.behaviour("O5")
def test_open_questions_stand_in_the_task(holder):
    told = holder.until(holder.start("asks"), "input_required")
    params = {"mode": "form", "message": "Who are you?", "requestedSchema": NAME}
    assert told["inputRequests"] == {"name": {"method": "elicitation/create", "params": params}}
    assert told["statusMessage"] == "It waits for answers."


# --- answers --------------------------------------------------------------------------------------


@pytest.mark.behaviour("O8")
def test_answer_lets_the_task_go_on(holder):
    task = holder.start("asks")
    holder.until(task, "input_required")
    assert gates.done == []
    said = holder.update(task, {"name": named("Anna")})["result"]
    assert said.keys() == {"resultType", "_meta"} and said["resultType"] == "complete"
    assert holder.until(task)["result"]["content"][0]["text"] == "Hello Anna"
    assert gates.done == ["asked Anna"]


@pytest.mark.behaviour("O8")
def test_answers_may_come_one_by_one(holder):
    task = holder.start("both")
    assert holder.until(task, "input_required")["inputRequests"].keys() == {"one", "two"}
    holder.update(task, {"one": named("Anna")})
    told = holder.task(task)
    assert told["status"] == "input_required" and told["inputRequests"].keys() == {"two"}
    holder.update(task, {"two": named("Bert"), "one": named("Carl")})
    assert holder.until(task)["result"]["content"][0]["text"] == "Anna and Bert"


@pytest.mark.behaviour("O8")
@pytest.mark.parametrize("answers", [{}, {"other": named("X")}, {"": 7, "x" * 10_000: None}])
def test_answers_to_nothing_that_is_open_are_ignored(holder, answers):
    task = holder.start("asks")
    holder.until(task, "input_required")
    assert holder.update(task, answers)["result"]["resultType"] == "complete"
    assert holder.task(task)["inputRequests"].keys() == {"name"}
    holder.update(task, {**answers, "name": named("Anna")})
    holder.until(task)
    assert holder.update(task, {"name": named("Bert")})["result"]["resultType"] == "complete"
    assert gates.done == ["asked Anna"]


@pytest.mark.parametrize(
    "wrong",
    [
        7,
        None,
        [],
        {},
        {"action": "yes"},
        {"action": "accept"},
        {"action": "accept", "content": 7},
        {"action": "accept", "content": {}},
        {"action": "accept", "content": {"name": 7}},
        {"action": "accept", "content": {"name": "x" * 40_000}},
        {"role": "assistant", "content": {"type": "text", "text": "x"}, "model": "m"},
    ],
)
def test_answer_that_does_not_fit_is_refused_and_none_is_kept(holder, wrong):
    task = holder.start("both")
    before = holder.until(task, "input_required")
    answer = holder.update(task, {"one": named("Anna"), "two": wrong})
    assert code(answer) == INVALID and "'two'" in answer["error"]["message"]
    assert holder.task(task) == before
    holder.update(task, {"one": named("Anna"), "two": named("Bert")})
    assert holder.until(task)["result"]["content"][0]["text"] == "Anna and Bert"


@pytest.mark.parametrize("wrong", [{"role": "assistant"}, {"roots": []}, {"action": "accept"}])
def test_answers_of_models_and_clients_are_judged_too(holder, wrong):
    task = holder.start("thinks")
    assert holder.until(task, "input_required")["inputRequests"].keys() == {"said"}
    assert code(holder.update(task, {"said": wrong})) == INVALID
    text = {"type": "text", "text": "hm"}
    holder.update(task, {"said": {"role": "assistant", "content": text, "model": "m"}})
    asked = holder.once(task, lambda told: "roots" in told.get("inputRequests", {}))
    assert asked["inputRequests"]["roots"]["method"] == "roots/list"
    for bad in ({"roots": [{"uri": "http://x"}]}, {"roots": 7}, {}):
        assert code(holder.update(task, {"roots": bad})) == INVALID
    holder.update(task, {"roots": {"roots": [{"uri": "file:///a"}]}})
    assert holder.until(task)["result"]["content"][0]["text"] == "hm file:///a"


@pytest.mark.parametrize("params", [{}, {"inputResponses": []}, {"inputResponses": None}])
def test_update_without_answers_is_refused(holder, params):
    task = holder.start("asks")
    assert code(holder.ask("tasks/update", {"taskId": task, **params})) == INVALID


@pytest.mark.behaviour("O7")
def test_key_of_a_question_never_stands_for_another(holder):
    gates.told["words"] = ["First?", "Second?", "Third?", "Third?"]
    task, keys = holder.start("shifty"), []
    for number in range(3):
        told = holder.once(
            task, lambda found: found.get("inputRequests", {}).keys() - {*keys} or "result" in found
        )
        (key,) = told["inputRequests"]
        assert key not in keys
        keys.append(key)
        holder.update(task, {key: named(str(number))})
    assert holder.until(task)["result"]["content"][0]["text"] == "2"
    assert keys[0] == "name" and len(set(keys)) == 3


# --- cancelling -----------------------------------------------------------------------------------


@pytest.mark.behaviour("O8")
def test_cancelled_task_is_acknowledged_and_stays_cancelled(holder):
    task = holder.start("hold")
    holder.once(task, lambda _told: "holds" in gates.done)
    said = holder.cancel(task)["result"]
    assert said.keys() == {"resultType", "_meta"} and said["resultType"] == "complete"
    told = holder.task(task)
    assert told["status"] == "cancelled" and told["statusMessage"] == "Cancelled by the client."
    holder.once(task, lambda _told: "stopped" in gates.done)
    assert holder.task(task)["status"] == "cancelled"


@pytest.mark.behaviour("O8")
def test_cancelling_what_has_ended_is_acknowledged_and_changes_nothing(holder):
    task = holder.start("act")
    before = holder.until(task)
    assert holder.cancel(task)["result"]["resultType"] == "complete"
    assert holder.task(task) == before and before["status"] == "completed"


def test_task_that_waits_for_answers_can_be_cancelled(holder):
    task = holder.start("asks")
    holder.until(task, "input_required")
    holder.cancel(task)
    holder.update(task, {"name": named("Anna")})
    assert holder.task(task)["status"] == "cancelled" and gates.done == []


# --- who may have it ------------------------------------------------------------------------------

NO_IDS = ["", "x", "0" * 32, "0" * 31 + "\0", "0" * 33, "é" * 32, "0" * 100_000]


@pytest.mark.behaviour("O9", "O11")
@pytest.mark.behaviour("O9", "O11", transport="stdio")
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", NO_IDS, ids=range(len(NO_IDS)))
def test_unknown_task_has_invalid_parameters(jobs, method, name):
    lines = Beside(jobs, "jobs")
    assert lines.code(method, params_of(method, name), can=HOLDS) == INVALID
    lines.end()
    if name.isascii() and name.isprintable() and 0 < len(name) < 1_000:  # a header says it too
        assert Holder(jobs).post(method, params_of(method, name)).code == INVALID


@pytest.mark.behaviour("O9")
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", [7, None, [], {}, True])
def test_name_of_a_task_that_is_no_text_is_an_invalid_parameter(jobs, method, name):
    lines = Beside(jobs, "jobs")
    assert lines.code(method, params_of(method, name), can=HOLDS) == INVALID
    lines.end()


@pytest.mark.behaviour("O9")
@pytest.mark.parametrize("can", UNDECLARED)
@pytest.mark.parametrize("method", METHODS)
def test_client_that_did_not_declare_it_may_not_ask_for_tasks(holder, method, can):
    task = holder.start("act")
    for name in (task, "0" * 32):
        answer = holder.ask(method, params_of(method, name), can=can)
        assert code(answer) == MISSING and required(answer["error"]) == {"extensions": {TASKS: {}}}


@pytest.mark.behaviour("O10")
@pytest.mark.parametrize("method", ["tasks/result", "tasks/list"])
def test_methods_of_the_experiment_are_not_there(holder, method):
    task = holder.start("act")
    assert code(holder.ask(method, {"taskId": task})) == UNKNOWN_METHOD
    if holder.lines is None:
        assert holder.post(method, {"taskId": task}).status == 404


@pytest.fixture
def private(jobs, bob) -> Server:
    """A server of bob's team, with the same tools."""
    from_file = authored_source(team=bob.teams.get(), file=FILE)
    server = published("private", from_file, team=bob.teams.get())
    jobs.refresh()
    return server


def at(hub, user, server, *scopes):
    """Return a client of a user's own, with a token of its own."""
    token = make.token(user, server, scopes=scopes or ("mcp:read", "mcp:write"))
    return Holder(hub, token=token, slug=server.slug)


def refused_everywhere(client, task):
    """Check that a task is unknown to a client, whatever it asks."""
    for method in METHODS:
        assert client.post(method, params_of(method, task)).code == INVALID


@pytest.mark.behaviour("O11")
def test_another_client_of_the_same_user_may_have_the_task(jobs, bob, private):
    task = at(jobs, bob, private).start("asks")
    other = at(jobs, bob, private)
    other.until(task, "input_required")
    other.update(task, {"name": named("Anna")})
    assert other.until(task)["result"]["content"][0]["text"] == "Hello Anna"


@pytest.mark.behaviour("O11")
def test_task_of_somebody_else_is_unknown(jobs, bob, charlie, private):
    make.member(bob.teams.get(), charlie)
    task = at(jobs, bob, private).start("hold")
    refused_everywhere(at(jobs, charlie, private), task)
    assert at(jobs, bob, private).task(task)["status"] == "working"


@pytest.mark.behaviour("O11")
def test_task_of_another_server_is_unknown(jobs, bob, private):
    task = at(jobs, bob, private).start("hold")
    open_server = Server.objects.get(slug="jobs")
    refused_everywhere(at(jobs, bob, open_server), task)
    refused_everywhere(Holder(jobs), task)
    anonymous = Holder(jobs).start("act")
    refused_everywhere(at(jobs, bob, open_server), anonymous)


def test_call_that_nobody_held_as_a_task_is_unknown(jobs):
    client = Holder(jobs)
    client.call("act", can=ASKED)
    (row,) = rows()
    refused_everywhere(client, row.public_id)


@pytest.mark.behaviour("O11")
def test_client_without_the_scope_of_the_tool_is_refused_with_403(jobs, bob, private):
    task = at(jobs, bob, private, "mcp:destructive").start("destroy")
    lesser = at(jobs, bob, private)
    for method in METHODS:
        answer = lesser.post(method, params_of(method, task))
        assert answer.status == 403
        assert 'error="insufficient_scope"' in answer.header("www-authenticate")
        assert "mcp:destructive" in answer.header("www-authenticate")
    assert at(jobs, bob, private, "mcp:destructive").until(task)["status"] == "completed"


@pytest.mark.behaviour("O11")
def test_whoever_lost_access_to_the_tool_knows_no_task_of_it(jobs, bob, private):
    client = at(jobs, bob, private)
    task = client.start("act")
    client.until(task)
    make.rule(private, effect="deny", user=bob, pattern="act")
    jobs.refresh()
    refused_everywhere(client, task)


def test_task_of_a_tool_that_was_switched_off_keeps_its_end(jobs):
    client = Holder(jobs)
    task = client.start("act")
    client.until(task)
    set_entry_enabled(actor=None, entry=Entry.objects.get(name="act"), enabled=False)
    jobs.refresh()
    assert client.task(task)["status"] == "completed"


@pytest.mark.behaviour("O11")
def test_ids_are_long_and_never_alike(jobs):
    names = {Holder(jobs).start("act") for _ in range(20)}
    assert len(names) == 20 and {len(name) for name in names} == {32}
    assert not {name[:8] for name in names} & {"00000000"}


@pytest.mark.behaviour("E11")
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("header", [None, "0" * 32])
def test_header_names_the_task(jobs, method, header):
    client = Holder(jobs)
    task = client.start("act")
    answer = client.post(method, params_of(method, task), headers={"mcp-name": header})
    assert (answer.status, answer.code) == (400, -32020)


# --- a task says nothing by the way ---------------------------------------------------------------


@pytest.mark.behaviour("L4")
def test_task_has_no_progress_and_no_log(jobs, transport):
    level = {"io.modelcontextprotocol/logLevel": "debug"}
    if transport == "http":
        client = Holder(jobs)
        answer = client.post(
            "tools/call",
            {"name": "steps", "arguments": {}},
            meta={"progressToken": "p", **level},
        )
        assert not answer.streamed and answer.result["resultType"] == "task"
        client.until(answer.result["taskId"])
        return
    lines = Beside(jobs, "jobs")
    made = lines.call("steps", meta={"progressToken": "p", **level}, can=HOLDS)
    client = Holder(jobs, lines=lines)
    client.until(made["taskId"])
    assert [one for one in lines.heard if "method" in one] == []
    lines.end()


# --- questions before a task ----------------------------------------------------------------------


@pytest.mark.behaviour("O12")
def test_questions_before_a_task_are_asked_before_it_is_made(holder):
    call = {"name": "books", "arguments": {}}
    first = holder.ask("tools/call", call)["result"]
    assert first["resultType"] == "input_required" and rows() == []
    again = {"inputResponses": {"name": named("Anna")}, "requestState": first["requestState"]}
    made = holder.ask("tools/call", {**call, **again})["result"]
    assert made["resultType"] == "task" and not {"requestState", "inputRequests"} & made.keys()
    task = made["taskId"]
    told = holder.until(task, "input_required")
    assert told["inputRequests"].keys() == {"colour"}
    assert told["inputRequests"]["colour"]["params"]["message"] == "Anna, which colour?"
    holder.update(task, {"colour": named("red")})
    assert holder.until(task)["result"]["content"][0]["text"] == "Anna 7 red"
    assert gates.done == ["ticket for Anna", "booked red"]
    assert code(holder.ask("tools/call", {**call, **again})) == INVALID and len(rows()) == 1


# --- what may be a task, or not -------------------------------------------------------------------


def test_auto_that_ends_soon_is_answered_as_any_call(holder):
    result = holder.call("maybe")["result"]
    assert result["resultType"] == "complete" and result["content"][0]["text"] == "done"


@pytest.mark.behaviour("O1")
def test_auto_that_takes_longer_is_a_task(holder, monkeypatch):
    monkeypatch.setattr("servers.jobs.handing.SOON_SECONDS", 0.01)
    task = holder.start("maybe", {"wait": True})
    assert holder.task(task)["status"] == "working"
    open_gate(holder.hub)
    assert holder.until(task)["result"]["content"][0]["text"] == "done"


def test_auto_that_asks_is_a_task(holder):
    made = holder.create("curious")
    assert made["status"] == "input_required" and "inputRequests" not in made
    holder.update(made["taskId"], {"name": named("Anna")})
    assert holder.until(made["taskId"])["result"]["content"][0]["text"] == "Anna"


def test_ttl_is_told_from_the_creation_on(jobs):
    client = Holder(jobs)
    told = client.until(client.start("act"))
    row = Job.objects.get()
    span = row.expires_at - row.created_at
    assert told["ttlMs"] == round(span.total_seconds() * 1000)
