"""Streamable HTTP: what is no plain text, in the form that each revision has for it."""

import base64
import json
from pathlib import Path

import pytest

from tests import authored_media
from tests.hub import REVISIONS, Hub, laid_out

every_revision = pytest.mark.parametrize("revision", REVISIONS)


@pytest.fixture
def media(hub) -> Hub:
    """The hub, with tests/authored_media.py as `media`."""
    laid_out("media", Path(authored_media.__file__))
    hub.refresh()
    return hub


def called(media, revision, tool, **arguments):
    params = {"name": tool, "arguments": arguments}
    return media.post("media", "tools/call", params, revision=revision).result


@pytest.mark.behaviour("A16")
@every_revision
@pytest.mark.parametrize(
    "method", ["tools/list", "resources/list", "resources/templates/list", "prompts/list"]
)
def test_lists_of_everything_are_such_as_the_revision_knows(media, method, revision):
    assert media.post("media", method, revision=revision).result


@pytest.mark.behaviour("H7", "H8")
@every_revision
def test_structured_content_stands_in_a_text_too(media, revision):
    result = called(media, revision, "person", name="Anna")
    assert json.loads(result["content"][0]["text"]) == {"name": "Anna", "age": 7}
    known = revision != "2025-03-26"
    assert result.get("structuredContent") == ({"name": "Anna", "age": 7} if known else None)


@pytest.mark.behaviour("H9")
@every_revision
def test_value_that_is_no_object_is_wrapped_as_its_schema_says(media, revision):
    result = called(media, revision, "numbers", count=3)
    assert json.loads(result["content"][0]["text"]) == [0, 1, 2]
    known = revision != "2025-03-26"
    assert result.get("structuredContent") == ({"result": [0, 1, 2]} if known else None)


@pytest.mark.behaviour("H16", "J4")
@every_revision
def test_media_of_a_tool_are_base64_with_a_type(media, revision):
    words, image, audio, file, text = called(media, revision, "media")["content"]
    assert words == {"type": "text", "text": "words"}
    assert (image["type"], image["mimeType"]) == ("image", "image/png")
    assert base64.b64decode(image["data"]) == authored_media.PNG
    assert (audio["type"], audio["mimeType"]) == ("audio", "audio/wav")
    assert base64.b64decode(audio["data"]) == authored_media.WAV
    assert base64.b64decode(file["resource"]["blob"]) == authored_media.BYTES
    assert text["resource"]["text"] == "é"


@pytest.mark.behaviour("J4")
@every_revision
@pytest.mark.parametrize(
    ("uri", "kind", "data"),
    [
        ("media://bytes", "application/octet-stream", authored_media.BYTES),
        ("media://picture", "image/png", authored_media.PNG),
    ],
)
def test_bytes_of_a_resource_are_base64_with_a_type(media, uri, kind, data, revision):
    answer = media.post("media", "resources/read", {"uri": uri}, revision=revision)
    (contents,) = answer.result["contents"]
    assert (contents["uri"], contents["mimeType"]) == (uri, kind)
    assert base64.b64decode(contents["blob"]) == data and "text" not in contents


@pytest.mark.behaviour("J7")
@every_revision
def test_media_of_a_prompt_are_base64_with_a_type(media, revision):
    params = {"name": "look", "arguments": {"at": "this"}}
    answer = media.post("media", "prompts/get", params, revision=revision)
    text, image, audio = [message["content"] for message in answer.result["messages"]]
    assert text == {"type": "text", "text": "Look at this."}
    assert base64.b64decode(image["data"]) == authored_media.PNG
    assert (audio["type"], audio["mimeType"]) == ("audio", "audio/wav")


@pytest.mark.behaviour("H10")
@every_revision
def test_input_schemas_describe_objects_and_say_where_there_are_no_arguments(media, revision):
    tools = media.post("media", "tools/list", revision=revision).result["tools"]
    schemas = {tool["name"]: tool["inputSchema"] for tool in tools}
    assert {schema["type"] for schema in schemas.values()} == {"object"}
    assert schemas["media"] == {"type": "object", "properties": {}, "additionalProperties": False}
