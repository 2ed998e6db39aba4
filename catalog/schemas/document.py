"""A schema as a graph: its subschemas by place, and which leads to which.

Only what JSON Schema says is a subschema is one: a property that happens to be named "$ref" or an
example with a "pattern" is left alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from catalog.errors import SchemaRefused

Place = tuple[str, ...]
"""Where a subschema stands: the parts of its JSON pointer."""
Schema = Mapping[str, Any]

SUBSCHEMA_LIMIT = 5_000

ONE = {
    "not": True,
    "if": True,
    "then": True,
    "else": True,
    "items": False,
    "additionalItems": False,
    "contains": False,
    "additionalProperties": False,
    "propertyNames": False,
    "unevaluatedItems": False,
    "unevaluatedProperties": False,
}
"""Keywords that hold one subschema, and whether it judges the same value as its parent."""
MANY = {
    "allOf": True,
    "anyOf": True,
    "oneOf": True,
    "prefixItems": False,
    "dependentSchemas": True,
    "dependencies": True,
    "properties": False,
    "patternProperties": False,
}
"""Keywords that hold a list or a map of subschemas, with the same mark."""
SHELVES = ("$defs", "definitions", "contentSchema")
"""Keywords whose subschemas judge nothing until something refers to them."""
REFERENCES = ("$ref", "$dynamicRef")
ANCHORS = ("$anchor", "$dynamicAnchor")


@dataclass(frozen=True, slots=True)
class Edge:
    """One subschema leads to another; in place, both judge the same value."""

    target: Place
    in_place: bool


@dataclass(slots=True)
class Document:
    """A schema's subschemas and edges. Raises SchemaRefused where a reference leads nowhere."""

    root: Schema
    nodes: dict[Place, Schema] = field(default_factory=dict)
    edges: dict[Place, list[Edge]] = field(default_factory=dict)
    anchors: dict[str, Place] = field(default_factory=dict)

    @classmethod
    def read(cls, root: Schema) -> Document:
        """Walk the schema and everything it refers to."""
        document = cls(root)
        document._walk(())
        seen = 0
        while seen < len(document.nodes):  # a reference may lead where no keyword does
            fresh = list(document.nodes)[seen:]
            seen = len(document.nodes)
            for place in fresh:
                document._follow(place)
        return document

    def _walk(self, start: Place) -> None:
        pending = [start]
        while pending:
            place = pending.pop()
            schema = self.at(place)
            if not isinstance(schema, Mapping) or place in self.nodes:
                continue
            if len(self.nodes) >= SUBSCHEMA_LIMIT:
                raise SchemaRefused(f"it has more than {SUBSCHEMA_LIMIT} subschemas")
            self.nodes[place] = schema
            self.edges[place] = [Edge(place + parts, same) for parts, same in children(schema)]
            self._remember_anchors(place, schema)
            pending.extend(edge.target for edge in self.edges[place])
            pending.extend(place + parts for parts in shelved(schema))

    def _remember_anchors(self, place: Place, schema: Schema) -> None:
        for keyword in ANCHORS:
            if isinstance(name := schema.get(keyword), str):
                self.anchors.setdefault(name, place)

    def _follow(self, place: Place) -> None:
        for keyword in REFERENCES:
            reference = self.nodes[place].get(keyword)
            if isinstance(reference, str):
                target = self.resolve(reference)
                self.edges[place].append(Edge(target, in_place=True))
                self._walk(target)

    def resolve(self, reference: str) -> Place:
        """Return the place a reference names; SchemaRefused if it is not local or leads nowhere."""
        if not reference.startswith("#"):
            raise SchemaRefused(f"$ref {reference[:200]!r} leads out of the schema")
        fragment = unquote(reference[1:])
        if fragment and not fragment.startswith("/"):
            place = self.anchors.get(fragment)
        else:
            place = tuple(map(_unescaped, fragment.split("/")[1:]))
        if place is None or not isinstance(self.at(place), Mapping | bool):
            raise SchemaRefused(f"$ref {reference[:200]!r} leads nowhere")
        return place

    def at(self, place: Place) -> Any:
        """Return what stands at a place of the document, None if nothing does."""
        value: Any = self.root
        for part in place:
            if isinstance(value, Mapping):
                value = value.get(part)
            elif isinstance(value, list) and part.isdecimal() and int(part) < len(value):
                value = value[int(part)]
            else:
                return None
        return value


def children(schema: Schema) -> Iterator[tuple[Place, bool]]:
    """Yield the subschemas that a schema applies: where they stand, and whether in place."""
    for keyword, same in ONE.items():
        if isinstance(schema.get(keyword), Mapping | bool):
            yield (keyword,), same
    for keyword, same in MANY.items():
        for part in _parts(schema.get(keyword)):
            yield (keyword, part), same


def shelved(schema: Schema) -> Iterator[Place]:
    """Yield the subschemas that wait to be referred to."""
    for keyword in SHELVES:
        for part in _parts(schema.get(keyword)):
            yield (keyword, part)


def _parts(value: object) -> list[str]:
    if isinstance(value, Mapping):
        return [str(key) for key in value]
    return [str(index) for index in range(len(value))] if isinstance(value, list) else []


def _unescaped(part: str) -> str:
    return part.replace("~1", "/").replace("~0", "~")


def pointer(place: Place) -> str:
    """Return a place as a JSON pointer."""
    return "".join(f"/{part.replace('~', '~0').replace('/', '~1')}" for part in place)
