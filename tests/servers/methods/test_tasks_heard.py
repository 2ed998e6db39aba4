"""What becomes of tasks, told on streams: subscriptions/listen of the extension, sessions of 2025-11-25."""

import pytest

from tests import gates, make
from tests.holding import ASKED, EXPERIMENT, FILE, HOLDS, TASKS, Holder, code, holding, named
from tests.hub import authored_source, published
from tests.stdio import Beside, tool
from tests.streams import ACKNOWLEDGED, SUBSCRIPTION, listen, listen_in

TOLD, STATUS = "notifications/tasks", "notifications/tasks/status"
LISTEN = "subscriptions/listen"


def listening(client, *tasks, **more):
    """Open a subscription to tasks and wait until it is acknowledged."""
    options = {"slug": client.slug, "token": client.token, "can": client.can, **more}
    return listen(client.hub, {"taskIds": [*tasks]}, **options)


def agreed(exchange):
    return exchange.answer.messages[0]["params"]["notifications"]


def told(exchange, number, method=TOLD):
    """Wait for so many notifications of tasks, and return them without their tags."""

    def found(answer):
        return [one["params"] for one in answer.messages if one.get("method") == method]

    exchange.wait_for(lambda answer: len(found(answer)) >= number)
    return [{k: v for k, v in one.items() if k != "_meta"} for one in found(exchange.answer)]


def bare(task):
    """Return a task as tasks/get tells it, without what every result has."""
    return {key: task[key] for key in task if key not in {"resultType", "_meta"}}


def open_gate(hub):
    hub.loop.call_soon_threadsafe(gates.opened.set)


# --- what is agreed -------------------------------------------------------------------------------


@pytest.mark.behaviour("M5")
@pytest.mark.parametrize("can", [{}, ASKED, {"extensions": {}}])
def test_tasks_are_listened_to_by_who_declared_them_alone(jobs, transport, can):
    params = {"notifications": {"taskIds": ["0" * 32], "toolsListChanged": True}}
    if transport == "http":
        answer = jobs.post("jobs", LISTEN, params, can=can)
        message = answer.message
        assert answer.status == 400
    else:
        lines = Beside(jobs, "jobs")
        message = lines.ask(LISTEN, params, can=can)
        lines.end()
    assert code(message) == -32021
    assert message["error"]["data"]["requiredCapabilities"] == {"extensions": {TASKS: {}}}


@pytest.mark.behaviour("M1", "O11")
def test_tasks_of_the_caller_are_agreed_to_and_no_others(jobs):
    client = Holder(jobs)
    mine, other = client.start("hold"), client.start("hold")
    stranger = "0" * 32
    exchange = listening(client, other, stranger, mine, "", "x" * 10_000, "\0", mine)
    assert agreed(exchange) == {"taskIds": [other, mine]}
    assert agreed(listening(client, stranger)) == {}
    exchange.disconnect()


@pytest.mark.parametrize("wrong", [7, "x", {}, [7], [None], ["0" * 32] * 101])
def test_what_names_no_tasks_is_an_invalid_parameter(jobs, wrong):
    answer = jobs.post("jobs", LISTEN, {"notifications": {"taskIds": wrong}}, can=HOLDS)
    assert answer.code == -32602


# --- what is told ---------------------------------------------------------------------------------


@pytest.mark.behaviour("O3", "O5")
def test_each_change_is_told_with_the_whole_task(jobs):
    client = Holder(jobs)
    task = client.start("asks")
    exchange = listening(client, task)
    waiting = told(exchange, 1)[0]
    assert waiting == bare(client.until(task, "input_required"))
    client.update(task, {"name": named("Anna")})
    last = told(exchange, 3)
    ended = bare(client.until(task))
    assert [one["status"] for one in last] == ["input_required", "working", "completed"]
    assert last[-1] == ended and ended["result"]["content"][0]["text"] == "Hello Anna"
    tags = [m["params"]["_meta"] for m in exchange.answer.messages]
    assert tags == [{SUBSCRIPTION: 1}] * 4
    exchange.disconnect()


def test_answer_to_one_of_two_questions_is_told(jobs):
    client = Holder(jobs)
    task = client.start("both")
    exchange = listening(client, task)
    told(exchange, 1)
    client.update(task, {"one": named("Anna")})
    assert [list(one["inputRequests"]) for one in told(exchange, 2)] == [["one", "two"], ["two"]]
    exchange.disconnect()


@pytest.mark.parametrize("name", ["act", "fails", "refuses"])
def test_end_that_came_before_the_stream_is_told(jobs, name):
    client = Holder(jobs)
    task = client.start(name)
    ended = bare(client.until(task))
    exchange = listening(client, task)
    assert told(exchange, 1) == [ended]
    exchange.disconnect()


def test_end_is_told_whose_bell_was_lost(jobs, monkeypatch):
    monkeypatch.setattr("servers.methods.tasks_heard.LOOK_SECONDS", 0.02)
    client = Holder(jobs)
    task = client.start("hold")
    exchange = listening(client, task)
    monkeypatch.setattr(jobs.runtime.hub.jobs.watches, "heard", lambda _payload: None)
    client.cancel(task)
    assert [one["status"] for one in told(exchange, 1)] == ["cancelled"]
    exchange.disconnect()


@pytest.mark.behaviour("L4")
def test_neither_progress_nor_log_is_told_of_a_task(jobs):
    client = Holder(jobs)
    meta = {"progressToken": "p", "io.modelcontextprotocol/logLevel": "debug"}
    task = client.start("steps", meta=meta)
    exchange = listening(client, task)
    assert told(exchange, 1)[-1]["status"] == "completed"
    assert {one["method"] for one in exchange.answer.messages} == {ACKNOWLEDGED, TOLD}
    exchange.disconnect()


def test_tasks_are_told_over_stdio_too(jobs):
    lines = Beside(jobs, "jobs")
    client = Holder(jobs, lines=lines)
    task = client.start("hold")
    listens = lines.begin(LISTEN, {"notifications": {"taskIds": [task]}}, can=HOLDS)
    lines.wait(lambda one: one.get("method") == ACKNOWLEDGED)
    open_gate(jobs)
    ended = lines.wait(lambda one: one.get("method") == TOLD)
    assert ended["params"]["status"] == "completed"
    assert ended["params"]["_meta"] == {SUBSCRIPTION: listens}
    lines.end()


# --- whose it is ----------------------------------------------------------------------------------


@pytest.fixture
def private(jobs, bob):
    """A server of bob's team, with the same tools; and a client of bob's."""
    team = bob.teams.get()
    server = published("private", authored_source(team, file=FILE), team=team)
    jobs.refresh()
    token = make.token(bob, server, scopes=("mcp:read", "mcp:write"))
    return server, Holder(jobs, token=token, slug="private")


def test_task_is_not_told_any_more_to_who_lost_the_tool(jobs, bob, private):
    server, client = private
    lost, kept = client.start("hold"), client.start("asks")
    exchange = listening(client, lost, kept)
    assert told(exchange, 1)[0]["taskId"] == kept
    make.rule(server, effect="deny", user=bob, pattern="hold")
    jobs.refresh()
    open_gate(jobs)
    client.update(kept, {"name": named("Anna")})
    assert {one["taskId"] for one in told(exchange, 3)} == {kept}
    exchange.disconnect()


def test_stream_ends_with_the_access(jobs, bob, private):
    _server, client = private
    exchange = listening(client, client.start("hold"))
    bob.teams.clear()
    jobs.runtime.hub.principals.forget_all()
    jobs.run(jobs.runtime.hub.listeners.recheck())
    assert exchange.finish().result["resultType"] == "complete"


# --- sessions of 2025-11-25 -----------------------------------------------------------------------


def test_session_is_told_how_its_tasks_stand(jobs):
    client = Holder(jobs, EXPERIMENT)
    other = Holder(jobs, EXPERIMENT)
    stream = listen_in(jobs, client.session)
    elsewhere = listen_in(jobs, other.session)
    task = client.start("asks")
    waiting = told(stream, 1, STATUS)[0]
    assert (waiting["taskId"], waiting["status"]) == (task, "input_required")
    client.cancel(task)
    last = told(stream, 2, STATUS)[1]
    assert last == client.task(task) and last["status"] == "cancelled"
    mine = other.start("fails")
    assert [(one["taskId"], one["status"]) for one in told(elsewhere, 1, STATUS)] == [
        (mine, "failed")
    ]
    metas = [m["params"].get("_meta", {}) for m in stream.answer.messages]
    assert all("io.modelcontextprotocol/related-task" not in meta for meta in metas)
    for each in (stream, elsewhere):
        each.disconnect()


def test_session_over_stdio_is_told_too(jobs):
    for client in holding(jobs, "stdio", EXPERIMENT):
        task = client.start("act")
        said = client.lines.wait(lambda one: one.get("method") == STATUS)
        assert (said["params"]["taskId"], said["params"]["status"]) == (task, "completed")


@pytest.mark.parametrize("revision", ["2024-11-05", "2025-06-18"])
def test_older_sessions_are_told_nothing_of_tasks(jobs, revision):
    lines = Beside(jobs, "jobs")
    lines.speak(revision)
    assert lines.call("act", can=None)["content"][0]["text"] == "acted"
    lines.result("tools/call", {**tool("act"), "task": {}})
    lines.end()
    assert not lines.told(STATUS)
