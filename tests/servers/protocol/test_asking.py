"""asking.py: a question, as each revision knows it."""

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
from tests import oracle

MARK = "q1"
ASK = "elicitation/create"
SAMPLE = "sampling/createMessage"
FORM = {
    "type": "object",
    "title": "All",
    "description": "All there is",
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "properties": {
        "name": {
            "type": "string",
            "title": "Name",
            "description": "Yours",
            "minLength": 1,
            "maxLength": 9,
            "default": "x",
        },
        "mail": {"type": "string", "format": "email"},
        "age": {"type": "integer", "minimum": 1, "maximum": 9, "default": 3, "title": "Age"},
        "size": {"type": "number", "minimum": 0.5, "description": "In cm", "default": 1.5},
        "sure": {"type": "boolean", "default": True, "title": "Sure?", "description": "Really?"},
        "one": {"type": "string", "enum": ["a", "b"], "enumNames": ["A", "B"], "default": "a"},
        "plain": {"type": "string", "enum": ["a", "b"], "title": "Plain"},
        "other": {"type": "string", "oneOf": [{"const": "c", "title": "C"}], "default": "c"},
    },
    "required": ["name"],
}
SMALL = {
    "type": "object",
    "properties": {
        "name": {
            "type": "string",
            "title": "Name",
            "description": "Yours",
            "minLength": 1,
            "maxLength": 9,
        },
        "mail": {"type": "string", "format": "email"},
        "age": {"type": "integer", "title": "Age", "minimum": 1, "maximum": 9},
        "size": {"type": "number", "minimum": 0.5, "description": "In cm"},
        "sure": {"type": "boolean", "title": "Sure?", "default": True, "description": "Really?"},
        "one": {"type": "string", "enum": ["a", "b"], "enumNames": ["A", "B"]},
        "plain": {"type": "string", "title": "Plain", "enum": ["a", "b"]},
        "other": {"type": "string", "enum": ["c"], "enumNames": ["C"]},
    },
    "required": ["name"],
}
ELICIT = {"mode": "form", "message": "Who?", "requestedSchema": FORM}
URL = {"mode": "url", "message": "Sign.", "url": "https://example.org/"}
SEVERAL = {
    "type": "object",
    "properties": {"many": {"type": "array", "items": {"type": "string", "enum": ["a"]}}},
}
TEXT = {"type": "text", "text": "Look."}
IMAGE = {"type": "image", "data": "AA==", "mimeType": "image/png"}
AUDIO = {"type": "audio", "data": "AA==", "mimeType": "audio/wav"}
USE = {"type": "tool_use", "id": "1", "name": "look", "input": {}}
LINK = {"type": "resource_link", "uri": "demo://a", "name": "a"}
EMBEDDED = {"type": "resource", "resource": {"uri": "demo://a", "text": "x"}}
TOOLS = [{"name": "look", "inputSchema": {"type": "object"}}]
INFO = {"io.modelcontextprotocol/serverInfo": {"name": "n", "version": "1"}}
OPTIONS = {
    "maxTokens": 9,
    "systemPrompt": "Be brief.",
    "temperature": 0.5,
    "stopSequences": ["."],
    "modelPreferences": {"hints": [{"name": "m"}]},
}


def asked(method, params, revision):
    """Return a question as a revision has it, judged by its schema; the given one stays as it was."""
    before = copy.deepcopy(params)
    found = shape_question(method, params, revision, MARK)
    assert params == before
    if found is not None:
        assert isinstance(found, Asked) and found.method == method
        message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": found.params}
        if not revision.stateless:
            oracle.check(message, revision.date, "tools/call")
        else:
            requests = {"resultType": "input_required", "inputRequests": {"k": found._asdict()}}
            answer = {"jsonrpc": "2.0", "id": 1, "result": {**requests, "_meta": INFO}}
            oracle.check(answer, revision.date, "tools/call")
        return found.params
    return None


def test_each_ability_has_the_revision_that_brought_it():
    assert ABILITY_SINCE == {
        "roots": V2024_11_05,
        "sampling": V2024_11_05,
        "elicitation": V2025_06_18,
        "elicitation.url": V2025_11_25,
        "sampling.tools": V2025_11_25,
    }


# --- forms ----------------------------------------------------------------------------------------


@pytest.mark.behaviour("N10", revisions=["2025-11-25", "2026-07-28"])
@pytest.mark.parametrize("revision", [V2025_11_25, V2026_07_28], ids=lambda each: each.date)
@pytest.mark.parametrize("params", [ELICIT, {**ELICIT, "requestedSchema": SEVERAL}])
def test_form_is_sent_as_it_is_but_for_a_title(params, revision):
    sent = dict(params["requestedSchema"])
    sent.pop("title", ""), sent.pop("description", "")  # which have no place there
    assert asked(ASK, params, revision) == {**params, "requestedSchema": sent}


@pytest.mark.behaviour("N10", revisions=["2025-06-18"])
def test_form_is_told_in_the_words_of_2025_06_18():
    params = asked(ASK, ELICIT, V2025_06_18)
    assert params == {"message": "Who?", "requestedSchema": SMALL}


@pytest.mark.behaviour("N10", revisions=["2025-06-18"])
@pytest.mark.parametrize("beside", [{}, {"a": {"type": "string"}}])
@pytest.mark.parametrize(
    "field",
    [
        SEVERAL["properties"]["many"],
        {"type": "array", "items": {"anyOf": [{"const": "a", "title": "A"}]}},
        {"type": "null"},
        {"enum": ["a"]},
        {},
    ],
)
def test_field_that_2025_06_18_has_not_cannot_be_asked(field, beside):
    form = {"type": "object", "properties": {**beside, "many": field}}
    assert asked(ASK, {**ELICIT, "requestedSchema": form}, V2025_06_18) is None


def test_form_without_fields_asks_for_a_yes():
    empty = {"type": "object", "properties": {}}
    found = asked(ASK, {**ELICIT, "requestedSchema": empty}, V2025_06_18)
    assert found == {"message": "Who?", "requestedSchema": empty}


@pytest.mark.parametrize("kind", ["string", "number", "integer", "boolean"])
def test_field_keeps_what_its_type_has_there(kind):
    every = {
        "title": "T",
        "description": "D",
        "format": "email",
        "maxLength": 2,
        "minLength": 1,
        "maximum": 2,
        "minimum": 1,
        "default": True,
        "pattern": "x",
        "invented": 1,
    }
    known = {
        "string": ["description", "format", "maxLength", "minLength"],
        "number": ["description", "maximum", "minimum"],
        "integer": ["description", "maximum", "minimum"],
        "boolean": ["description", "default"],
    }[kind]
    form = {"type": "object", "properties": {"f": {"type": kind, **every}}}
    found = shape_question(ASK, {**ELICIT, "requestedSchema": form}, V2025_06_18, MARK)
    field = {"type": kind, "title": "T", **{key: every[key] for key in known}}
    assert found.params["requestedSchema"]["properties"] == {"f": field}


# --- pages ----------------------------------------------------------------------------------------


@pytest.mark.behaviour("N13")
def test_page_has_an_id_in_2025_11_25():
    assert asked(ASK, URL, V2025_11_25) == {**URL, "elicitationId": MARK}


@pytest.mark.behaviour("N15")
def test_page_has_none_in_2026_07_28():
    assert asked(ASK, URL, V2026_07_28) == URL


# --- models ---------------------------------------------------------------------------------------


def said(*messages, **more):
    return {"messages": [*messages], **OPTIONS, **more}


@pytest.mark.behaviour("N18")
@pytest.mark.parametrize("revision", [V2025_11_25, V2026_07_28], ids=lambda each: each.date)
def test_sampling_is_sent_as_it_is(revision):
    user = {"role": "user", "content": [TEXT, IMAGE, AUDIO]}
    params = said(user, tools=TOOLS, toolChoice={"mode": "auto"})
    assert asked(SAMPLE, params, revision) == params


@pytest.mark.behaviour("N20")
@pytest.mark.parametrize("revision", REVISIONS, ids=lambda each: each.date)
def test_sampling_asks_for_no_context_of_servers(revision):
    params = asked(SAMPLE, said({"role": "user", "content": TEXT}), revision)
    assert "includeContext" not in params
    assert params == said({"role": "user", "content": TEXT})


@pytest.mark.parametrize(
    "revision", [V2024_11_05, V2025_03_26, V2025_06_18], ids=lambda each: each.date
)
def test_older_revisions_have_one_block_a_message_and_no_tools(revision):
    user = {"role": "user", "content": [TEXT, IMAGE]}
    model = {"role": "assistant", "content": TEXT}
    params = asked(SAMPLE, said(user, model, tools=TOOLS, toolChoice={"mode": "auto"}), revision)
    assert params == said(
        {"role": "user", "content": TEXT}, {"role": "user", "content": IMAGE}, model
    )


@pytest.mark.parametrize(
    ("block", "revision", "told"),
    [
        (AUDIO, V2025_06_18, AUDIO),
        (AUDIO, V2025_03_26, AUDIO),
        (AUDIO, V2024_11_05, {"type": "text", "text": "[audio]"}),
        (USE, V2025_06_18, {"type": "text", "text": "[tool_use]"}),
        (LINK, V2025_06_18, {"type": "text", "text": "[resource_link]"}),
        (LINK, V2025_03_26, {"type": "text", "text": "a: demo://a"}),
        (EMBEDDED, V2025_06_18, {"type": "text", "text": "[resource]"}),
        (EMBEDDED, V2024_11_05, {"type": "text", "text": "[resource]"}),
        ({**TEXT, "_meta": {"a/b": 1}}, V2025_06_18, {**TEXT, "_meta": {"a/b": 1}}),
        ({**TEXT, "_meta": {"a/b": 1}}, V2025_03_26, TEXT),
    ],
)
def test_block_that_a_revision_has_not_is_told_in_words(block, revision, told):
    params = asked(SAMPLE, said({"role": "user", "content": block}), revision)
    assert params["messages"] == [{"role": "user", "content": told}]


# --- roots ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("revision", REVISIONS, ids=lambda each: each.date)
def test_roots_are_asked_for_alike(revision):
    assert asked("roots/list", {}, revision) == {}
