"""Streamable HTTP: JSON or a stream, what stands on the stream, and how a request is cancelled."""

import asyncio

import pytest

from monitoring import metrics
from servers.transports import http_exchange as exchanges
from tests import gates
from tests.hub import HANDSHAKE, META, REVISIONS, STATELESS, Hub

every_revision = pytest.mark.parametrize("revision", REVISIONS)
HOLD = {"name": "hold", "arguments": {"steps": 2}}
HELD = ["holds", "stopped"]


def let_go(hub):
    hub.loop.call_soon_threadsafe(gates.opened.set)


def begun(answer) -> bool:
    """Whether both of the slow tool's steps were told."""
    return answer.body.count(b"notifications/progress") == 2


def holding(hub, revision, *, token=7, **options):
    """Return a call that has reported its steps and waits."""
    exchange = hub.begin(
        "open", "tools/call", HOLD, revision=revision, meta={"progressToken": token}, **options
    )
    exchange.wait_for(begun)
    return exchange


# --- JSON or a stream -----------------------------------------------------------------------------


@pytest.mark.behaviour("C7")
@every_revision
@pytest.mark.parametrize(
    "accept",
    [
        None,
        "*/*",
        "application/json",
        "application/*",
        "application/json, text/event-stream",
        "text/event-stream;q=0.5, application/json",
        "APPLICATION/JSON",
        "text/html, */*;q=0.1",
    ],
)
def test_answer_that_is_there_at_once_is_json(hub, accept, revision):
    answer = hub.post("open", "tools/list", revision=revision, headers={"accept": accept})
    assert (answer.status, answer.header("content-type")) == (200, "application/json")
    assert answer.header("content-length") == str(len(answer.body))


def test_client_that_takes_only_a_stream_gets_one(hub):
    answer = hub.post("open", "tools/list", headers={"accept": "text/event-stream"})
    assert answer.status == 200 and answer.streamed
    assert answer.result["tools"]


@every_revision
@pytest.mark.parametrize("accept", [None, "*/*", "application/json"])
def test_client_that_takes_no_stream_gets_json_without_progress(hub, accept, revision):
    let_go(hub)
    answer = hub.post(
        "open",
        "tools/call",
        HOLD,
        revision=revision,
        headers={"accept": accept},
        meta={"progressToken": 1},
    )
    assert answer.header("content-type") == "application/json" and answer.text == "let go"


@pytest.mark.behaviour("C8")
@pytest.mark.parametrize("accept", ["text/html", "image/*", "application/xml, text/html;q=0.9"])
def test_client_that_takes_neither_is_refused(hub, accept):
    assert hub.post("open", "tools/list", headers={"accept": accept}).status == 406


# --- on the stream --------------------------------------------------------------------------------


@pytest.mark.behaviour("D12", "D13", "E4", "E5", "L1", "L2")
@every_revision
@pytest.mark.parametrize("token", [7, 0, -1, "seven", "", "7"])
def test_progress_comes_with_the_clients_own_token(hub, token, revision):
    exchange = holding(hub, revision, token=token)
    let_go(hub)
    answer = exchange.finish()
    assert answer.streamed and answer.header("cache-control") == "no-store"
    first, second, last = answer.messages
    assert [first["params"]["progress"], second["params"]["progress"]] == [1, 2]
    assert first["method"] == "notifications/progress"
    assert first["params"]["total"] == 2 and first["params"]["message"] == "step 1"
    assert first["params"]["progressToken"] == token
    assert type(first["params"]["progressToken"]) is type(token)
    assert last["id"] == 1 and answer.text == "let go"


@pytest.mark.behaviour("L1")
@every_revision
@pytest.mark.parametrize("token", [None, True, 1.5, [], {}])
def test_without_a_token_there_is_no_progress(hub, token, revision):
    let_go(hub)
    answer = hub.post("open", "tools/call", HOLD, revision=revision, meta={"progressToken": token})
    assert len(answer.messages) == 1 and answer.text == "let go"


@pytest.mark.behaviour("L6")
@pytest.mark.parametrize(
    ("level", "heard"),
    [
        ("debug", ["little", "much"]),
        ("info", ["much"]),
        ("error", []),
        (None, []),
    ],
)
def test_log_is_told_from_the_level_on_that_the_request_names(hub, level, heard):
    meta = {f"{META}logLevel": level} if level is not None else {}
    answer = hub.post("open", "tools/call", {"name": "tell"}, meta=meta)
    told = [each["params"]["data"] for each in answer.messages[:-1]]
    assert told == heard and answer.text == "told"


@pytest.mark.behaviour("L6")
@pytest.mark.parametrize("level", ["none", "Info", "", 7, None, ["info"], {}])
@pytest.mark.parametrize("method", ["tools/call", "tools/list", "subscriptions/listen"])
def test_level_that_does_not_exist_is_an_invalid_parameter(hub, level, method):
    answer = hub.post("open", method, {"name": "tell"}, meta={f"{META}logLevel": level})
    assert (answer.status, answer.code) == (200, -32602)
    assert "none of debug, info, notice, warning" in answer.error["message"]


@pytest.mark.parametrize("revision", HANDSHAKE)
def test_log_level_in_meta_means_nothing_before_2026(hub, revision):
    answer = hub.post(
        "open", "tools/call", {"name": "tell"}, revision=revision, meta={f"{META}logLevel": "debug"}
    )
    said, _result = answer.messages
    assert said["params"]["level"] == "warning"  # from info on, as long as nobody said otherwise


@pytest.mark.behaviour("E6")
@every_revision
def test_silent_call_becomes_a_stream(hub, revision, monkeypatch):
    monkeypatch.setattr(exchanges, "SILENT_SECONDS", 0.0)
    exchange = hub.begin("open", "tools/call", HOLD, revision=revision)
    exchange.wait_for(lambda answer: answer.streamed and b":" in answer.body)
    let_go(hub)
    answer = exchange.finish()
    assert b": keep-alive" in answer.body and answer.text == "let go"
    assert answer.header("x-accel-buffering") == "no"


def test_silent_call_of_a_client_without_streams_stays_json(hub, monkeypatch):
    monkeypatch.setattr(exchanges, "SILENT_SECONDS", 0.0)
    answer = hub.post(
        "open", "tools/call", {"name": "endless"}, headers={"accept": "application/json"}
    )
    assert answer.header("content-type") == "application/json" and "did not finish" in answer.text


def test_stream_is_counted_while_it_is_open(hub):
    before = metrics.streams_open._value.get()
    exchange = holding(hub, STATELESS)
    assert metrics.streams_open._value.get() == before + 1
    let_go(hub)
    exchange.finish()
    assert metrics.streams_open._value.get() == before


@pytest.mark.behaviour("L13")
@every_revision
def test_call_that_takes_longer_than_it_may_is_ended(hub, revision):
    answer = hub.post("open", "tools/call", {"name": "endless"}, revision=revision)
    assert answer.result["isError"] and "did not finish in time" in answer.text
    assert not hub.runtime.hub.running.all


def test_result_that_comes_after_the_limit_is_not_told(hub):
    answer = hub.post("open", "tools/call", {"name": "stubborn"})
    assert answer.result["isError"] and "did not finish" in answer.text


@every_revision
def test_tool_that_cancels_itself_gets_an_answer(hub, revision):
    answer = hub.post("open", "tools/call", {"name": "suicidal"}, revision=revision)
    assert answer.status == 200 and answer.result["isError"]


# --- cancellation ---------------------------------------------------------------------------------


@pytest.mark.behaviour("L9")
@pytest.mark.parametrize("revision", HANDSHAKE)
@pytest.mark.parametrize("identifier", [5, "five"])
def test_cancelled_request_of_a_session_ends_without_a_result(hub, revision, identifier):
    session = hub.session("open", revision)
    exchange = holding(hub, revision, session=session, id=identifier)
    params = {"requestId": identifier, "reason": "enough"}
    answer = hub.post(
        "open", "notifications/cancelled", params, revision=revision, session=session, id=None
    )
    assert answer.status == 202
    ended = exchange.finish()
    assert gates.done == HELD
    assert (
        ended.ended
        and [each.get("method") for each in ended.messages] == ["notifications/progress"] * 2
    )


@pytest.mark.behaviour("L9", revisions=["2025-11-25"])
@pytest.mark.parametrize(
    "requested", [6, "5", None, [], {}, True, 5.0], ids=lambda value: repr(value)
)
def test_cancelling_another_id_stops_nothing(hub, requested):
    session = hub.session("open", "2025-11-25")
    exchange = holding(hub, "2025-11-25", session=session, id=5)
    answer = hub.post(
        "open",
        "notifications/cancelled",
        {"requestId": requested},
        revision="2025-11-25",
        session=session,
        id=None,
    )
    let_go(hub)
    assert answer.status == 202 and exchange.finish().text == "let go"


def test_another_session_cancels_nothing(hub):
    exchange = holding(hub, "2025-11-25", session=hub.session("open", "2025-11-25"), id=5)
    answer = hub.post(
        "open", "notifications/cancelled", {"requestId": 5}, revision="2025-11-25", id=None
    )
    let_go(hub)
    assert answer.status == 202 and exchange.finish().text == "let go"


def test_notification_cancels_nothing_since_2026(hub):
    exchange = holding(hub, STATELESS, id=5)
    assert hub.post("open", "notifications/cancelled", {"requestId": 5}, id=None).status == 202
    let_go(hub)
    assert exchange.finish().text == "let go"


@pytest.mark.behaviour("E3", "L9", revisions=["2026-07-28"])
def test_closing_the_stream_cancels_since_2026(hub):
    exchange = holding(hub, STATELESS)
    exchange.disconnect()
    exchange.finish()
    assert gates.done == HELD
    assert b'"result"' not in exchange.answer.body


def test_leaving_before_any_answer_cancels_since_2026(hub):
    exchange = hub.begin("open", "tools/call", HOLD)
    exchange.disconnect()
    exchange.finish()
    assert gates.done[-1:] == ["stopped"]


@pytest.mark.behaviour("D8")
@pytest.mark.parametrize("revision", HANDSHAKE)
def test_closing_the_stream_is_no_cancel_before_2026(hub, revision):
    exchange = holding(hub, revision)
    exchange.disconnect()
    hub.run(_taken(exchange))
    let_go(hub)
    exchange.finish()
    assert gates.done == ["holds", "let go"]


async def _taken(exchange):
    """Wait until the application has seen that its client left, and could have acted on it."""
    while not exchange.received.empty():
        await asyncio.sleep(0.01)
    for _ in range(5):
        await asyncio.sleep(0)


@pytest.mark.behaviour("A3")
@every_revision
def test_two_requests_with_one_id_do_not_meet(hub, revision):
    session = None if revision == STATELESS else hub.session("open", revision)
    first = holding(hub, revision, session=session)
    params = {"name": "add", "arguments": {"a": 1, "b": 1}}
    second = hub.post("open", "tools/call", params, revision=revision, session=session)
    let_go(hub)
    assert (second.text, first.finish().text) == ("2", "let go")


def test_client_that_leaves_while_it_sends_is_answered_nothing(hub):
    exchange = hub.begin("open", "tools/list", headers={"content-type": "application/json"})
    assert exchange.finish().status == 200
    cut = hub.open(
        "POST", "/mcp/open", [("content-type", "application/json")], [b'{"jsonrpc"', b""]
    )
    cut.disconnect()
    assert cut.finish().status in {0, 400}


@pytest.mark.behaviour("L9")
@pytest.mark.parametrize("revision", HANDSHAKE)
def test_request_is_cancelled_from_another_process(hub, revision):
    second = Hub()
    second.start()
    try:
        session = hub.session("open", revision)
        exchange = holding(hub, revision, session=session, id=5)
        for requested in (6, "5", 5):
            answer = second.post(
                "open",
                "notifications/cancelled",
                {"requestId": requested},
                revision=revision,
                session=session,
                id=None,
            )
            assert answer.status == 202
        exchange.finish()
        assert gates.done == HELD
    finally:
        second.stop()


@pytest.mark.parametrize("revision", HANDSHAKE)
def test_initialize_cannot_be_cancelled(hub, revision):
    session = hub.session("open", revision)
    params = {"requestId": 1, "reason": "it was initialize"}
    options = {"revision": revision, "session": session, "id": None}
    assert hub.post("open", "notifications/cancelled", params, **options).status == 202
    assert hub.post("open", "ping", revision=revision, session=session).result == {}
