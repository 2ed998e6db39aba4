"""Asking a client's model: what goes out, what is refused, and hostile answers."""

from base64 import b64encode
from typing import Any

import mcp_types
import pytest

from catalog.authoring import File, Image
from catalog.authoring.errors import AnswerError, AuthoringError, ResultError
from catalog.authoring.sampled import Sampled, read_sampled
from catalog.authoring.sampling import Wishes, sampling_question

PNG = b"\x89PNG\r\n\x1a\n"
ADD = {"name": "add", "inputSchema": {"type": "object"}}
USE = {"type": "tool_use", "id": "1", "name": "add", "input": {"a": 1}}
RESULT = {"type": "tool_result", "toolUseId": "1", "content": [{"type": "text", "text": "2"}]}
SAID = {"role": "assistant", "content": {"type": "text", "text": "Paris"}, "model": "m"}


def asked(messages: Any, **wishes: Any) -> dict[str, Any]:
    return sampling_question(messages, Wishes(**wishes), None).params


def text(value: str) -> dict[str, str]:
    return {"type": "text", "text": value}


def test_text_is_one_message_of_the_user() -> None:
    question = sampling_question("Capital of France?", Wishes(max_tokens=100), "capital")
    assert question.params == {
        "messages": [{"role": "user", "content": text("Capital of France?")}],
        "maxTokens": 100,
    }
    assert (question.method, question.needs, question.key) == (
        "sampling/createMessage",
        "sampling",
        "capital",
    )


def test_list_is_one_message_each() -> None:
    content = ["Look:", Image(PNG), text("ready")]
    found = asked(
        ["Hi", {"role": "assistant", "content": "Hello"}, {"role": "user", "content": content}]
    )
    assert found["messages"] == [
        {"role": "user", "content": text("Hi")},
        {"role": "assistant", "content": text("Hello")},
        {
            "role": "user",
            "content": [
                text("Look:"),
                {"type": "image", "data": b64encode(PNG).decode(), "mimeType": "image/png"},
                text("ready"),
            ],
        },
    ]


def test_wishes_go_out_by_their_names_in_mcp() -> None:
    found = asked(
        "a",
        system="Be kind.",
        temperature=0.5,
        stop=["END", "\n"],
        preferences={"hints": [{"name": "claude"}], "costPriority": 0.3},
        tools=[ADD],
        tool_choice="required",
    )
    mcp_types.CreateMessageRequestParams.model_validate(found)
    del found["messages"]
    assert found == {
        "maxTokens": 1000,
        "systemPrompt": "Be kind.",
        "temperature": 0.5,
        "stopSequences": ["END", "\n"],
        "modelPreferences": {"hints": [{"name": "claude"}], "costPriority": 0.3},
        "tools": [ADD],
        "toolChoice": {"mode": "required"},
    }


def test_preference_may_be_a_models_name() -> None:
    assert asked("a", preferences="claude")["modelPreferences"] == {"hints": [{"name": "claude"}]}


@pytest.mark.parametrize("wishes", [{"tools": [ADD]}, {"tools": []}])
def test_tools_need_a_client_that_knows_them(wishes: Any) -> None:
    assert sampling_question("a", Wishes(**wishes), None).needs == "sampling.tools"


def test_use_of_a_tool_goes_back_with_its_result() -> None:
    messages = [
        "1 + 1?",
        {"role": "assistant", "content": [USE]},
        {"role": "user", "content": RESULT},
    ]
    question = sampling_question(messages, Wishes(), None)
    assert question.needs == "sampling.tools"
    assert question.params["messages"][2] == {"role": "user", "content": RESULT}


@pytest.mark.parametrize(
    ("messages", "reason"),
    [
        ([{"role": "assistant", "content": USE}], "needs its result in the next message"),
        ([{"role": "assistant", "content": USE}, "b"], "needs its result in the next message"),
        ([{"role": "user", "content": RESULT}], "needs its result in the next message"),
        ([{"role": "user", "content": [RESULT, "b"]}], "in a user's message of their own"),
        ([{"role": "assistant", "content": RESULT}], "in a user's message of their own"),
        ([{"role": "user", "content": USE}], "only the assistant uses tools"),
        ([], "sample takes 1 to 200 messages"),
        (["a"] * 201, "sample takes 1 to 200 messages"),
        ([None], "a sampling message without content"),
        ([{"role": "user", "content": None}], "a sampling message without content"),
        ([{"role": "system", "content": "a"}], "role is neither 'user' nor 'assistant'"),
        ([{"role": ["user"], "content": "a"}], "role is neither 'user' nor 'assistant'"),
        ([{"content": "a"}], 'has "role" and "content"'),
        ([File(b"\0", "a.bin")], "a block of type 'resource' cannot be sampled"),
        ([{"role": "user", "content": {"type": "video"}}], "a block of type 'video'"),
    ],
)
def test_message_that_cannot_go_out_is_refused(messages: Any, reason: str) -> None:
    with pytest.raises(AuthoringError) as caught:
        asked(messages)
    assert reason in str(caught.value)


def test_messages_are_bounded_together() -> None:
    with pytest.raises(AuthoringError, match="more than 8388608 characters"):
        asked(["x" * 5_000_000, "x" * 5_000_000])


def test_message_without_a_json_form_is_refused() -> None:
    with pytest.raises(ResultError):
        asked([object()])


@pytest.mark.parametrize(
    ("wishes", "reason"),
    [
        ({"max_tokens": 0}, "max_tokens is a whole number from 1 to 1000000"),
        ({"max_tokens": True}, "max_tokens is a whole number from 1 to 1000000"),
        ({"max_tokens": 1.5}, "max_tokens is a whole number from 1 to 1000000"),
        ({"max_tokens": 1_000_001}, "max_tokens is a whole number from 1 to 1000000"),
        ({"system": ""}, "system must be a text with something in it"),
        ({"system": "x" * 65_537}, "system has 65537 characters; 65536 are allowed"),
        ({"temperature": -1}, "temperature is a number from 0 to 10"),
        ({"temperature": float("nan")}, "temperature is a number from 0 to 10"),
        ({"temperature": "1"}, "temperature is a number from 0 to 10"),
        ({"stop": "END"}, "stop is a list of texts, not one text"),
        ({"stop": [""]}, "stop takes at most 16 texts of 1 to 200 characters"),
        ({"stop": [3]}, "stop takes at most 16 texts of 1 to 200 characters"),
        ({"stop": ["x" * 201]}, "stop takes at most 16 texts of 1 to 200 characters"),
        ({"stop": ["x"] * 17}, "stop takes at most 16 texts of 1 to 200 characters"),
        ({"preferences": {"model": "x"}}, "preferences do not know 'model'"),
        ({"preferences": {"costPriority": 2}}, "costPriority is a number from 0 to 1"),
        ({"preferences": {"hints": "x"}}, 'hints are a list of {"name": text}'),
        ({"preferences": {"hints": ["x"]}}, 'hints are a list of {"name": text}'),
        ({"preferences": {"hints": [{"name": 1}]}}, 'hints are a list of {"name": text}'),
        ({"tools": [{"name": "add"}]}, 'each of tools has a "name" and an "inputSchema"'),
        ({"tools": [ADD] * 129}, "sample takes at most 128 tools"),
        (
            {"tool_choice": "auto"},
            "tool_choice is one of auto, required, none, and tools are given",
        ),
        (
            {"tools": [ADD], "tool_choice": "add"},
            "tool_choice is one of auto, required, none, and tools are given",
        ),
    ],
)
def test_wish_that_no_client_knows_is_refused(wishes: Any, reason: str) -> None:
    with pytest.raises(AuthoringError) as caught:
        asked("a", **wishes)
    assert str(caught.value) == reason


def test_answer_is_a_message() -> None:
    assert read_sampled({**SAID, "stopReason": "endTurn"}) == Sampled(
        "assistant", [text("Paris")], "m", "endTurn"
    )


def test_texts_of_an_answer_are_lines() -> None:
    image = {"type": "image", "data": "AAAA", "mimeType": "image/png"}
    found = read_sampled({**SAID, "content": [text("a"), image, text("b"), USE]})
    assert (found.text, len(found.content), found.stop_reason) == ("a\nb", 4, None)
    assert read_sampled({**SAID, "content": []}).text == ""


def test_answer_can_always_be_sent_on() -> None:
    assert read_sampled({**SAID, "content": text("a\ud800")}).text == "a\ufffd"


NONE = "a block of content is none of text, image, audio, tool_use, tool_result"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (None, "the answer is not an object"),
        ([], "the answer is not an object"),
        ({}, "role is neither 'user' nor 'assistant'"),
        ({**SAID, "role": "system"}, "role is neither 'user' nor 'assistant'"),
        ({**SAID, "role": ["user"]}, "role is neither 'user' nor 'assistant'"),
        ({"role": "user", "model": "m"}, NONE),
        ({**SAID, "content": "Paris"}, NONE),
        ({**SAID, "content": {"type": ["text"]}}, NONE),
        ({**SAID, "content": {"type": "resource"}}, NONE),
        ({**SAID, "content": text(3)}, "content/text is not a text"),  # type: ignore[arg-type]
        ({**SAID, "content": [text("a")] * 101}, "content has more than 100 blocks"),
        ({**SAID, "content": {"type": "image", "data": "AAAA"}}, "content/mimeType is not a text"),
        (
            {**SAID, "content": {"type": "audio", "data": "A!", "mimeType": "audio/wav"}},
            "content/data is no base64",
        ),
        (
            {**SAID, "content": {"type": "image", "data": "é", "mimeType": "image/png"}},
            "content/data is no base64",
        ),
        ({**SAID, "content": {**USE, "id": 1}}, "content/id is not a text"),
        ({**SAID, "content": {**USE, "name": None}}, "content/name is not a text"),
        ({**SAID, "content": {**USE, "input": "a"}}, "content/input is not an object"),
        ({**SAID, "content": {**RESULT, "toolUseId": 1}}, "content/toolUseId is not a text"),
        ({**SAID, "content": {**RESULT, "content": "a"}}, "content/content is not a list"),
        ({**SAID, "model": None}, "model is not a text"),
        ({**SAID, "model": "m" * 501}, "model has more than 500 characters"),
        ({**SAID, "stopReason": 3}, "stopReason is not a text"),
        ({**SAID, "content": text("x" * 8_400_000)}, "the answer is too large"),
        ({**SAID, "_meta": [0] * 10_001}, "the answer is too large"),
    ],
)
def test_answer_that_is_no_message_is_refused(answer: Any, reason: str) -> None:
    with pytest.raises(AnswerError) as caught:
        read_sampled(answer)
    assert str(caught.value) == reason


def test_deep_answer_is_refused() -> None:
    deep: Any = 1
    for _ in range(5_000):
        deep = {"a": deep}
    with pytest.raises(AnswerError, match="nested too deeply"):
        read_sampled({**SAID, "content": {**USE, "input": deep}})
