"""YAML text -> values that know their lines.

Takes the plain part of YAML: mappings, lists, text, true and false. Refuses anchors and aliases
(a few lines of them unfold to gigabytes), tags, repeated keys, numbers and dates where text is
meant (`no` and 1.10 would not be what was typed), and more than it can read quickly.
"""

from dataclasses import dataclass
from typing import Any

import yaml
from yaml.constructor import SafeConstructor
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from servers.errors import StateRefused

LONGEST = 1024 * 1024
"""Bytes."""
DEEPEST = 12

_TAG = "tag:yaml.org,2002:"
_KINDS = {"int": "a number", "float": "a number", "null": "nothing", "timestamp": "a date"}


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A plain value that is neither text nor true or false; `kind` says what YAML takes it for."""

    kind: str
    typed: str


@dataclass(frozen=True, slots=True)
class Value:
    """A value and the line it stands on, counted from 1; under a key, the key's line."""

    line: int
    content: "dict[str, Value] | list[Value] | str | bool | Unreadable"


class _Loader(yaml.SafeLoader):
    """Composes nodes, and refuses what has no place here as soon as it is seen."""

    depth = 0

    def compose_node(self, parent: Node | None, index: Any) -> Node | None:
        """Compose one node; no aliases, no anchors, no tags, and not too deep."""
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]
        line = event.start_mark.line + 1
        if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
            raise StateRefused(line, "anchors and aliases (& and *) have no place here; quote text")
        if event.tag is not None:
            raise StateRefused(line, "tags (!) have no place here; quote text")
        self.depth += 1
        if self.depth > DEEPEST:
            raise StateRefused(line, f"this nests deeper than {DEEPEST} levels")
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


def read_document(data: bytes) -> Value:
    """Return the one document in the file; StateRefused says where and why not."""
    if len(data) > LONGEST:
        raise StateRefused(1, f"the file has more than {LONGEST} bytes")
    node = _composed(_text(data))
    if node is None:
        raise StateRefused(1, "the file is empty")
    return _value(node, node.start_mark.line + 1)


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise StateRefused(line, "this is not UTF-8 text") from error


def _composed(text: str) -> Node | None:
    try:
        return _Loader(text).get_single_node()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        reason = ", ".join(part for part in (error.context, error.problem) if part)
        raise StateRefused(mark.line + 1 if mark else 1, reason) from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise StateRefused(line, "a character that YAML does not allow") from error


def _value(node: Node, line: int) -> Value:
    if isinstance(node, MappingNode):
        return Value(line, _mapping(node))
    if isinstance(node, SequenceNode):
        return Value(line, [_value(item, item.start_mark.line + 1) for item in node.value])
    return Value(line, _scalar(node, line))


def _mapping(node: MappingNode) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        key = _scalar(key_node, line) if isinstance(key_node, ScalarNode) else None
        if not isinstance(key, str):
            raise StateRefused(line, "a key must be text")
        if key in found:
            raise StateRefused(line, f"the key {key[:80]!r} stands here a second time")
        found[key] = _value(value_node, line)
    return found


def _scalar(node: Node, line: int) -> str | bool | Unreadable:
    kind = node.tag.removeprefix(_TAG)
    if kind == "bool":
        return bool(SafeConstructor.bool_values[node.value.lower()])
    if kind != "str":
        return Unreadable(_KINDS.get(kind, "something else"), node.value)
    if any(character == "\0" or "\ud800" <= character <= "\udfff" for character in node.value):
        raise StateRefused(line, "a character that no database takes")
    return str(node.value)
