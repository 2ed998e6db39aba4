"""HTTP+SSE of a hub that is a process, with daphne and with uvicorn."""

import http.client

import pytest

from tests import live_streams
from tests.live import serving
from tests.live_client import until
from tests.live_sse import LiveSse, text, walking
from tests.sse import REVISION
from tests.stdio import tool
from tests.streams import PROMPTS

SLUG = "live-streams"
SEEN = "live://seen"
PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}


@pytest.fixture(scope="module", params=["daphne", "uvicorn"])
def hub(request, prepared, tmp_path_factory):
    """A hub that serves tests/live_streams.py, once with each server."""
    yield from serving(
        prepared, tmp_path_factory.mktemp("sse") / "data", request.param, live_streams, SLUG
    )


@pytest.fixture(params=["daphne", "uvicorn"])
def mortal(request, prepared, tmp_path):
    """One that a test may stop."""
    yield from serving(prepared, tmp_path / "data", request.param, live_streams, SLUG)


def opened(hub):
    client = LiveSse(hub, SLUG, hub.environ["TOKEN"])
    client.speak(REVISION)
    return client


@pytest.mark.behaviour("F1", "F2", "J5", "J6", "L1", transport="sse")
def test_call_tells_how_far_it_is_and_the_stream_what_changes(hub, tmp_path):
    client = opened(hub)
    id = walking(client, tmp_path / "gate")
    assert client.result("resources/subscribe", {"uri": SEEN}) == {}
    assert text(client.ask("tools/call", tool("update", uri=SEEN))) == "said"
    client.wait(lambda one: one.get("params", {}).get("uri") == SEEN)
    assert text(client.ask("tools/call", tool("change", what="prompts"))) == "said"
    client.wait(lambda one: one.get("method") == PROMPTS)
    (tmp_path / "gate").touch()
    assert text(client.answer(id)) == "arrived"
    assert [one["progress"] for one in client.told("notifications/progress")] == [1, 2, 3, 4]
    client.leave()
    until(hub, 0)


@pytest.mark.behaviour("F6", "L9", transport="sse")
def test_stream_that_was_left_is_gone_and_what_ran_on_it(hub, tmp_path):
    client = opened(hub)
    client.cancel(walking(client, tmp_path / "never"))
    assert client.result("ping") == {}
    walking(client, tmp_path / "never")
    client.leave()
    until(hub, 0)
    assert client.post(PING) == 404


@pytest.mark.behaviour("F4", transport="sse")
def test_client_falls_back_on_404(hub):
    connection = http.client.HTTPConnection("127.0.0.1", hub.port, timeout=30)
    headers = {"authorization": f"Bearer {hub.environ['TOKEN']}", "connection": "close"}
    connection.request("POST", f"/mcp/{SLUG}/sse", b"{}", headers)
    assert connection.getresponse().status == 404
    connection.close()


@pytest.mark.behaviour("L13", transport="sse")
def test_stopping_hub_answers_what_runs_and_ends_its_streams(mortal, tmp_path):
    client, idle = opened(mortal), opened(mortal)
    id = walking(client, tmp_path / "never")
    assert mortal.stop() == 0
    for each in (client, idle):
        each.rest()
        each.leave()
    (answer,) = client.answers(id)
    assert "restarting" in text(answer) and idle.heard == [idle.heard[0]]
