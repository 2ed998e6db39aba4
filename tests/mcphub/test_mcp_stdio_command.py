"""manage.py mcp_stdio as clients start it: a process of its own, on a database that a hub prepared."""

import json
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from tests import authored_loud, live, oracle
from tests import pair as pairs
from tests.hub import META, PATIENCE, STATELESS
from tests.stdio import Started, tool

every_revision = pytest.mark.parametrize("revision", oracle.REVISIONS)
both_eras = pytest.mark.parametrize("revision", ["2025-11-25", STATELESS])
ADD = {"a": 2, "b": 3}
FORM = {"elicitation": {"form": {}}}
PATIENT = """
import os, sys, django
os.environ["DJANGO_SETTINGS_MODULE"] = "mcphub.settings"
django.setup()
from django.core.management import execute_from_command_line
from mcphub import stdio
stdio.DRAIN_SECONDS = 3600.0
execute_from_command_line(["manage.py", *sys.argv[1:]])
"""
"""manage.py, of a hub that waits an hour for what is under way."""


def behaviour(*names, **options):
    return pytest.mark.behaviour(*names, transport="stdio", **options)


@pytest.fixture(scope="module")
def loud(tmp_path_factory):
    """A folder that a hub has prepared, with tests/authored_loud.py published for the admins."""
    folder = tmp_path_factory.mktemp("loud")
    hub = live.start(folder, "uvicorn", MCPHUB_TOOLS=str(Path(authored_loud.__file__)))
    hub.stop()
    live.end(hub)
    return hub.environ


@pytest.fixture
def environ(loud, tmp_path):
    """The environment of a process with data of its own."""
    shutil.copytree(loud["MCPHUB_DATA"], tmp_path / "data")
    return {**loud, "MCPHUB_DATA": str(tmp_path / "data")}


@pytest.fixture
def start(environ):
    """Start a client's process; `loud` for the admin if not told otherwise."""
    started = []

    def begin(*words, **options):
        said = words or ("--server", "authored-loud", "--user", "admin")
        client = Started({**environ, **options.pop("env", {})}, *said, **options)
        started.append(client)
        return client

    yield begin
    for client in started:
        client.kill()


def rows(environ, query):
    """Ask the database."""
    with sqlite3.connect(Path(environ["MCPHUB_DATA"]) / "mcphub.sqlite3") as connection:
        return connection.execute(query).fetchall()


def running(client, name, **options):
    """Begin a call that reports when it runs, and wait until it does."""
    id = client.begin("tools/call", tool(name), meta={"progressToken": name}, **options)
    client.wait(lambda one: one.get("params", {}).get("progressToken") == name)
    return id


@behaviour("G1", "G4", "G7")
@every_revision
def test_client_is_served_and_the_process_ends_with_its_input(start, environ, revision):
    client = start()
    client.speak(revision)
    assert len(client.result("tools/list")["tools"]) == 6
    result = client.call("loud", {"text": "noise"})
    assert result["content"][0]["text"] == "|"
    assert client.end() == 0
    assert client.log.count("noise") == 6 and "printed while it is loaded" in client.log
    assert rows(environ, "SELECT entry, outcome FROM monitoring_auditevent WHERE kind='call'") == [
        ("loud", "ok")
    ]


def test_person_is_told_to_the_trail_and_nobody_is_nobody(start, environ):
    for words in (("--user", "admin"), ()):
        client = start("--server", "demo", *words)
        client.call("add", ADD)
        assert client.end() == 0
    query = "SELECT user, client FROM monitoring_auditevent WHERE kind='call' ORDER BY id"
    (person, name), (nobody, nothing) = rows(environ, query)
    assert person and (name, nobody, nothing) == ("stdio", None, "")


@behaviour("G3")
@both_eras
def test_cancelled_call_is_heard_of_no_more(start, environ, revision):
    client = start()
    client.speak(revision)
    id = running(client, "hold")
    client.cancel(id)
    client.call("loud", {"text": "x"})
    assert client.end() == 0 and client.answers(id) == []
    assert ("hold", "cancelled") in rows(
        environ, "SELECT entry, outcome FROM monitoring_auditevent WHERE kind='call'"
    )


def test_question_is_asked_and_answered_in_a_session(start):
    client = start()
    client.speak("2025-11-25", can=FORM)
    id = client.begin("tools/call", tool("confirm"))
    asked = client.wait(lambda one: one.get("method") == "elicitation/create")
    client.send(
        {
            "jsonrpc": "2.0",
            "id": asked["id"],
            "result": {"action": "accept", "content": {"ok": True}},
        }
    )
    assert client.answer(id)["result"]["content"][0]["text"] == "accept {'ok': True}"
    assert client.end() == 0


@behaviour("A12", "G2")
def test_question_is_a_result_since_2026(start):
    client = start()
    asked = client.call("confirm", can=FORM)
    ((key, question),) = asked["inputRequests"].items()
    assert asked["resultType"] == "input_required" and question["method"] == "elicitation/create"
    answers = {key: {"action": "accept", "content": {"ok": True}}}
    again = {**tool("confirm"), "inputResponses": answers, "requestState": asked["requestState"]}
    result = client.result("tools/call", again, can=FORM)
    assert result["content"][0]["text"] == "accept {'ok': True}"
    assert client.end() == 0 and all("method" not in one for one in client.heard)


def test_lines_that_are_no_messages_are_told_and_the_next_is_read(start):
    client = start()
    for line in (b"garbage\n", b"\xff\xfe\n", b"[]\n", b"x" * (5 * 1024 * 1024) + b"\n", b"\n"):
        client.write(line)
    assert client.result("tools/list")
    codes = [one["error"]["code"] for one in client.heard if "error" in one]
    assert codes == [-32700, -32700, -32600, -32600] and client.end() == 0


def test_line_of_four_mebibytes_is_read(start):
    client = start()
    text = "x" * (4 * 1024 * 1024 - 400)
    result = client.ask("tools/call", tool("nothing", text=text))
    assert result["error"]["message"] == "Unknown tool: nothing" and client.end() == 0


def test_last_line_needs_no_end(start):
    client = start()
    message = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    client.ledger.asked(message)
    client.write(json.dumps(message).encode())
    assert client.end() == 0 and client.answers(1)


# --- the end --------------------------------------------------------------------------------------


@both_eras
def test_call_under_way_may_end_after_the_input(start, revision):
    client = start()
    client.speak(revision)
    id = running(client, "brief")
    assert client.end() == 0
    assert client.answers(id)[0]["result"]["content"][0]["text"] == "done"


@both_eras
def test_call_that_does_not_end_is_told_so(start, environ, revision):
    client = start()
    client.speak(revision)
    id = running(client, "hold")
    assert client.end() == 0
    assert "restarting" in client.answers(id)[0]["result"]["content"][0]["text"]
    assert rows(environ, "SELECT outcome FROM monitoring_auditevent WHERE kind='call'") == [
        ("cancelled",)
    ]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_ends_the_process_in_order(start, environ, number):
    client = start()
    client.call("loud", {"text": "x"})
    assert client.stop(number) == 0
    assert len(rows(environ, "SELECT 1 FROM monitoring_auditevent WHERE kind='call'")) == 1
    assert "Traceback" not in client.log


def test_second_signal_waits_for_nothing(start):
    """The process would wait an hour for its call, and be ended by force, with another status."""
    client = start(program=("-c", PATIENT), cwd=settings.BASE_DIR)
    filter_ = {"notifications": {"toolsListChanged": True}}
    listens = client.begin("subscriptions/listen", filter_)
    holds = running(client, "hold")
    client.process.send_signal(signal.SIGTERM)
    client.answer(listens)  # what listens is ended first: the process waits for the call alone
    assert client.answers(holds) == []
    client.process.send_signal(signal.SIGTERM)
    assert "restarting" in client.answer(holds)["result"]["content"][0]["text"]
    assert client.end() == 0


def test_tool_that_blocks_a_thread_does_not_keep_the_process(start):
    client = start()
    client.begin("tools/call", tool("block", seconds=60))
    client.result("tools/list")
    client.process.stdin.close()
    assert client.process.wait(live.STOP_SECONDS) == 0


@behaviour("L11", "M1", "M2")
def test_listener_is_told_its_end_twice_over(start):
    client = start()
    filter_ = {"notifications": {"toolsListChanged": True}}
    id = client.begin("subscriptions/listen", filter_, id="listens")
    client.wait(lambda one: one.get("method") == "notifications/subscriptions/acknowledged")
    assert client.end() == 0
    tag = {f"{META}subscriptionId": id}
    assert client.heard[0]["params"]["_meta"] == tag
    assert (
        client.heard[-2]["id"] == id and client.heard[-2]["result"]["_meta"].items() >= tag.items()
    )
    assert client.heard[-1] == {
        "jsonrpc": "2.0",
        "method": "notifications/cancelled",
        "params": {"requestId": id, "_meta": tag},
    }


@pytest.fixture
def unread(environ):
    """A process whose output nobody reads; what it is to answer is written at once."""
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "mcp_stdio"]
    words = ["--server", "authored-loud", "--user", "admin"]
    pipe = subprocess.PIPE
    process = subprocess.Popen(
        [*command, *words], env=environ, stdin=pipe, stdout=pipe, stderr=pipe
    )
    meta = {f"{META}protocolVersion": STATELESS, f"{META}clientCapabilities": {}}
    for id in range(20):
        params = {**tool("much", size=1_000_000), "_meta": meta}
        message = {"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": params}
        process.stdin.write(json.dumps(message).encode() + b"\n")
    process.stdin.flush()
    assert process.stdout.read(1) == b"{"
    yield process
    process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout, process.stderr):
        stream.close()


def test_client_that_is_gone_ends_the_process_without_a_word(unread):
    unread.stdout.close()
    assert unread.wait(live.STOP_SECONDS) == 0
    log = unread.stderr.read()
    assert b"Traceback" not in log and b"BrokenPipe" not in log


def test_client_that_does_not_read_does_not_keep_the_process(unread):
    unread.stdin.close()
    assert unread.wait(live.STOP_SECONDS) == 0


def test_much_is_read_whole_by_who_reads_slowly(start):
    """No line is read until all have been said, and then one when the one before was looked at."""
    client = start(ahead=1)
    ids = [client.begin("tools/call", tool("much", size=500_000)) for _ in range(8)]
    client.wait_for_log("much is said", 8)
    for id in ids:
        assert client.answer(id)["result"]["content"][0]["text"] == "y" * 500_000
    assert client.end() == 0


# --- beside others --------------------------------------------------------------------------------


@behaviour("G8")
def test_two_processes_at_once_serve_two_clients_and_leave_one_sound_trail(start, environ):
    clients = [start(), start()]
    for client in clients:
        client.speak("2025-06-18")
    ids = [
        [client.begin("tools/call", tool("loud", text="x")) for _ in range(5)] for client in clients
    ]
    for client, asked in zip(clients, ids, strict=True):
        for id in asked:
            client.answer(id)
    clients[0].process.kill()
    assert clients[1].call("loud", {"text": "y"}) and clients[1].end() == 0
    verified = manage(environ, "audit_verify")
    assert verified.returncode == 0, verified.stderr


def test_process_beside_a_hub_hears_what_changes_there(environ, start):
    hub = live.start(Path(environ["MCPHUB_DATA"]), "uvicorn", MCPHUB_TOOLS=environ["MCPHUB_TOOLS"])
    try:
        old, new = start("--server", "conformance"), None
        assert old.process.wait(PATIENCE) == 2
        hub.manage("load_conformance")
        new = start("--server", "conformance")
        new.speak("2025-11-25")
        names = {each["name"] for each in new.result("tools/list")["tools"]}
        assert "test_simple_text" in names
        assert new.call("test_simple_text")["content"][0]["text"]
        assert new.end() == 0
    finally:
        hub.stop()
        live.end(hub)


@pytest.mark.services
@pytest.mark.parametrize("bus", ["redis", "postgresql alone"])
def test_process_beside_two_hubs_hears_what_either_announces(tmp_path, bus):
    postgres, redis = pairs.services_on(bus)
    with pairs.running(tmp_path, postgres, redis) as pair:
        pair.change("join bob")
        environ, words = pair.hubs[0].environ, ("--server", "demo-private", "--user", "bob")
        client = Started(environ, *words)
        try:
            client.speak("2025-11-25")
            assert client.call("add", ADD)["content"][0]["text"] == "5"
            pair.change("disable add")
            client.wait(lambda one: one.get("method") == "notifications/tools/list_changed")
            assert client.code("tools/call", tool("add", **ADD)) == -32602
            pair.change("leave bob")
            pairs.until(lambda: client.result("tools/list")["tools"] == [])
            assert client.end() == 0
        finally:
            client.kill()


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_official_sdk_does_all_it_can(environ, mode):
    manage(environ, "load_conformance")
    script = Path(__file__).parents[1] / "clients" / "with_sdk2_stdio.py"
    server = [sys.executable, str(settings.BASE_DIR / "manage.py"), mode, "--server", "conformance"]
    done = subprocess.run(
        [sys.executable, script, *server],
        env=environ,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "revision": STATELESS if mode == "auto" else "2025-11-25",
        "tools": True,
        "text": "This is a simple text response for testing.",
        "progress": [0.0, 50.0, 100.0],
        "slow": False,
        "asked": "User response: accept, anna, a@b.example",
        "resource": "This is the content of the static text resource.",
        "prompt": 1,
        "heard": "ToolsListChanged" if mode == "auto" else "",
    }


# --- what is refused ------------------------------------------------------------------------------


def manage(environ, *words):
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), *words]
    return subprocess.run(
        command, env=environ, capture_output=True, text=True, stdin=subprocess.DEVNULL
    )


@behaviour("G7")
@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["nosuch"], "There is no server 'nosuch' that everybody may use without --user."),
        (
            ["demo-private"],
            "There is no server 'demo-private' that everybody may use without --user.",
        ),
        (["nosuch", "--user", "admin"], "There is no server 'nosuch' that 'admin' may use."),
        (["demo", "--user", "nosuch"], "There is no server 'demo' that 'nosuch' may use."),
        (
            ["demo-private", "--user", "nosuch"],
            "There is no server 'demo-private' that 'nosuch' may use.",
        ),
        (["demo", "--user", ""], "There is no server 'demo' that '' may use."),
    ],
)
def test_what_is_hidden_or_not_there_is_bad_input(environ, words, told):
    done = manage(environ, "mcp_stdio", "--server", *words)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"CommandError: {told}\n")


def test_scope_that_there_is_not_is_bad_input(environ):
    done = manage(environ, "mcp_stdio", "--server", "demo", "--scope", "mcp:all")
    assert done.returncode == 2 and done.stdout == ""


def test_scope_without_a_person_is_bad_input(environ):
    done = manage(environ, "mcp_stdio", "--server", "demo", "--scope", "mcp:read")
    told = "CommandError: --scope goes with --user: nobody in particular has no scopes to narrow.\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", told)


def test_database_that_nobody_prepared_is_told_and_none_is_made(environ, tmp_path):
    empty = {**environ, "MCPHUB_DATA": str(tmp_path / "empty")}
    done = manage(empty, "mcp_stdio", "--server", "demo")
    told = (
        f"CommandError: The database {tmp_path / 'empty' / 'mcphub.sqlite3'} is not ready; "
        "start the hub once with this MCPHUB_DATA, it prepares it.\n"
    )
    assert (done.returncode, done.stdout, done.stderr) == (1, "", told)
    assert not (tmp_path / "empty" / "mcphub.sqlite3").exists()


def test_database_of_an_older_hub_is_told(environ):
    newest = "SELECT max(id) FROM django_migrations WHERE app = 'servers'"
    rows(environ, f"DELETE FROM django_migrations WHERE id = ({newest})")
    done = manage(environ, "mcp_stdio", "--server", "demo")
    assert (done.returncode, done.stdout) == (1, "") and "not ready" in done.stderr


def test_standard_streams_may_be_closed(environ):
    command = f"{sys.executable} {settings.BASE_DIR / 'manage.py'} mcp_stdio --server demo"
    for closed in ("<&-", "2>&-", "<&- 2>&-"):
        done = subprocess.run(
            ["/bin/sh", "-c", f"{command} {closed}"],
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
        )
        assert (done.returncode, done.stdout) == (0, b"")
