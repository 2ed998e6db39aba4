"""Streams as a client sees them: what was heard so far, by event, and how to listen."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from accounts.models import Team
from monitoring import metrics
from servers.models import Server
from tests import gates
from tests.hub import META, Exchange, Hub, Session, authored_source, laid_out, published

AUTHORED = Path(__file__).with_name("authored_streams.py")
ACKNOWLEDGED = "notifications/subscriptions/acknowledged"
UPDATED = "notifications/resources/updated"
TOOLS, PROMPTS, RESOURCES = (
    f"notifications/{name}/list_changed" for name in ("tools", "prompts", "resources")
)
SUBSCRIPTION = f"{META}subscriptionId"
SEEN, HIDDEN = "streams://seen", "streams://hidden"
EVERYTHING = {
    "toolsListChanged": True,
    "promptsListChanged": True,
    "resourcesListChanged": True,
    "resourceSubscriptions": [SEEN],
}


def serve(hub: Hub, slug: str = "streams", *, team: Team | None = None) -> Server:
    """Publish what tests/authored_streams.py offers, and serve it."""
    if team is None:
        server = laid_out(slug, AUTHORED)
    else:
        server = published(slug, authored_source(file=AUTHORED), team=team)
    hub.refresh()
    return server


def listen(
    hub: Hub, wanted: Mapping[str, Any] = EVERYTHING, *, slug: str = "streams", **options: Any
) -> Exchange:
    """Open a subscription and wait until it is acknowledged."""
    exchange = hub.begin(slug, "subscriptions/listen", {"notifications": dict(wanted)}, **options)
    exchange.wait_for(lambda answer: b"\n\n" in answer.body)
    return exchange


def listen_in(hub: Hub, session: Session, **more: str) -> Exchange:
    """Open a session's own stream, or resume one, and wait until it is open."""
    headers = {"accept": "text/event-stream", **session.headers, **more}
    if session.token:
        headers["authorization"] = f"Bearer {session.token}"
    exchange = hub.open("GET", f"/mcp/{session.slug}", list(headers.items()))
    exchange.wait_for(lambda answer: bool(answer.status))
    return exchange


def heard(exchange: Exchange) -> list[str]:
    """Return what was heard so far: the method, with the address of what was updated."""
    return [said(message) for message in exchange.answer.messages]


def said(message: dict[str, Any]) -> str:
    """Return a message in short."""
    if "method" not in message:
        return "result" if "result" in message else "error"
    if message["method"] == UPDATED:
        return str(message["params"]["uri"])
    return str(message["method"])


def hears(exchange: Exchange, *expected: str) -> None:
    """Wait for as many messages as are expected, and check that they are the ones."""
    exchange.wait_for(lambda answer: len(answer.messages) >= len(expected))
    assert heard(exchange) == list(expected)


def tell(hub: Hub, tool: str, *, slug: str = "streams", **arguments: Any) -> None:
    """Have a tool say something."""
    answer = hub.post(slug, "tools/call", {"name": tool, "arguments": arguments})
    assert answer.text == "said", answer.text


def walking(hub: Hub, token: str, **options: Any) -> Exchange:
    """Begin a call on `private` that reports two steps and then waits for a test."""
    params = {"name": "walk", "arguments": {}}
    exchange = hub.begin(
        "private", "tools/call", params, token=token, meta={"progressToken": 1}, **options
    )
    exchange.wait_for(lambda answer: len(answer.messages) >= 2 if answer.streamed else False)
    return exchange


def open_door(hub: Hub, name: str) -> None:
    """Let a tool go on."""
    hub.loop.call_soon_threadsafe(lambda: gates.doors[name].set())


def streams_open() -> float:
    """Return how many streams count as open."""
    return metrics.streams_open._value.get()


def frames(body: bytes) -> list[dict[str, str]]:
    """Return the fields of each whole event, comments left out."""
    found = []
    for frame in body.decode().split("\n\n")[:-1]:
        lines = [line for line in frame.split("\n") if not line.startswith(":")]
        if lines:
            found.append({k: v.removeprefix(" ") for k, _, v in (x.partition(":") for x in lines)})
    return found


def ids(body: bytes) -> list[str]:
    """Return the ids of the events that have one."""
    return [frame["id"] for frame in frames(body) if "id" in frame]


def datas(body: bytes) -> list[Any]:
    """Return the messages of the events that have one."""
    return [json.loads(frame["data"]) for frame in frames(body) if frame.get("data")]
