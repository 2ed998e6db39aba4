"""content.py: a block becomes what the revision knows, and what it says is kept."""

import copy

import pytest

from servers.protocol.content import known_keys, shape_block
from servers.protocol.revisions import (
    REVISIONS,
    V2024_11_05,
    V2025_03_26,
    V2025_06_18,
    V2025_11_25,
    V2026_07_28,
)
from tests.oracle import check

SAID = {"annotations": {"audience": ["user"], "priority": 0.5}}
DATED = {"annotations": {"priority": 1, "lastModified": "2026-01-01T00:00:00Z"}}
ICONS = [{"src": "https://example.com/i.png"}]
AUDIO = {"type": "audio", "data": "aGk=", "mimeType": "audio/wav", **SAID}
LINK = {"type": "resource_link", "uri": "demo://a", "name": "a", "title": "A", "icons": ICONS}
VIDEO = {"type": "video", "data": "aGk=", "mimeType": "video/mp4", **SAID}
INNER = {"uri": "demo://a", "text": "x", "mimeType": "text/plain", "_meta": {"a.example/b": 1}}
BLOCKS = [
    {"type": "text", "text": "5"},
    {"type": "text", "text": "5", **DATED, "_meta": {"a.example/b": 1}},
    {"type": "image", "data": "aGk=", "mimeType": "image/png"},
    AUDIO,
    LINK,
    {"type": "resource", "resource": INNER},
    VIDEO,
    {"type": "page", "uri": "https://example.com/", "mimeType": "text/html", "name": "a page"},
    {"type": "thing"},
]
every_revision = pytest.mark.parametrize("revision", REVISIONS, ids=lambda one: one.date)


@every_revision
@pytest.mark.parametrize("block", BLOCKS, ids=lambda one: one["type"])
def test_block_is_what_the_schema_of_the_revision_allows(block, revision):
    before = copy.deepcopy(block)
    result = {"content": [shape_block(block, revision)]}
    if revision is V2026_07_28:
        info = {"name": "demo", "version": "1"}
        meta = {"io.modelcontextprotocol/serverInfo": info}
        result |= {"resultType": "complete", "_meta": meta}
    check({"jsonrpc": "2.0", "id": 1, "result": result}, revision.date, "tools/call")
    assert block == before


@pytest.mark.parametrize("revision", REVISIONS[1:], ids=lambda one: one.date)
def test_audio_stays_what_it_is_since_2025_03_26(revision):
    assert shape_block(AUDIO, revision) == AUDIO


def test_audio_is_an_embedded_resource_before():
    assert shape_block(AUDIO, V2024_11_05) == {
        "type": "resource",
        "resource": {"uri": "attachment:///audio", "mimeType": "audio/wav", "blob": "aGk="},
        **SAID,
    }


def test_link_loses_its_icons_before_2025_11_25_and_is_text_before_2025_06_18():
    bare = {key: value for key, value in LINK.items() if key != "icons"}
    shaped = [shape_block(LINK, revision) for revision in REVISIONS]
    text = {"type": "text", "text": "a: demo://a"}
    assert shaped == [text, text, bare, LINK, LINK]


def test_unknown_kind_is_a_link_that_keeps_its_type_and_data():
    link = {
        "type": "resource_link",
        "uri": "data:video/mp4;base64,aGk=",
        "name": "video",
        "mimeType": "video/mp4",
        **SAID,
    }
    for revision in (V2025_06_18, V2025_11_25, V2026_07_28):
        assert shape_block(VIDEO, revision) == link


def test_unknown_kind_with_an_address_links_there():
    page = BLOCKS[7]
    assert shape_block(page, V2026_07_28) == {
        "type": "resource_link",
        "uri": "https://example.com/",
        "name": "a page",
        "mimeType": "text/html",
    }
    text = {"type": "text", "text": "a page: https://example.com/"}
    assert shape_block(page, V2025_03_26) == text


def test_unknown_kind_without_anything_is_a_link_to_nothing():
    assert shape_block({"type": "thing"}, V2026_07_28) == {
        "type": "resource_link",
        "uri": "data:application/octet-stream;base64,",
        "name": "thing",
        "mimeType": "application/octet-stream",
    }


@pytest.mark.parametrize("revision", [V2024_11_05, V2025_03_26], ids=lambda one: one.date)
def test_data_of_an_unknown_kind_is_no_text(revision):
    told = {"type": "text", "text": "video: data:video/mp4;base64", **SAID}
    assert shape_block(VIDEO, revision) == told


def test_keys_that_came_later_are_left_out_inside_too():
    dated = {"type": "text", "text": "5", **DATED, "_meta": {"a.example/b": 1}}
    undated = {"type": "text", "text": "5", "annotations": {"priority": 1}}
    for revision in REVISIONS:
        late = revision.since(V2025_06_18)
        assert shape_block(dated, revision) == (dated if late else undated)
    resource = {"type": "resource", "resource": INNER}
    inner = {key: value for key, value in INNER.items() if key != "_meta"}
    assert shape_block(resource, V2025_03_26)["resource"] == inner
    assert shape_block(resource, V2025_06_18)["resource"] == INNER


@pytest.mark.parametrize(
    ("uri", "told"),
    [
        ("demo://a,b", "a: demo://a,b"),
        ("data:text/plain,a,b", "a: data:text/plain"),
        ("data:image/png;base64,aGk=", "a: data:image/png;base64"),
    ],
)
def test_link_as_text_names_its_address_but_not_what_an_address_holds(uri, told):
    link = {"type": "resource_link", "uri": uri, "name": "a"}
    assert shape_block(link, V2025_03_26) == {"type": "text", "text": told}


def test_unknown_kind_keeps_what_is_said_beside_it():
    beside = {"annotations": {"priority": 1}, "_meta": {"a.example/b": 1}}
    shaped = shape_block({"type": "video", "data": "aGk=", **beside}, V2026_07_28)
    assert {key: shaped[key] for key in beside} == beside


def test_only_resource_and_annotations_are_looked_into():
    nested = {"_meta": {"icons": 1}, "text": {"lastModified": 1}, "annotations": None}
    assert known_keys(nested, V2025_06_18) == nested
    assert known_keys(nested, V2025_03_26)["text"] == {"lastModified": 1}


def test_plain_text_is_not_even_copied_but_one_with_more_is_looked_at():
    text = {"type": "text", "text": "5"}
    assert shape_block({**text, "_meta": {}}, V2025_03_26) == text
    assert shape_block(text, V2024_11_05) is text
