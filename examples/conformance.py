"""What the MCP conformance suite asks of a server: `python manage.py load_conformance` publishes it.

Names and texts are the suite's. It calls the first tool of the list without arguments.
"""

import asyncio
import json
from base64 import b64decode
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field

from mcphub import (
    Audio,
    CallError,
    Context,
    Elicited,
    File,
    Image,
    ToolError,
    prompt,
    resource,
    tool,
)

STEP = 0.05
"""Seconds that a piece of pretended work takes."""
PNG = b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR42mNgaGgAAAGEAQFocvOPAAAAAElFTkSuQmCC"
)
"""A picture of one pixel."""
WAV = b64decode("UklGRiwAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQgAAACAgICAgICAgA==")
"""A thousandth of a second of silence."""


# --- results of every kind ------------------------------------------------------------------------


@tool(read_only=True)
async def test_simple_text() -> str:
    """Return a text."""
    return "This is a simple text response for testing."


@tool(read_only=True)
async def test_image_content() -> Image:
    """Return a picture."""
    return Image(PNG)


@tool(read_only=True)
async def test_audio_content() -> Audio:
    """Return a sound."""
    return Audio(WAV)


@tool(read_only=True)
async def test_embedded_resource() -> File:
    """Return a resource whole."""
    text = b"This is an embedded resource content."
    return File(text, mime_type="text/plain", uri="test://embedded-resource")


@tool(read_only=True)
async def test_multiple_content_types() -> list[str | Image | File]:
    """Return a text, a picture and a resource."""
    data = json.dumps({"test": "data", "value": 123}, separators=(",", ":")).encode()
    mixed = File(data, mime_type="application/json", uri="test://mixed-content-resource")
    return ["Multiple content types test:", Image(PNG), mixed]


@tool(read_only=True)
async def test_error_handling() -> str:
    """Fail, and tell the model why."""
    raise ToolError("This tool intentionally returns an error for testing")


# --- what is said while a tool runs ---------------------------------------------------------------


@tool(read_only=True)
async def test_tool_with_logging(ctx: Context) -> str:
    """Log three messages while working."""
    await ctx.info("Tool execution started")
    await asyncio.sleep(STEP)
    await ctx.info("Tool processing data")
    await asyncio.sleep(STEP)
    await ctx.info("Tool execution completed")
    return "Tool with logging executed successfully"


@tool(read_only=True)
async def test_tool_with_progress(ctx: Context) -> str:
    """Report progress three times while working."""
    await ctx.progress(0, total=100, message="Begun")
    await asyncio.sleep(STEP)
    await ctx.progress(50, total=100, message="Half done")
    await asyncio.sleep(STEP)
    await ctx.progress(100, total=100, message="Done")
    await asyncio.sleep(STEP)
    return "Tool with progress executed successfully"


@tool(read_only=True)
async def test_logging_tool(ctx: Context) -> str:
    """Log a message, which a client that asked for none must not get."""
    await ctx.info("This is for those who asked for it")
    return "Logged"


@tool(read_only=True)
async def test_reconnection(ctx: Context) -> str:
    """Close the stream, work on, and leave the result to whoever comes back for it."""
    await ctx.close_stream()
    await asyncio.sleep(6 * STEP)
    return "Reconnection test completed"


@tool(read_only=True)
async def test_trigger_tool_change(ctx: Context) -> str:
    """Tell listeners that the list of tools changed."""
    await ctx.changed("tools")
    return "The change of tools is announced"


@tool(read_only=True)
async def test_trigger_resource_update(ctx: Context) -> str:
    """Tell subscribers that the watched resource changed."""
    await ctx.updated("test://watched-resource")
    return "The change of the watched resource is announced"


@tool(read_only=True)
async def test_trigger_prompt_change(ctx: Context) -> str:
    """Tell listeners that the list of prompts changed."""
    await ctx.changed("prompts")
    return "The change of prompts is announced"


# --- schemas --------------------------------------------------------------------------------------

PERSON: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "$defs": {
        "address": {
            "$anchor": "addressDef",
            "type": "object",
            "properties": {"street": {"type": "string"}, "city": {"type": "string"}},
        }
    },
    "properties": {
        "name": {"type": "string"},
        "address": {"$ref": "#/$defs/address"},
        "contactMethod": {"type": "string", "enum": ["phone", "email"]},
        "phone": {"type": "string"},
        "email": {"type": "string"},
    },
    "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
    "if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
    "then": {"required": ["phone"]},
    "else": {"required": ["email"]},
    "additionalProperties": False,
}


@tool(read_only=True, input_schema=PERSON)
async def json_schema_2020_12_tool(person: dict[str, Any]) -> str:
    """Take a person, described by all that JSON Schema 2020-12 knows."""
    return f"Person: {json.dumps(person, sort_keys=True)}"


@tool(read_only=True)
async def test_x_mcp_header(
    region: Annotated[str, Field(json_schema_extra={"x-mcp-header": "Region"})] = "",
) -> str:
    """Take a region, which clients repeat in a header."""
    return f"Region: {region}"


# --- questions to the client ----------------------------------------------------------------------

NAME = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}
OK = {"type": "object", "properties": {"ok": {"type": "boolean"}}, "required": ["ok"]}
CONFIRMED = {
    "type": "object",
    "properties": {"confirm": {"type": "boolean"}},
    "required": ["confirm"],
}
COLOUR = {"type": "object", "properties": {"color": {"type": "string"}}, "required": ["color"]}
CONTEXT = {"type": "object", "properties": {"context": {"type": "string"}}, "required": ["context"]}
DEFAULTS = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "default": "John Doe"},
        "age": {"type": "integer", "default": 30},
        "score": {"type": "number", "default": 95.5},
        "status": {
            "type": "string",
            "enum": ["active", "inactive", "pending"],
            "default": "active",
        },
        "verified": {"type": "boolean", "default": True},
    },
}
OPTIONS = ["option1", "option2", "option3"]
TITLED = [{"const": f"value{n}", "title": f"{word} option"} for n, word in enumerate("ABC", 1)]
ENUMS = {
    "type": "object",
    "properties": {
        "untitledSingle": {"type": "string", "enum": OPTIONS},
        "titledSingle": {"type": "string", "oneOf": TITLED},
        "legacyEnum": {
            "type": "string",
            "enum": ["opt1", "opt2", "opt3"],
            "enumNames": ["Option one", "Option two", "Option three"],
        },
        "untitledMulti": {"type": "array", "items": {"type": "string", "enum": OPTIONS}},
        "titledMulti": {"type": "array", "items": {"anyOf": TITLED}},
    },
}


@dataclass
class Contact:
    username: Annotated[str, Field(description="How you are called here")]
    email: Annotated[str, Field(description="Where you are written to")]


@tool(read_only=True)
async def test_sampling(prompt: str, ctx: Context) -> str:
    """Have the client's model answer a prompt."""
    answer = await ctx.sample(prompt, max_tokens=100)
    return f"LLM response: {answer.text}"


@tool(read_only=True)
async def test_elicitation(message: str, ctx: Context) -> str:
    """Ask the user who they are."""
    answer = await ctx.elicit(message, Contact)
    contact = answer.content
    told = f", {contact.username}, {contact.email}" if contact else ""
    return f"User response: {answer.action}{told}"


@tool(read_only=True)
async def test_elicitation_sep1034_defaults(ctx: Context) -> str:
    """Ask the user with an answer proposed for every field."""
    return _completed(await ctx.elicit("Please look at these values", DEFAULTS))


@tool(read_only=True)
async def test_elicitation_sep1330_enums(ctx: Context) -> str:
    """Ask the user to choose, in every way there is."""
    return _completed(await ctx.elicit("Please choose", ENUMS))


def _completed(answer: Elicited[dict[str, Any]]) -> str:
    content = json.dumps(answer.content, sort_keys=True)
    return f"Elicitation completed: action={answer.action}, content={content}"


@tool(read_only=True)
async def test_missing_capability(ctx: Context) -> str:
    """Need a model of the client, which not every client has."""
    answer = await ctx.sample("Say anything.", max_tokens=10)
    return f"LLM response: {answer.text}"


@tool(read_only=True)
async def test_streaming_elicitation(ctx: Context) -> str:
    """Report progress, then ask the user to go on."""
    await ctx.progress(1, total=2, message="About to ask")
    answer = await ctx.elicit("Go on?", OK)
    return f"User response: {answer.action}"


# --- questions that end the call until they are answered (2026-07-28) -----------------------------


@tool(read_only=True)
async def test_input_required_result_elicitation(ctx: Context) -> str:
    """Ask the user's name."""
    answer = await ctx.elicit("What is your name?", NAME, key="user_name")
    return f"Hello, {answer.content['name']}!" if answer.content else "Hello!"


@tool(read_only=True)
async def test_input_required_result_sampling(ctx: Context) -> str:
    """Ask the client's model a question."""
    question = "What is the capital of France?"
    answer = await ctx.sample(question, max_tokens=100, key="capital_question")
    return f"LLM response: {answer.text}"


@tool(read_only=True)
async def test_input_required_result_list_roots(ctx: Context) -> str:
    """Ask for the client's folders."""
    roots = await ctx.roots(key="client_roots")
    return f"Roots: {', '.join(root.uri for root in roots)}"


@tool(read_only=True)
async def test_input_required_result_request_state(ctx: Context) -> str:
    """Ask for a yes, with a state that the client gives back."""
    await ctx.elicit("Please confirm", OK, key="confirm")
    return "state-ok"


@tool(read_only=True)
async def test_input_required_result_multiple_inputs(ctx: Context) -> str:
    """Ask user, model and client at once."""
    user, greeting, roots = await asyncio.gather(
        ctx.elicit("What is your name?", NAME, key="user_name"),
        ctx.sample("Write a greeting.", max_tokens=50, key="greeting"),
        ctx.roots(key="client_roots"),
    )
    return f"User: {user.action}, greeting: {greeting.text}, roots: {len(roots)}"


@tool(read_only=True)
async def test_input_required_result_multi_round(ctx: Context) -> str:
    """Ask one question after the other."""
    first = await ctx.elicit("Step 1: What is your name?", NAME, key="step1")
    second = await ctx.elicit("Step 2: What is your favorite color?", COLOUR, key="step2")
    return f"Step 1: {first.action}, step 2: {second.action}"


@tool(read_only=True)
async def test_input_required_result_tampered_state(ctx: Context) -> str:
    """Ask for a yes; a state that somebody changed is refused."""
    await ctx.elicit("Please confirm", OK, key="confirm")
    return "state-ok"


@tool(read_only=True)
async def test_input_required_result_capabilities(ctx: Context) -> str:
    """Ask only what this client can answer."""
    asked = []
    if ctx.client.can("elicitation"):
        asked.append(f"user: {(await ctx.elicit('Go on?', OK, key='go_on')).action}")
    if ctx.client.can("sampling"):
        answer = await ctx.sample("Say anything.", max_tokens=50, key="anything")
        asked.append(f"model: {answer.text}")
    return ", ".join(asked) or "There is nobody to ask."


# --- resources ------------------------------------------------------------------------------------


@resource("test://static-text", mime_type="text/plain")
async def static_text() -> str:
    """A text."""
    return "This is the content of the static text resource."


@resource("test://static-binary", mime_type="image/png")
async def static_binary() -> bytes:
    """A picture."""
    return PNG


@resource("test://watched-resource", mime_type="text/plain")
async def watched_resource() -> str:
    """A text to subscribe to."""
    return "This is the content of the watched resource."


@resource("test://template/{id}/data", mime_type="application/json")
async def template_data(id: str) -> dict[str, Any]:
    """Data of any number."""
    return {"id": id, "templateTest": True, "data": f"Data for ID: {id}"}


# --- tasks: the Tasks extension -------------------------------------------------------------------


@tool(read_only=True)
async def greet(name: str) -> str:
    """Greet somebody, at once."""
    return f"Hello, {name}!"


@tool(job=True, read_only=True)
async def slow_compute(seconds: float = 1.0, label: str = "") -> str:
    """Take some time."""
    await asyncio.sleep(seconds)
    return f"Computed {label} in {seconds} s."


@tool(job="required", read_only=True)
async def failing_job() -> str:
    """Fail, as tools do."""
    await asyncio.sleep(1.0)
    raise ToolError("This job failed.")


@tool(job=True, read_only=True)
async def protocol_error_job() -> str:
    """Fail with an error of the protocol."""
    raise CallError("This job ended with an error.")


@tool(job=True, destructive=True, idempotent=True)
async def confirm_delete(ctx: Context, filename: str) -> str:
    """Ask before something is deleted."""
    answer = await ctx.elicit(f"Delete {filename}?", CONFIRMED, key="confirm")
    confirmed = bool(answer.content and answer.content.get("confirm"))
    return f"Deleted {filename}." if confirmed else f"Kept {filename}."


@tool(job=True, read_only=True)
async def multi_input(ctx: Context) -> str:
    """Ask two things at once."""
    first, second = await asyncio.gather(
        ctx.elicit("Who is it for?", NAME, key="first"),
        ctx.elicit("Are you sure?", CONFIRMED, key="second"),
    )
    return f"Got {first.action} and {second.action}."


@tool(job="required", read_only=True)
async def test_tool_with_task(ctx: Context) -> str:
    """Ask for a name, then go on as a task."""
    answer = await ctx.elicit("What is your name?", NAME, key="user_name")
    await ctx.as_job()
    return f"Hello, {answer.content['name'] if answer.content else 'nobody'}!"


# --- prompts --------------------------------------------------------------------------------------


@prompt
async def test_simple_prompt() -> str:
    """A prompt without arguments."""
    return "This is a simple prompt for testing."


def _values(value: str) -> list[str]:
    return [one for one in ("testValue1", "testValue2") if one.startswith(value)]


@prompt(complete={"arg1": _values, "arg2": _values})
async def test_prompt_with_arguments(arg1: str, arg2: str) -> str:
    """A prompt of two arguments, with values proposed for both."""
    return f"Prompt with arguments: arg1='{arg1}', arg2='{arg2}'"


@prompt
async def test_prompt_with_embedded_resource(resourceUri: str) -> list[File | str]:
    """A prompt with a resource in it."""
    text = b"Embedded resource content for testing."
    embedded = File(text, mime_type="text/plain", uri=resourceUri)
    return [embedded, "Please process the embedded resource above."]


@prompt
async def test_prompt_with_image() -> list[Image | str]:
    """A prompt with a picture in it."""
    return [Image(PNG), "Please analyze the image above."]


@prompt
async def test_input_required_result_prompt(ctx: Context) -> str:
    """A prompt that asks the user what it is about."""
    answer = await ctx.elicit("What is it about?", CONTEXT, key="user_context")
    return f"The context: {answer.content['context']}" if answer.content else "No context."
