"""functions/: whatever an author's function raises, the call is answered and the hub goes on."""

import asyncio
import sys

import pytest

from mcphub import ToolError, prompt, resource, testing, tool
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
