"""A context asks through its dialogue, and without one can nothing."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import pytest

from catalog.authoring.asking import CAPABILITIES, Question
from catalog.authoring.context import CallerView, Context
from catalog.authoring.errors import AuthoringError, ClientCannot, NoDialogue, ToolError
from catalog.authoring.sent import SENT

YES = {"action": "accept", "content": {}}


class Silence:
    """An outbox that nothing is said to."""

    def progress(self, value: float, total: float | None, message: str | None) -> Awaitable[None]:
        return SENT

    def log(self, level: str, data: Any, logger: str | None) -> Awaitable[None]:
        return SENT

    def cancelled(self) -> bool:
        return False


class Told:
    """A dialogue that gives every question the same answer and keeps what it is told."""

    def __init__(self, answer: Any = YES) -> None:
        self.answer = answer
        self.asked: list[Question] = []
        self.said: list[Any] = []

    def can(self, capability: str) -> bool:
        return capability == "roots"

    async def ask(self, question: Question) -> Any:
        self.asked.append(question)
        return question.read(self.answer)

    async def once(self, key: str, function: Callable[[], Any]) -> Any:
        return key, await function()

    def wait(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run(work)

    def store(self, handle: str | None, ttl: float) -> Any:
        return handle, ttl

    def announce(self, what: str, uri: str = "") -> Awaitable[None]:
        self.said.append((what, uri))
        return SENT

    def close_stream(self) -> Awaitable[None]:
        self.said.append("closed")
        return SENT


def make(dialogue: Any = None) -> Context:
    return Context(CallerView(server="demo"), Silence(), dialogue=dialogue)


async def test_form_is_asked_with_its_key() -> None:
    told = Told()
    answer = await make(told).elicit("Go on?", key="sure")
    assert answer.accepted and answer.content == {}
    (question,) = told.asked
    assert (question.method, question.needs, question.key) == (
        "elicitation/create",
        "elicitation",
        "sure",
    )


async def test_page_is_asked() -> None:
    told = Told()
    answer = await make(told).elicit_url("Pay there", "https://pay.example/1", key="pay")
    assert answer.accepted
    assert (told.asked[0].needs, told.asked[0].key) == ("elicitation.url", "pay")


async def test_model_is_asked() -> None:
    told = Told({"role": "assistant", "content": {"type": "text", "text": "Paris"}, "model": "m"})
    sampled = await make(told).sample("Capital?", max_tokens=10, key="capital")
    assert sampled.text == "Paris"
    assert told.asked[0].params["maxTokens"] == 10


async def test_roots_are_asked() -> None:
    told = Told({"roots": [{"uri": "file:///a"}]})
    (root,) = await make(told).roots(key="where")
    assert root.uri == "file:///a" and told.asked[0].key == "where"


@pytest.mark.parametrize("key", ["", "a" * 129, "a\nb", 3])
async def test_key_is_short_and_visible(key: Any) -> None:
    context = make(Told())
    with pytest.raises(AuthoringError, match="1 to 128 printable characters"):
        await context.elicit("Go on?", key=key)
    with pytest.raises(AuthoringError, match="1 to 128 printable characters"):
        await context.roots(key=key)
    with pytest.raises(AuthoringError, match="1 to 128 printable characters"):
        context.once(key, dict)


def test_client_says_what_it_can() -> None:
    client = make(Told()).client
    assert [one for one in sorted(CAPABILITIES) if client.can(one)] == ["roots"]  # type: ignore[arg-type]


def test_capability_that_does_not_exist_is_told() -> None:
    with pytest.raises(AuthoringError, match="'elicit' is not one of elicitation,"):
        make(Told()).client.can("elicit")  # type: ignore[arg-type]


async def test_step_gives_the_json_form_of_its_value_at_once() -> None:
    async def paid() -> tuple[int, ...]:
        return 1, 2

    context = make(Told())
    assert await context.once("a", paid) == ("a", [1, 2])
    assert await context.once("b", lambda: (3,)) == ("b", [3])
    assert await context.once("c", lambda: paid()) == ("c", [1, 2])


def test_step_of_a_def_runs_in_a_thread() -> None:
    def blocks() -> bool:
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return True
        return False

    context = make(Told())
    assert context.sync(context.once("a", blocks)) == ("a", True)


def test_def_waits_for_what_it_asks() -> None:
    context = make(Told())
    assert context.elicit_sync("Go on?").accepted
    assert context.sync(context.elicit("Go on?")).accepted


async def test_waiting_on_the_loop_is_refused() -> None:
    with pytest.raises(AuthoringError, match="only a def in its own thread"):
        make(Told()).elicit_sync("Go on?")


def test_store_is_opened_with_handle_and_time() -> None:
    context: Any = make(Told())
    assert context.store() == (None, 86_400.0)
    assert context.store("h", ttl=60) == ("h", 60)


@pytest.mark.parametrize("ttl", [0, -1, float("inf"), float("nan"), 31 * 86_400])
def test_time_of_a_store_is_bounded(ttl: float) -> None:
    with pytest.raises(AuthoringError, match="up to 2592000"):
        make(Told()).store(ttl=ttl)


@pytest.mark.parametrize("handle", ["", "a" * 129, "a b", "a\x00", 7])
def test_handle_that_cannot_be_one_is_told_to_the_model(handle: Any) -> None:
    with pytest.raises(ToolError, match="A handle has 1 to 128 visible characters"):
        make(Told()).store(handle)


async def test_changes_are_announced_with_and_without_await() -> None:
    told = Told()
    context = make(told)
    context.changed("tools")
    await context.updated("demo://a")
    await context.close_stream()
    assert told.said == [("tools", ""), ("resource", "demo://a"), "closed"]


def test_change_of_something_else_is_refused() -> None:
    context = make(Told())
    with pytest.raises(AuthoringError, match="'tool' is not one of tools, prompts, resources"):
        context.changed("tool")  # type: ignore[arg-type]
    with pytest.raises(AuthoringError, match="a URI has 1 to 4096 visible characters"):
        context.updated("a\nb")


async def test_without_a_dialogue_nothing_can_be_asked() -> None:
    context = make()
    assert not any(context.client.can(one) for one in CAPABILITIES)  # type: ignore[arg-type]
    with pytest.raises(ClientCannot, match=r"This client cannot do elicitation\.") as caught:
        await context.elicit("Go on?")
    assert caught.value.capability == "elicitation"
    with pytest.raises(ClientCannot, match=r"This client cannot do elicitation by URL\."):
        await context.elicit_url("Go on?", "https://a.example/")
    with pytest.raises(ClientCannot, match=r"This client cannot do sampling with tools\."):
        await context.sample("a", tools=[])


async def test_without_a_dialogue_a_step_runs_each_time() -> None:
    context, ran = make(), []
    assert await context.once("a", lambda: ran.append(1)) is None
    assert await context.once("a", lambda: len(ran)) == 1


async def test_without_a_dialogue_nothing_is_kept_or_told() -> None:
    context = make()
    with pytest.raises(NoDialogue, match="there is no store here"):
        context.store()
    await context.changed("prompts")
    await context.close_stream()


def test_without_a_dialogue_a_def_may_wait() -> None:
    context = make()
    assert context.sync(context.once("a", lambda: 3)) == 3
