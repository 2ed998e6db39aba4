"""A context says what it is told to, from both kinds of function."""

from collections.abc import Awaitable
from pathlib import Path
from typing import Any

import pytest

from catalog.authoring.context import CallerView, Context, Outbox
from catalog.authoring.errors import AuthoringError, ResultError
from catalog.authoring.sent import SENT


class Pigeonhole:
    """An outbox that keeps everything."""

    def __init__(self) -> None:
        self.sent: list[tuple[Any, ...]] = []
        self.gone = False

    def progress(self, value: float, total: float | None, message: str | None) -> Awaitable[None]:
        self.sent.append((value, total, message))
        return SENT

    def log(self, level: str, data: Any, logger: str | None) -> Awaitable[None]:
        self.sent.append((level, data, logger))
        return SENT

    def cancelled(self) -> bool:
        return self.gone


def make(deadline: float | None = None, now: float = 0.0) -> tuple[Context, Pigeonhole]:
    outbox = Pigeonhole()
    fits: Outbox = outbox
    return Context(CallerView(server="demo"), fits, deadline, clock=lambda: now), outbox


def test_plain_call_sends_without_await() -> None:
    context, outbox = make()
    context.progress(1, total=3, message="one")
    context.info({"a": 1}, logger="own")
    assert outbox.sent == [(1, 3, "one"), ("info", {"a": 1}, "own")]


async def test_await_sends_once() -> None:
    context, outbox = make()
    await context.progress(0.5)
    await context.log("notice", "x")
    assert outbox.sent == [(0.5, None, None), ("notice", "x", None)]


@pytest.mark.parametrize("second", [1, 0.5, float("nan"), float("inf")])
async def test_progress_that_does_not_grow_is_dropped(second: float) -> None:
    context, outbox = make()
    await context.progress(1, total=float("inf"))
    await context.progress(second)
    await context.progress(2)
    assert outbox.sent == [(1, None, None), (2, None, None)]


def test_what_no_answer_can_carry_is_replaced() -> None:
    context, outbox = make()
    context.progress(1, message="a\ud800")
    context.info(["b\udfff", Path("c")])
    assert outbox.sent == [(1, None, "a\ufffd"), ("info", ["b\ufffd", "c"], None)]


def test_log_of_what_has_no_json_form_is_refused() -> None:
    context, outbox = make()
    with pytest.raises(ResultError, match="type object"):
        context.info(object())
    assert outbox.sent == []


def test_each_level_has_its_word() -> None:
    context, outbox = make()
    for say in (context.debug, context.info, context.warning, context.error):
        say("x")
    assert [level for level, *_ in outbox.sent] == ["debug", "info", "warning", "error"]


def test_unknown_level_is_refused() -> None:
    context, _ = make()
    with pytest.raises(AuthoringError, match="'loud' is not one of debug"):
        context.log("loud", "x")  # type: ignore[arg-type]


def test_cancelled_is_asked_anew() -> None:
    context, outbox = make()
    assert context.cancelled is False
    outbox.gone = True
    assert context.cancelled is True


@pytest.mark.parametrize(("deadline", "left"), [(None, None), (12.0, 2.0), (9.0, 0.0)])
def test_deadline_is_seconds_left(deadline: float | None, left: float | None) -> None:
    assert make(deadline, now=10.0)[0].deadline == left


def test_caller_is_anonymous_unless_said() -> None:
    caller = make()[0].caller
    assert (caller.server, caller.user, caller.scopes) == ("demo", None, frozenset())
