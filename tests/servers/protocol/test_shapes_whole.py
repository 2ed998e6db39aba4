"""shapes.py and content.py: a definition with every key there ever was, judged by the official schemas."""

import copy
import json

import pytest

from servers.protocol.outcome import Contents, Messages, ToolOutcome
from servers.protocol.revisions import REVISIONS
from servers.protocol.shapes import LIST_KEY, ResultShaper, known, shape_definition
from tests import oracle

SHAPER = ResultShaper({"name": "demo", "title": "Demo", "version": "1"})
META = {"example.com/by": "us"}
ICONS = [{"src": "https://example.com/i.png", "mimeType": "image/png", "sizes": ["48x48"]}]
NOTES = {"audience": ["user"], "priority": 0.5, "lastModified": "2025-01-12T15:00:58Z"}
HINTS = {"title": "Add", "readOnlyHint": True, "openWorldHint": False}
COMMON = {"title": "Title", "description": "Words.", "icons": ICONS, "_meta": META}
SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}, "additionalProperties": False}
DEFINITIONS = {
    "tool": {
        **COMMON,
        "name": "add",
        "inputSchema": SCHEMA,
        "outputSchema": SCHEMA,
        "annotations": HINTS,
        "execution": {"taskSupport": "optional"},
        "invented": 1,
    },
    "prompt": {
        **COMMON,
        "name": "ask",
        "arguments": [{"name": "a", "title": "A", "description": "d", "required": True, "x": 1}],
        "invented": 1,
    },
    "resource": {
        **COMMON,
        "uri": "demo://a",
        "name": "a",
        "mimeType": "text/plain",
        "size": 7,
        "annotations": NOTES,
        "invented": 1,
    },
    "template": {
        **COMMON,
        "uriTemplate": "demo://{a}",
        "name": "t",
        "mimeType": "text/plain",
        "annotations": NOTES,
        "invented": 1,
    },
}
LISTS = {
    "tool": "tools/list",
    "prompt": "prompts/list",
    "resource": "resources/list",
    "template": "resources/templates/list",
}
SHOWN = {"tool": "shown", "prompt": "shown", "resource": "demo://shown", "template": "demo://{s}"}
BLOCKS = {
    "text": {"type": "text", "text": "5"},
    "image": {"type": "image", "data": "aGk=", "mimeType": "image/png"},
    "audio": {"type": "audio", "data": "aGk=", "mimeType": "audio/wav"},
    "link": {
        "type": "resource_link",
        "uri": "demo://a",
        "name": "a",
        "title": "A",
        "size": 7,
        "description": "d",
        "icons": ICONS,
        "mimeType": "a/b",
    },
    "resource": {
        "type": "resource",
        "resource": {"uri": "demo://a", "text": "x", "mimeType": "text/plain", "_meta": META},
    },
}
every_revision = pytest.mark.parametrize("revision", REVISIONS, ids=lambda one: one.date)


def judged(method, revision, result: bytes):
    """Judge a result by the official schema, and return it."""
    read = json.loads(result)
    oracle.check({"jsonrpc": "2.0", "id": 1, "result": read}, revision.date, method)
    return read


@pytest.mark.behaviour("A9", "A16", "H14")
@every_revision
@pytest.mark.parametrize("kind", DEFINITIONS)
def test_definition_with_every_key_is_shown_with_those_its_revision_has(kind, revision):
    before = copy.deepcopy(DEFINITIONS[kind])
    shaped = shape_definition(kind, DEFINITIONS[kind], SHOWN[kind], revision)
    body = json.dumps({LIST_KEY[kind]: [shaped]}).encode()
    judged(LISTS[kind], revision, SHAPER.cacheable(body, revision, public=True))
    assert shaped["description"] == "Words." and DEFINITIONS[kind] == before


@pytest.mark.behaviour("A8", "A18", "H16")
@every_revision
@pytest.mark.parametrize("kind", BLOCKS)
def test_block_with_every_key_is_sent_with_those_its_revision_has(kind, revision):
    block = {**BLOCKS[kind], "annotations": NOTES, "_meta": META}
    judged("tools/call", revision, SHAPER.outcome(ToolOutcome([block], {"a": 1}), revision))
    messages = Messages([{"role": "user", "content": block}], "why")
    judged("prompts/get", revision, SHAPER.outcome(messages, revision))


@pytest.mark.behaviour("A9", "A16", "K1")
@every_revision
def test_contents_with_every_key_are_sent_with_those_their_revision_has(revision):
    contents = Contents([{"uri": "demo://a", "mimeType": "a/b", "blob": "aGk=", "_meta": META}])
    judged("resources/read", revision, SHAPER.outcome(contents, revision))


# kind -> date of a revision -> the keys it brought
BROUGHT = {
    "tool": {
        "2024-11-05": {"name", "description", "inputSchema"},
        "2025-03-26": {"annotations"},
        "2025-06-18": {"title", "outputSchema", "_meta"},
        "2025-11-25": {"icons"},
    },
    "prompt": {
        "2024-11-05": {"name", "description", "arguments"},
        "2025-06-18": {"title", "_meta"},
        "2025-11-25": {"icons"},
    },
    "resource": {
        "2024-11-05": {"uri", "name", "description", "mimeType", "size", "annotations"},
        "2025-06-18": {"title", "_meta"},
        "2025-11-25": {"icons"},
    },
    "template": {
        "2024-11-05": {"uriTemplate", "name", "description", "mimeType", "annotations"},
        "2025-06-18": {"title", "_meta"},
        "2025-11-25": {"icons"},
    },
    "argument": {
        "2024-11-05": {"name", "description", "required"},
        "2025-06-18": {"title"},
    },
    "implementation": {
        "2024-11-05": {"name", "version"},
        "2025-06-18": {"title"},
        "2025-11-25": {"description", "icons", "websiteUrl"},
    },
}
HUB = {"name": "demo", "version": "1", "title": "D", "description": "d", "icons": ICONS}
WHOLE = {
    **DEFINITIONS,
    "argument": DEFINITIONS["prompt"]["arguments"][0],
    "implementation": {**HUB, "websiteUrl": "https://example.com", "invented": 1},
}


@every_revision
@pytest.mark.parametrize("kind", BROUGHT)
def test_each_revision_shows_the_keys_that_it_and_those_before_it_brought(kind, revision):
    expected = [keys for date, keys in BROUGHT[kind].items() if date <= revision.date]
    shown = known(kind, WHOLE[kind], revision)
    assert set(shown) == set().union(*expected)
    assert shown == {key: WHOLE[kind][key] for key in shown}
