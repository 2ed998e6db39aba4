"""examples/conformance.py: exactly what the suite asks of a server; its own checks are looser."""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import pytest

from catalog.authoring.asking import Question
from catalog.authoring.authored import Authored
from catalog.authoring.context import CallerView, Context
from catalog.authoring.errors import ClientCannot, ToolError
from catalog.authoring.reading import authored_in
from catalog.authoring.sent import SENT
from examples import conformance

ALL = {(one.kind, one.name): one for one in authored_in(conformance)}
SAID = {"role": "assistant", "content": {"type": "text", "text": "Paris"}, "model": "m"}
ROOTS = {"roots": [{"uri": "file:///test/root", "name": "Test Root"}]}


class Heard:
    """An outbox and a dialogue: keeps all that is said, and answers by a question's key or method."""

    def __init__(self, answers: Mapping[str, Any] | None = None) -> None:
        self.answers = answers or {}
        self.said: list[Any] = []
        self.asked: list[Question] = []

    def progress(self, value: float, total: float | None, message: str | None) -> Awaitable[None]:
        self.said.append((value, total))
        return SENT

    def log(self, level: str, data: Any, logger: str | None) -> Awaitable[None]:
        self.said.append((level, data))
        return SENT

    def announce(self, what: str, uri: str = "") -> Awaitable[None]:
        self.said.append(what)
        return SENT

    def close_stream(self) -> Awaitable[None]:
        self.said.append("closed")
        return SENT

    def can(self, capability: str) -> bool:
        return capability in self.answers

    async def ask(self, question: Question) -> Any:
        self.asked.append(question)
        answer = self.answers.get(question.key or "", self.answers.get(question.needs))
        if answer is None:
            raise ClientCannot(question.needs)
        return question.read(answer)

    def cancelled(self) -> bool:
        raise NotImplementedError

    async def once(self, key: str, function: Callable[[], Any]) -> Any:
        raise NotImplementedError

    def wait(self, work: Any) -> Any:
        raise NotImplementedError

    def store(self, handle: str | None, ttl: float) -> Any:
        raise NotImplementedError


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conformance, "STEP", 0.0)


async def run(kind: str, name: str, heard: Heard | None = None, /, **arguments: Any) -> Any:
    """Call a function as the hub would; return what it gave, and its declaration."""
    one = ALL[kind, name]
    keywords = one.bind(arguments)
    if one.context_parameter:
        heard = heard or Heard()
        context = Context(CallerView(server="conformance"), heard, dialogue=heard)
        keywords[one.context_parameter] = context
    return await one.function(**keywords), one


async def content(
    name: str, heard: Heard | None = None, /, **arguments: Any
) -> list[dict[str, Any]]:
    value, one = await run("tool", name, heard, **arguments)
    blocks: list[dict[str, Any]] = one.convert(value).content
    return blocks


async def text(name: str, heard: Heard | None = None, /, **arguments: Any) -> str:
    (block,) = await content(name, heard, **arguments)
    return str(block["text"])


def accept(**values: Any) -> dict[str, Any]:
    return {"action": "accept", "content": values}


# --- what is offered ------------------------------------------------------------------------------


def of_kind(kind: str) -> list[Authored]:
    return [one for one in ALL.values() if one.kind == kind]


def test_the_first_tool_needs_no_arguments_and_all_say_what_they_do() -> None:
    tools = of_kind("tool")
    assert tools[0].name == "test_simple_text"
    assert len(tools) == 36
    assert all(one.definition["description"] for one in ALL.values())
    harmless = [one for one in tools if one.definition["annotations"] == {"readOnlyHint": True}]
    assert {one.name for one in tools} - {one.name for one in harmless} == {"confirm_delete"}


def test_what_takes_arguments_and_which() -> None:
    taken = {one.name: list(one.definition["inputSchema"]["properties"]) for one in of_kind("tool")}
    assert {name: names for name, names in taken.items() if names} == {
        "json_schema_2020_12_tool": ["name", "address", "contactMethod", "phone", "email"],
        "test_x_mcp_header": ["region"],
        "greet": ["name"],
        "slow_compute": ["seconds", "label"],
        "confirm_delete": ["filename"],
        "test_sampling": ["prompt"],
        "test_elicitation": ["message"],
    }
    prompts = {one.name: one.definition["arguments"] for one in of_kind("prompt")}
    assert {name: [each["name"] for each in given] for name, given in prompts.items()} == {
        "test_simple_prompt": [],
        "test_prompt_with_arguments": ["arg1", "arg2"],
        "test_prompt_with_embedded_resource": ["resourceUri"],
        "test_prompt_with_image": [],
        "test_input_required_result_prompt": [],
    }
    assert all(each["required"] for given in prompts.values() for each in given)


def test_schema_is_kept_as_it_was_written() -> None:
    one = ALL["tool", "json_schema_2020_12_tool"]
    assert one.definition["inputSchema"] == conformance.PERSON
    assert list(one.definition["inputSchema"]) == list(conformance.PERSON)


async def test_person_arrives_whole() -> None:
    person = {"name": "Ada", "email": "ada@example.com"}
    told = await text("json_schema_2020_12_tool", **person)
    assert told == 'Person: {"email": "ada@example.com", "name": "Ada"}'


async def test_region_is_repeated_in_a_header() -> None:
    schema = ALL["tool", "test_x_mcp_header"].definition["inputSchema"]
    assert schema["properties"]["region"]["x-mcp-header"] == "Region"
    assert schema["properties"]["region"]["type"] == "string" and "required" not in schema
    assert await text("test_x_mcp_header", region="eu") == "Region: eu"


# --- results --------------------------------------------------------------------------------------


async def test_simple_text() -> None:
    assert await text("test_simple_text") == "This is a simple text response for testing."


@pytest.mark.parametrize(
    ("name", "kind", "mime"),
    [
        ("test_image_content", "image", "image/png"),
        ("test_audio_content", "audio", "audio/wav"),
    ],
)
async def test_media(name: str, kind: str, mime: str) -> None:
    (block,) = await content(name)
    assert (block["type"], block["mimeType"]) == (kind, mime) and block["data"]


async def test_embedded_resource() -> None:
    (block,) = await content("test_embedded_resource")
    assert block == {
        "type": "resource",
        "resource": {
            "uri": "test://embedded-resource",
            "mimeType": "text/plain",
            "text": "This is an embedded resource content.",
        },
    }


async def test_multiple_content_types() -> None:
    said, picture, mixed = await content("test_multiple_content_types")
    assert (said["type"], picture["mimeType"]) == ("text", "image/png")
    assert mixed["resource"] == {
        "uri": "test://mixed-content-resource",
        "mimeType": "application/json",
        "text": '{"test":"data","value":123}',
    }


async def test_error_handling() -> None:
    with pytest.raises(ToolError) as raised:
        await text("test_error_handling")
    assert str(raised.value) == "This tool intentionally returns an error for testing"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (
            "test_tool_with_logging",
            [
                ("info", "Tool execution started"),
                ("info", "Tool processing data"),
                ("info", "Tool execution completed"),
            ],
        ),
        ("test_tool_with_progress", [(0, 100), (50, 100), (100, 100)]),
        ("test_logging_tool", [("info", "This is for those who asked for it")]),
        ("test_reconnection", ["closed"]),
        ("test_trigger_tool_change", ["tools"]),
        ("test_trigger_prompt_change", ["prompts"]),
    ],
)
async def test_what_is_said_while_it_runs(name: str, said: list[Any]) -> None:
    heard = Heard()
    assert await text(name, heard)
    assert heard.said == said


# --- questions ------------------------------------------------------------------------------------


async def test_model_is_asked_the_prompt() -> None:
    heard = Heard({"sampling": SAID})
    assert await text("test_sampling", heard, prompt="Capital?") == "LLM response: Paris"
    (question,) = heard.asked
    assert question.method == "sampling/createMessage" and question.params["maxTokens"] == 100
    (message,) = question.params["messages"]
    assert (message["role"], _block(message)["text"]) == ("user", "Capital?")


def _block(message: Any) -> Any:
    return message["content"][0] if isinstance(message["content"], list) else message["content"]


async def test_user_is_asked_the_message() -> None:
    heard = Heard({"elicitation": accept(username="ada", email="ada@example.com")})
    told = await text("test_elicitation", heard, message="Who are you?")
    assert told == "User response: accept, ada, ada@example.com"
    (question,) = heard.asked
    assert question.method == "elicitation/create"
    assert question.params["message"] == "Who are you?"
    schema = question.params["requestedSchema"]
    assert schema["required"] == ["username", "email"]
    assert {each["type"] for each in schema["properties"].values()} == {"string"}


async def test_user_may_decline() -> None:
    heard = Heard({"elicitation": {"action": "decline"}})
    assert await text("test_elicitation", heard, message="Who?") == "User response: decline"


@pytest.mark.parametrize(
    ("name", "schema", "values"),
    [
        ("test_elicitation_sep1034_defaults", conformance.DEFAULTS, {"name": "Ada", "age": 3}),
        (
            "test_elicitation_sep1330_enums",
            conformance.ENUMS,
            {
                "untitledSingle": "option1",
                "titledSingle": "value1",
                "legacyEnum": "opt1",
                "untitledMulti": ["option1", "option2"],
                "titledMulti": ["value1", "value2"],
            },
        ),
    ],
)
async def test_form_is_sent_as_it_was_written(
    name: str, schema: dict[str, Any], values: dict[str, Any]
) -> None:
    heard = Heard({"elicitation": accept(**values)})
    said = json.dumps(values, sort_keys=True)
    assert await text(name, heard) == f"Elicitation completed: action=accept, content={said}"
    assert heard.asked[0].params["requestedSchema"] == schema


def test_defaults_are_of_their_very_types() -> None:
    properties = conformance.DEFAULTS["properties"]
    assert {name: (each["type"], each["default"]) for name, each in properties.items()} == {
        "name": ("string", "John Doe"),
        "age": ("integer", 30),
        "score": ("number", 95.5),
        "status": ("string", "active"),
        "verified": ("boolean", True),
    }


@pytest.mark.parametrize("name", ["test_missing_capability", "test_sampling"])
async def test_client_without_a_model_is_told(name: str) -> None:
    arguments = {"prompt": "x"} if name == "test_sampling" else {}
    with pytest.raises(ClientCannot) as raised:
        await text(name, **arguments)
    assert raised.value.capability == "sampling"


NAMED, OK, BLUE = accept(name="Alice"), accept(ok=True), accept(color="blue")


@pytest.mark.parametrize(
    ("name", "answers", "told"),
    [
        ("elicitation", {"user_name": NAMED}, "Hello, Alice!"),
        ("elicitation", {"user_name": {"action": "cancel"}}, "Hello!"),
        ("sampling", {"capital_question": SAID}, "LLM response: Paris"),
        ("list_roots", {"client_roots": ROOTS}, "Roots: file:///test/root"),
        ("request_state", {"confirm": OK}, "state-ok"),
        ("tampered_state", {"confirm": OK}, "state-ok"),
        ("multi_round", {"step1": NAMED, "step2": BLUE}, "Step 1: accept, step 2: accept"),
        (
            "multiple_inputs",
            {"user_name": NAMED, "greeting": SAID, "client_roots": ROOTS},
            "User: accept, greeting: Paris, roots: 1",
        ),
        ("capabilities", {}, "There is nobody to ask."),
        ("capabilities", {"sampling": SAID}, "model: Paris"),
        ("capabilities", {"sampling": SAID, "elicitation": OK}, "user: accept, model: Paris"),
    ],
)
async def test_input_required(name: str, answers: dict[str, Any], told: str) -> None:
    heard = Heard(answers)
    assert await text(f"test_input_required_result_{name}", heard) == told
    if name != "capabilities":
        assert [question.key for question in heard.asked] == list(answers)


# --- resources and prompts ------------------------------------------------------------------------


async def contents(kind: str, name: str, uri: str, **variables: Any) -> dict[str, Any]:
    value, one = await run(kind, name, **variables)
    (found,) = one.convert_resource(value, uri)
    return dict(found)


@pytest.mark.parametrize(
    ("uri", "said"),
    [
        ("test://static-text", "This is the content of the static text resource."),
        ("test://watched-resource", "This is the content of the watched resource."),
    ],
)
async def test_text_resource(uri: str, said: str) -> None:
    name = next(one.name for one in of_kind("resource") if one.definition["uri"] == uri)
    found = await contents("resource", name, uri)
    assert found == {"uri": uri, "mimeType": "text/plain", "text": said}


async def test_binary_resource() -> None:
    found = await contents("resource", "static_binary", "test://static-binary")
    assert found["mimeType"] == "image/png" and found["blob"]


async def test_template() -> None:
    one, uri = ALL["template", "template_data"], "test://template/123/data"
    found = await contents("template", "template_data", uri, **(one.match(uri) or {}))
    assert found == {
        "uri": uri,
        "mimeType": "application/json",
        "text": '{"id":"123","templateTest":true,"data":"Data for ID: 123"}',
    }


async def messages(name: str, heard: Heard | None = None, /, **arguments: Any) -> list[Any]:
    value, one = await run("prompt", name, heard, **arguments)
    made = one.convert_prompt(value)
    assert {each["role"] for each in made} == {"user"}
    return [each["content"] for each in made]


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("test_simple_prompt", {}, "This is a simple prompt for testing."),
        (
            "test_prompt_with_arguments",
            {"arg1": "testValue1", "arg2": "testValue2"},
            "Prompt with arguments: arg1='testValue1', arg2='testValue2'",
        ),
    ],
)
async def test_text_prompt(name: str, arguments: dict[str, str], said: str) -> None:
    assert await messages(name, **arguments) == [{"type": "text", "text": said}]


async def test_prompt_embeds_the_resource_it_is_given() -> None:
    embedded, said = await messages("test_prompt_with_embedded_resource", resourceUri="test://x")
    assert embedded["resource"]["uri"] == "test://x" and said["type"] == "text"


async def test_prompt_holds_a_picture() -> None:
    picture, said = await messages("test_prompt_with_image")
    assert picture["mimeType"] == "image/png" and said["type"] == "text"


async def test_prompt_asks() -> None:
    heard = Heard({"user_context": accept(context="tea")})
    (said,) = await messages("test_input_required_result_prompt", heard)
    assert said["text"] == "The context: tea"


@pytest.mark.parametrize("argument", ["arg1", "arg2"])
async def test_arguments_complete(argument: str) -> None:
    one = ALL["prompt", "test_prompt_with_arguments"]
    assert await one.complete(argument, "test", {}) == ["testValue1", "testValue2"]
    assert await one.complete(argument, "x", {}) == []
