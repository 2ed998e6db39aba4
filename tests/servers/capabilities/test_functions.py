"""functions/: whatever an author's function raises, the call is answered and the hub goes on."""

import asyncio
import sys

import pytest

from accounts.caller import nobody
from catalog.authoring.authored import authored_on
from catalog.authoring.errors import Paused
from mcphub import AnswerError, ClientCannot, Context, ToolError, prompt, resource, testing, tool
from mcphub.scripted import Script, Scripted
from servers.capabilities.base import Work
from servers.capabilities.functions.capability import Escaped, Function, Functions
from servers.protocol.errors import ProtocolError


class Rare(BaseException):
    """An exception that is no Exception."""


RAISED = {
    error.__name__: error
    for error in (SystemExit, KeyboardInterrupt, Rare, asyncio.CancelledError, StopIteration)
}


@tool
async def raises(what: str) -> str:
    raise RAISED[what]


@tool
def raises_in_thread(what: str) -> str:
    raise {**RAISED, "GeneratorExit": GeneratorExit}[what]


@tool
def exits() -> str:
    sys.exit(3)


@tool
def tells() -> str:
    raise ToolError("no\ud800 such city")


@resource("functions://none")
def none() -> None:
    return None


@resource("functions://refused")
def refused() -> str:
    raise ToolError("not today")


@prompt
def wrong_role() -> list[dict[str, str]]:
    return [{"role": "system", "content": "x"}]


@pytest.mark.parametrize("what", RAISED)
def test_what_would_end_a_process_is_an_internal_error(what, caplog):
    outcome = testing.call(raises, what=what)
    assert outcome.is_error and "internal error" in outcome.content[0]["text"]
    assert what in caplog.text


@pytest.mark.parametrize("what", [*RAISED, "GeneratorExit"])
def test_so_it_is_in_a_thread(what, caplog):
    outcome, heard = testing.listen(raises_in_thread, what=what)
    assert outcome.is_error and "internal error" in outcome.content[0]["text"]
    assert heard.outcomes == ["failed"] and what in caplog.text


def test_exit_of_a_tool_ends_the_call_alone():
    assert testing.call(exits).is_error


def test_told_failure_can_be_sent_whatever_it_says():
    assert testing.call(tells).content[0]["text"] == "no\ufffd such city"


@pytest.mark.parametrize(
    ("uri", "text"), [("functions://none", "returned None"), ("functions://refused", "not today")]
)
def test_failure_of_a_resource_is_an_error_not_a_tools_result(uri, text):
    with pytest.raises(ProtocolError, match=text):
        testing.read(uri, of=exits)


def test_failure_of_a_prompt_is_an_error_not_a_tools_result():
    with pytest.raises(ProtocolError, match="role"):
        testing.call(wrong_role)


# --- what is raised on purpose goes on to the corridor --------------------------------------------

MEANT = {
    "paused": Paused(),
    "cannot": ClientCannot("roots"),
    "answer": AnswerError("x is required"),
}


@tool(read_only=True)
async def gives(what: str) -> str:
    raise MEANT[what]


@tool(read_only=True)
def gives_in_thread(what: str) -> str:
    raise MEANT[what]


@tool(read_only=True)
async def gives_in_tasks(what: str) -> str:
    async with asyncio.TaskGroup() as tasks:
        for one in what.split():
            tasks.create_task(_raising(one))
    return ""


async def _raising(what: str) -> None:
    if what == "nested":
        raise BaseExceptionGroup("nested", [Paused()])
    raise {**MEANT, **RAISED, "told": ToolError("no"), "fault": ValueError("a fault")}[what]


def prepared(function):
    """Return a function as the corridor gets it, without the corridor."""
    return Function(authored_on(function), Functions()._pool)


def work(dialogue=None, **arguments):
    return Work("x", arguments, "test", nobody(), testing.Heard(), dialogue)


@pytest.mark.parametrize("function", [gives, gives_in_thread, gives_in_tasks])
@pytest.mark.parametrize("what", MEANT)
async def test_question_and_its_failures_pass_as_they_are(function, what):
    with pytest.raises(BaseException) as caught:
        await prepared(function).call(work(what=what))
    assert caught.value is MEANT[what]


@pytest.mark.parametrize(
    ("what", "kind"),
    [
        ("paused paused", Paused),
        ("nested", Paused),
        ("cannot paused", ClientCannot),
        ("paused answer", AnswerError),
    ],
)
async def test_failure_goes_before_a_pause(what, kind):
    with pytest.raises(kind):
        await prepared(gives_in_tasks).call(work(what=what))


async def test_told_failure_of_a_task_is_told():
    outcome = await prepared(gives_in_tasks).call(work(what="paused told"))
    assert outcome.is_error and outcome.content[0]["text"] == "no"


async def test_fault_of_a_task_is_a_fault():
    with pytest.raises(ExceptionGroup) as caught:
        await prepared(gives_in_tasks).call(work(what="paused fault"))
    assert caught.group_contains(ValueError) and not caught.group_contains(Paused)


async def test_what_would_end_a_process_is_none_the_less_in_a_group():
    with pytest.raises(Escaped, match="BaseExceptionGroup"):
        await prepared(gives_in_tasks).call(work(what="paused Rare"))


# --- the dialogue ---------------------------------------------------------------------------------


@tool(read_only=True)
async def asks(ctx: Context) -> str:
    return (await ctx.elicit("Go on?")).action


@tool(read_only=True)
async def asks_nothing() -> str:
    return "nothing"


async def test_context_asks_through_the_dialogue():
    script = Script(["decline"])
    outcome = await prepared(asks).call(work(lambda: Scripted(script)))
    assert outcome.content[0]["text"] == "decline"


async def test_context_without_a_dialogue_cannot_ask():
    with pytest.raises(ClientCannot):
        await prepared(asks).call(work())


async def test_function_without_a_context_costs_no_dialogue():
    made = []
    await prepared(asks_nothing).call(work(lambda: made.append(1)))
    assert made == []
