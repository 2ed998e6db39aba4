"""shapes.py and content.py: nothing that a revision does not know leaves on it."""

import json

import pytest
from mcp_types import methods

from servers.protocol.outcome import (
    Completions,
    Contents,
    InputRequired,
    Messages,
    ToolOutcome,
    failed,
)
from servers.protocol.revisions import (
    REVISIONS,
    V2025_03_26,
    V2025_06_18,
    V2025_11_25,
    V2026_07_28,
)
from servers.protocol.shapes import LIST_KEY, ResultShaper, shape_definition

SHAPER = ResultShaper({"name": "demo", "title": "Demo", "version": "1"})
ICONS = [{"src": "https://example.com/i.png", "mimeType": "image/png", "sizes": ["48x48"]}]
TOOL = {
    "name": "add",
    "title": "Add",
    "description": "Adds.",
    "inputSchema": {"type": "object"},
    "outputSchema": {"type": "object", "properties": {"sum": {"type": "integer"}}},
    "annotations": {"readOnlyHint": True},
    "icons": ICONS,
}
PROMPT = {
    "name": "ask",
    "title": "Ask",
    "icons": ICONS,
    "arguments": [{"name": "a", "title": "A", "description": "d", "required": True}],
}
RESOURCE = {"uri": "demo://a", "name": "a", "title": "A", "mimeType": "text/plain", "icons": ICONS}
TEMPLATE = {"uriTemplate": "demo://{a}", "name": "t", "title": "T", "icons": ICONS}
DEFINITIONS = {"tool": TOOL, "prompt": PROMPT, "resource": RESOURCE, "template": TEMPLATE}
LISTS = {
    "tool": "tools/list",
    "prompt": "prompts/list",
    "resource": "resources/list",
    "template": "resources/templates/list",
}
BLOCKS = [
    {"type": "text", "text": "5"},
    {"type": "image", "data": "aGk=", "mimeType": "image/png"},
    {"type": "audio", "data": "aGk=", "mimeType": "audio/wav"},
    {"type": "resource_link", "uri": "demo://a", "name": "a"},
    {"type": "resource", "resource": {"uri": "demo://a", "text": "x", "mimeType": "text/plain"}},
]
every_revision = pytest.mark.parametrize("revision", REVISIONS, ids=lambda one: one.date)


def valid(method: str, revision, result: bytes) -> dict:
    """Judge a result by the official types, and return it."""
    read = json.loads(result)
    methods.validate_server_result(method, revision.date, read)
    methods.parse_server_result(method, revision.date, read)
    return read


@every_revision
@pytest.mark.parametrize("kind", DEFINITIONS)
def test_list_is_what_the_revision_allows(kind, revision):
    shaped = shape_definition(kind, DEFINITIONS[kind], "shown", revision)
    body = json.dumps({LIST_KEY[kind]: [shaped]}).encode()
    valid(LISTS[kind], revision, SHAPER.cacheable(body, revision, public=True))


@every_revision
@pytest.mark.parametrize("kind", DEFINITIONS)
def test_definition_holds_only_what_the_revision_knows(kind, revision):
    shaped = shape_definition(kind, DEFINITIONS[kind], "shown", revision)
    titled = revision.since(V2025_06_18)
    assert ("title" in shaped) == titled
    assert ("icons" in shaped) == revision.since(V2025_11_25)
    if kind == "tool":
        assert ("outputSchema" in shaped) == titled
        assert ("annotations" in shaped) == revision.since(V2025_03_26)
    if kind == "prompt":
        assert ("title" in shaped["arguments"][0]) == titled
        assert shaped["arguments"][0]["required"] is True


@every_revision
@pytest.mark.parametrize(
    ("kind", "key"),
    [("tool", "name"), ("prompt", "name"), ("resource", "uri"), ("template", "uriTemplate")],
)
def test_definition_is_shown_under_its_exposed_name(kind, key, revision):
    assert shape_definition(kind, DEFINITIONS[kind], "shown", revision)[key] == "shown"


@every_revision
def test_shaping_leaves_the_definition_as_it_was(revision):
    before = json.dumps(DEFINITIONS)
    for kind, definition in DEFINITIONS.items():
        shape_definition(kind, definition, "shown", revision)
    assert json.dumps(DEFINITIONS) == before


def test_title_of_a_tool_is_an_annotation_where_titles_are_unknown():
    shaped = shape_definition("tool", TOOL, "add", V2025_03_26)
    assert shaped["annotations"] == {"title": "Add", "readOnlyHint": True}
    own = {**TOOL, "annotations": {"title": "Own"}}
    assert shape_definition("tool", own, "add", V2025_03_26)["annotations"] == {"title": "Own"}


@pytest.mark.behaviour("H9")
@pytest.mark.parametrize("schema", [{"type": "array"}, {"type": "integer"}, {"anyOf": [{}]}])
def test_output_schema_of_other_than_objects_is_for_the_newest_alone(schema):
    tool = {**TOOL, "outputSchema": schema}
    kept = ["outputSchema" in shape_definition("tool", tool, "add", each) for each in REVISIONS]
    assert kept == [False, False, False, False, True]


@every_revision
def test_tool_result_is_what_the_revision_allows(revision):
    outcome = ToolOutcome(BLOCKS, {"sum": 5})
    result = valid("tools/call", revision, SHAPER.outcome(outcome, revision))
    assert ("structuredContent" in result) == revision.has_structured_content
    assert result["isError"] is False
    kinds = [block["type"] for block in result["content"]]
    link = "resource_link" if revision.since(V2025_06_18) else "text"
    sound = "audio" if revision.since(V2025_03_26) else "resource"
    assert kinds == ["text", "image", sound, link, "resource"]


@pytest.mark.behaviour("H9")
@every_revision
@pytest.mark.parametrize("value", [5, [1, 2], "text", True, 0, False])
def test_structured_value_that_is_no_object_is_for_the_newest_alone(value, revision):
    outcome = ToolOutcome([{"type": "text", "text": "5"}], value)
    result = valid("tools/call", revision, SHAPER.outcome(outcome, revision))
    assert ("structuredContent" in result) == revision.has_any_json_output


@pytest.mark.behaviour("H16", revisions=["2025-03-26"])
def test_link_becomes_text_that_holds_its_address():
    outcome = ToolOutcome([BLOCKS[3]])
    result = json.loads(SHAPER.outcome(outcome, V2025_03_26))
    assert result["content"] == [{"type": "text", "text": "a: demo://a"}]


@every_revision
def test_failure_is_a_result(revision):
    result = valid("tools/call", revision, SHAPER.outcome(failed("no"), revision))
    assert result["isError"] is True and result["content"] == [{"type": "text", "text": "no"}]


@every_revision
def test_contents_are_what_the_revision_allows(revision):
    outcome = Contents(
        [
            {"uri": "demo://a", "mimeType": "text/plain", "text": "x"},
            {"uri": "demo://b", "blob": "aGk="},
        ]
    )
    result = valid("resources/read", revision, SHAPER.outcome(outcome, revision))
    assert len(result["contents"]) == 2


@every_revision
@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block["type"])
def test_messages_are_what_the_revision_allows(block, revision):
    outcome = Messages([{"role": "user", "content": block}], "why")
    result = valid("prompts/get", revision, SHAPER.outcome(outcome, revision))
    assert result["description"] == "why"


@every_revision
def test_empty_result_is_complete_where_results_must_be(revision):
    empty = json.loads(SHAPER.empty(revision))
    assert (empty.get("resultType") == "complete") == revision.stateless
    assert revision.stateless or empty == {}


@pytest.mark.parametrize("revision", [V2025_03_26, V2025_06_18, V2025_11_25])
def test_older_revisions_hear_nothing_of_the_newest(revision):
    told = SHAPER.cacheable(b'{"tools":[]}', revision, public=True)
    assert json.loads(told) == {"tools": []}
    assert json.loads(SHAPER.plain(b'{"x":1}', revision)) == {"x": 1}


def test_newest_revision_says_who_answers_and_for_how_long():
    for public, scope in ((True, "public"), (False, "private")):
        told = json.loads(SHAPER.cacheable(b'{"tools":[]}', V2026_07_28, public=public))
        assert told == {
            "tools": [],
            "ttlMs": 0,
            "cacheScope": scope,
            "resultType": "complete",
            "_meta": {
                "io.modelcontextprotocol/serverInfo": {
                    "name": "demo",
                    "title": "Demo",
                    "version": "1",
                }
            },
        }


def test_only_a_tool_keeps_its_title_as_an_annotation():
    for kind in ("prompt", "resource", "template"):
        assert "annotations" not in shape_definition(kind, DEFINITIONS[kind], "shown", V2025_03_26)


def test_title_becomes_the_only_annotation_of_a_tool_that_has_none():
    bare = {"name": "add", "title": "Add", "inputSchema": {"type": "object"}}
    shaped = shape_definition("tool", bare, "add", V2025_03_26)
    assert shaped == {
        "name": "add",
        "inputSchema": {"type": "object"},
        "annotations": {"title": "Add"},
    }
    untitled = {"name": "add", "inputSchema": {"type": "object"}}
    assert shape_definition("tool", untitled, "add", V2025_03_26) == untitled


def test_link_without_a_name_becomes_its_address():
    link = {"type": "resource_link", "uri": "demo://a"}
    result = json.loads(SHAPER.outcome(ToolOutcome([link]), V2025_03_26))
    assert result["content"] == [{"type": "text", "text": ": demo://a"}]


INFO = {"io.modelcontextprotocol/serverInfo": {"name": "demo", "title": "Demo", "version": "1"}}
TEXT = {"type": "text", "text": "5"}


@pytest.mark.parametrize(
    ("outcome", "body"),
    [
        (
            ToolOutcome([TEXT], {"sum": 5}),
            {"content": [TEXT], "structuredContent": {"sum": 5}, "isError": False},
        ),
        (ToolOutcome([TEXT]), {"content": [TEXT], "isError": False}),
        (
            Messages([{"role": "user", "content": TEXT}], "why"),
            {"messages": [{"role": "user", "content": TEXT}], "description": "why"},
        ),
        (
            Messages([{"role": "user", "content": TEXT}]),
            {"messages": [{"role": "user", "content": TEXT}]},
        ),
        (
            Contents([{"uri": "demo://a", "text": "x"}]),
            {
                "contents": [{"uri": "demo://a", "text": "x"}],
                "ttlMs": 0,
                "cacheScope": "private",
            },
        ),
    ],
    ids=["tool", "tool without a value", "prompt", "prompt without description", "resource"],
)
def test_newest_result_is_the_outcome_and_who_answers(outcome, body):
    told = json.loads(SHAPER.outcome(outcome, V2026_07_28))
    assert told == {**body, "resultType": "complete", "_meta": INFO}


def test_newest_empty_result_says_who_answers():
    assert json.loads(SHAPER.empty(V2026_07_28)) == {"resultType": "complete", "_meta": INFO}


def test_outcomes_that_say_no_more_are_whole():
    assert Messages([]) == ([], "")
    assert ToolOutcome([]) == ([], None, False)


@pytest.mark.parametrize(
    ("count", "shown", "more"), [(0, 0, False), (1, 1, False), (100, 100, False), (101, 100, True)]
)
def test_a_hundred_completions_are_told_and_how_many_there_are(count, shown, more):
    values = [f"v{number}" for number in range(count)]
    told = {"values": values[:shown], "total": count, "hasMore": more}
    for revision in REVISIONS[:-1]:
        assert json.loads(SHAPER.outcome(Completions(values), revision)) == {"completion": told}
    newest = json.loads(SHAPER.outcome(Completions(values), V2026_07_28))
    assert newest == {"completion": told, "resultType": "complete", "_meta": INFO}


def test_call_that_needs_answers_tells_its_questions_and_its_state():
    requests = {"a": {"method": "roots/list", "params": {}}}
    told = json.loads(SHAPER.outcome(InputRequired(requests, "sealed"), V2026_07_28))
    assert told == {
        "inputRequests": requests,
        "requestState": "sealed",
        "resultType": "input_required",
        "_meta": INFO,
    }


def test_end_of_a_subscription_says_which_and_who_answers():
    told = json.loads(SHAPER.ended_subscription({"example.com/id": 7}))
    assert told == {"resultType": "complete", "_meta": {**INFO, "example.com/id": 7}}


@every_revision
def test_prompt_without_arguments_is_shown_without_any(revision):
    assert shape_definition("prompt", {"name": "ask"}, "shown", revision) == {"name": "shown"}
