"""exchange.py: what a call says to its client, whatever the transport."""

import json
from typing import Any

import pytest

from catalog.authoring.asking import AnswerError
from servers.protocol.revisions import BY_DATE, REVISIONS
from servers.transports.conversation import Era
from servers.transports.exchange import UNREACHABLE, Exchange

TOKEN = {"_meta": {"progressToken": "p"}}


class Written(Exchange):
    """An exchange that writes down what is sent."""

    def __init__(self, revision: str, params: dict[str, Any] = TOKEN) -> None:
        super().__init__(Era(BY_DATE[revision]), params)
        self.sent: list[dict[str, Any]] = []

    def emit(self, message: bytes, level: str = "") -> None:
        self.sent.append(json.loads(message))


@pytest.mark.parametrize("revision", [each.date for each in REVISIONS])
async def test_progress_has_words_since_2025(revision: str) -> None:
    exchange = Written(revision)
    await exchange.progress(0.5, 2.0, "half a step")
    (message,) = exchange.sent
    words = {} if revision == "2024-11-05" else {"message": "half a step"}
    assert message["params"] == {"progressToken": "p", "progress": 0.5, "total": 2.0, **words}


async def test_progress_leaves_out_what_is_not_known() -> None:
    exchange = Written("2025-11-25")
    await exchange.progress(1, None, None)
    assert exchange.sent[0]["params"] == {"progressToken": "p", "progress": 1}


async def test_nothing_is_said_once_the_answer_is_on_its_way_or_the_call_was_stopped() -> None:
    for state in ({"over": True}, {"stopped": "client"}):
        exchange = Written("2025-11-25")
        for name, value in state.items():
            setattr(exchange, name, value)
        await exchange.progress(1, None, None)
        await exchange.log("error", "x", None)
        assert exchange.sent == []
    exchange = Written("2025-11-25")
    exchange.over = True
    exchange.tell("notifications/tools/list_changed", {})
    with pytest.raises(AnswerError) as refused:
        exchange.ask(b'"q"', "ping", {})
    assert exchange.sent == [] and str(refused.value) == UNREACHABLE


async def test_question_is_a_request_with_its_id() -> None:
    exchange = Written("2025-11-25")
    exchange.ask(b'"q"', "roots/list", {"a": 1})
    assert exchange.sent == [
        {"jsonrpc": "2.0", "id": "q", "method": "roots/list", "params": {"a": 1}}
    ]


async def test_call_that_has_taken_its_time_is_stopped_by_the_clock() -> None:
    exchange = Written("2025-11-25")
    exchange._task = None  # the test's own task must live on
    stopped: list[str] = []
    exchange.stop = stopped.append  # type: ignore[method-assign]
    exchange.limit(10.0)
    now = exchange.loop.time()
    exchange.tick(now)
    with exchange.untimed():
        with exchange.untimed():
            exchange.tick(now + 100.0)
        exchange.tick(now + 100.0)
    exchange.tick(now + 9.0)
    assert stopped == []
    exchange.tick(now + 100.0)
    assert stopped == ["timeout"]
