"""logging/setLevel, and what is told of log messages in sessions (2025-03-26 to 2025-11-25)."""

from typing import get_args

import pytest
from django.db import DatabaseError

from catalog.authoring.context import Level
from servers.kept import wishes
from servers.models import SessionLevel
from servers.protocol.envelope import LEVELS
from servers.transports import http_exchange
from tests import make
from tests.hub import HANDSHAKE, STATELESS
from tests.streams import datas, open_door, serve

TELL = {"name": "tell", "arguments": {}}
every_revision = pytest.mark.parametrize("revision", HANDSHAKE)


def set_level(hub, session, level, **options):
    """Set a session's level."""
    return hub.post(
        session.slug,
        "logging/setLevel",
        {"level": level},
        revision=session.revision,
        session=session,
        token=session.token,
        **options,
    )


def told(hub, session, name="tell", slug="open"):
    """Call a tool that logs, and return what it said."""
    answer = hub.post(
        slug, "tools/call", {"name": name}, revision=session.revision, session=session
    )
    return [each["params"]["data"] for each in answer.messages[:-1]]


def test_levels_are_those_that_authors_know():
    assert get_args(Level) == LEVELS


@pytest.mark.behaviour("L5")
@pytest.mark.parametrize("revision", [*HANDSHAKE, STATELESS])
def test_log_messages_are_declared(hub, revision):
    if revision == STATELESS:
        result = hub.post("open", "server/discover").result
    else:
        params = {"protocolVersion": revision, "capabilities": {}, "clientInfo": {"name": "x"}}
        result = hub.post("open", "initialize", params, revision=revision, session=False).result
    assert result["capabilities"]["logging"] == {}


@pytest.mark.behaviour("L7")
@every_revision
@pytest.mark.parametrize(
    ("level", "heard"),
    [
        ("debug", ["little", "much"]),
        ("info", ["much"]),
        ("notice", ["much"]),
        ("warning", ["much"]),
        ("error", []),
        ("critical", []),
        ("alert", []),
        ("emergency", []),
    ],
)
def test_session_is_told_from_the_level_on_that_it_set_on_every_process(
    hub, second, revision, level, heard
):
    session, other = hub.session("open", revision), hub.session("open", revision)
    assert told(hub, session) == ["much"], "info, as long as nobody said otherwise"
    answer = set_level(hub, session, level)
    assert (answer.status, answer.result) == (200, {})
    assert told(second, session) == told(hub, session) == heard
    assert told(second, other) == ["much"]
    assert set_level(second, session, "debug").result == {}
    assert told(hub, session) == ["little", "much"]
    assert SessionLevel.objects.count() == 1


@pytest.mark.behaviour("L7")
@every_revision
@pytest.mark.parametrize("level", ["none", "INFO", "", " info", None, 7, ["info"], {}])
def test_level_that_does_not_exist_is_an_invalid_parameter(hub, revision, level):
    session = hub.session("open", revision)
    answer = set_level(hub, session, level)
    assert (answer.status, answer.code) == (200, -32602)
    assert SessionLevel.objects.count() == 0


def test_level_needs_the_scope_for_reading(hub, bob):
    server = serve(hub, "private", team=bob.teams.get())
    token = make.token(bob, server, scopes=["mcp:prompts"])
    assert set_level(hub, hub.session("private", "2025-11-25", token), "debug").status == 403


def test_level_that_is_set_while_a_call_runs_holds_for_the_rest_of_it(hub, monkeypatch):
    monkeypatch.setattr(http_exchange, "LEVEL_SECONDS", 0.0)
    serve(hub)
    session = hub.session("streams", "2025-11-25")
    exchange = hub.begin(
        "streams",
        "tools/call",
        {"name": "chat", "arguments": {"times": 2}},
        revision="2025-11-25",
        session=session,
    )
    exchange.wait_for(lambda answer: len(datas(answer.body)) == 1)
    set_level(hub, session, "error")
    open_door(hub, "chat")
    open_door(hub, "end of chat")
    answer = exchange.finish()
    assert [m["params"]["data"] for m in answer.messages[:-1]] == ["begun"]


def test_level_is_looked_up_once_a_second_at_most(hub, monkeypatch):
    looked, level_of = [], wishes.level_of
    monkeypatch.setattr(wishes, "level_of", lambda session: looked.append(1) or level_of(session))
    serve(hub)
    open_door(hub, "chat")
    open_door(hub, "end of chat")
    params = {"name": "chat", "arguments": {"times": 50}}
    assert len(hub.post("streams", "tools/call", params, revision="2025-11-25").messages) == 52
    assert len(looked) <= 2


def test_database_that_is_away_leaves_the_default(hub, monkeypatch, caplog):
    session = hub.session("open", "2025-11-25")
    set_level(hub, session, "debug")

    def fail(_session):
        raise DatabaseError("away")

    monkeypatch.setattr(wishes, "level_of", fail)
    assert told(hub, session) == ["much"]
    assert "could not be read: away" in caplog.text


@pytest.mark.behaviour("L1", "L2", "E4")
@pytest.mark.parametrize("revision", [*HANDSHAKE, STATELESS])
def test_log_and_progress_come_in_the_order_they_were_said(hub, revision):
    serve(hub)
    meta = {"progressToken": "p"}
    if revision == STATELESS:
        meta["io.modelcontextprotocol/logLevel"] = "debug"
    answer = hub.post("streams", "tools/call", {"name": "mixed"}, revision=revision, meta=meta)
    short = [m["params"].get("data", m["params"].get("progress")) for m in answer.messages[:-1]]
    debug = ["b"] if revision == STATELESS else []
    assert short == ["a", 1, *debug, "c", 2.5] and answer.text == "mixed"
