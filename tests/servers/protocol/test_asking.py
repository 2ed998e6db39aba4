"""asking.py: a question to the client in the shape that its revision knows."""

import copy

import pytest

from servers.protocol.asking import ABILITY_SINCE, Asked, shape_question
from servers.protocol.revisions import (
    REVISIONS,
    V2024_11_05,
    V2025_03_26,
    V2025_06_18,
    V2025_11_25,
    V2026_07_28,
)

FORM, SAMPLE, ROOTS = "elicitation/create", "sampling/createMessage", "roots/list"
EXTRA = {"default": "x", "pattern": "y", "invented": 1}
CHOICES = [{"const": "r", "title": "Red"}, {"const": "b", "title": "Blue"}]
TEXT = {"type": "text", "text": "hello"}
IMAGE = {"type": "image", "data": "aGk=", "mimeType": "image/png"}
AUDIO = {"type": "audio", "data": "aGk=", "mimeType": "audio/wav"}
USE = {"type": "tool_use", "id": "1", "name": "add", "input": {}}


def form(field, **more):
    schema = {"type": "object", "properties": {"a": field}, **more}
    return {"mode": "form", "message": "Which?", "requestedSchema": schema}


def asked(method, params, revision):
    before = copy.deepcopy(params)
    question = shape_question(method, params, revision, "mark-1")
    assert params == before
    return question


def test_abilities_came_with_their_revisions():
    assert {name: one.date for name, one in ABILITY_SINCE.items()} == {
        "roots": "2024-11-05",
        "sampling": "2024-11-05",
        "elicitation": "2025-06-18",
        "elicitation.url": "2025-11-25",
        "sampling.tools": "2025-11-25",
    }


@pytest.mark.parametrize("method", [FORM, SAMPLE, ROOTS])
def test_newest_revision_hears_a_question_as_it_is(method):
    params = {"mode": "url", "anything": [1]}
    assert asked(method, params, V2026_07_28) == Asked(method, params)


@pytest.mark.parametrize("revision", REVISIONS, ids=lambda one: one.date)
def test_roots_are_asked_for_in_the_same_way_everywhere(revision):
    assert asked(ROOTS, {}, revision) == Asked(ROOTS, {})


# --- elicitation ----------------------------------------------------------------------------------


def test_page_to_open_is_named_by_its_mark():
    params = {"mode": "url", "message": "Open.", "url": "https://example.com"}
    assert asked(FORM, params, V2025_11_25) == Asked(FORM, {**params, "elicitationId": "mark-1"})


def test_form_is_as_it_is_from_2025_11_25_on():
    params = form({"type": "array", "items": {"enum": ["r"]}})
    assert asked(FORM, params, V2025_11_25) == Asked(FORM, params)


@pytest.mark.parametrize(
    ("field", "small"),
    [
        (
            {"type": "string", "title": "A", "description": "d", **EXTRA},
            {"type": "string", "title": "A", "description": "d"},
        ),
        (
            {"type": "string", "format": "email", "minLength": 1, "maxLength": 9, "maximum": 1},
            {"type": "string", "format": "email", "minLength": 1, "maxLength": 9},
        ),
        (
            {"type": "number", "description": "d", "minimum": 0, "maximum": 1, "minLength": 1},
            {"type": "number", "description": "d", "minimum": 0, "maximum": 1},
        ),
        (
            {"type": "integer", "description": "d", "minimum": 0, "maximum": 9, "default": 3},
            {"type": "integer", "description": "d", "minimum": 0, "maximum": 9},
        ),
        (
            {"type": "boolean", "description": "d", "default": False, "minimum": 0},
            {"type": "boolean", "description": "d", "default": False},
        ),
        (
            {"type": "string", "enum": ["r", "b"], "enumNames": ["Red", "Blue"]},
            {"type": "string", "enum": ["r", "b"], "enumNames": ["Red", "Blue"]},
        ),
        ({"type": "string", "enum": ["r"]}, {"type": "string", "enum": ["r"]}),
        (
            {"type": "string", "oneOf": CHOICES},
            {"type": "string", "enum": ["r", "b"], "enumNames": ["Red", "Blue"]},
        ),
    ],
)
def test_form_of_2025_06_18_has_the_keys_it_knows(field, small):
    params = form(field, required=["a"], additionalProperties=False)
    schema = {"type": "object", "required": ["a"], "properties": {"a": small}}
    assert asked(FORM, params, V2025_06_18) == Asked(
        FORM, {"message": "Which?", "requestedSchema": schema}
    )


@pytest.mark.parametrize("field", [{"type": "array"}, {"type": "object"}, {}, {"enum": ["r"]}])
def test_form_with_a_field_that_2025_06_18_lacks_is_not_asked(field):
    assert asked(FORM, form(field), V2025_06_18) is None


# --- sampling -------------------------------------------------------------------------------------


def sample(*messages, **more):
    return {"messages": list(messages), "maxTokens": 9, "systemPrompt": "Be brief.", **more}


def said(content, role="user"):
    return {"role": role, "content": content}


def test_sampling_is_as_it_is_from_2025_11_25_on():
    params = sample(said([TEXT, USE]), tools=[{"name": "add"}], toolChoice={"mode": "auto"})
    assert asked(SAMPLE, params, V2025_11_25) == Asked(SAMPLE, params)


def test_older_sampling_has_no_tools_and_one_block_in_each_message():
    params = sample(
        said([TEXT, IMAGE]),
        said(AUDIO, "assistant"),
        tools=[{"name": "add"}],
        toolChoice={"mode": "auto"},
    )
    expected = sample(said(TEXT), said(IMAGE), said(AUDIO, "assistant"))
    assert asked(SAMPLE, params, V2025_06_18) == Asked(SAMPLE, expected)


@pytest.mark.parametrize("revision", [V2024_11_05, V2025_03_26, V2025_06_18])
def test_block_that_a_client_cannot_be_sent_is_told_by_its_kind(revision):
    link = {"type": "resource_link", "uri": "demo://a", "name": "a"}
    embedded = {"type": "resource", "resource": {"uri": "demo://a", "text": "x"}}
    told = asked(SAMPLE, sample(said([embedded, link])), revision).params["messages"]
    assert told[0] == said({"type": "text", "text": "[resource]"})
    as_text = "[resource_link]" if revision is V2025_06_18 else "a: demo://a"
    assert told[1] == said({"type": "text", "text": as_text})


def test_recording_is_told_by_its_kind_where_there_is_no_audio():
    told = asked(SAMPLE, sample(said(AUDIO)), V2024_11_05).params["messages"]
    assert told == [said({"type": "text", "text": "[audio]"})]
    assert asked(SAMPLE, sample(said(AUDIO)), V2025_03_26) == Asked(SAMPLE, sample(said(AUDIO)))
