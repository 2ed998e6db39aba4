"""Which values a schema marks as secret: `writeOnly`, or `format: password`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, cast

from catalog.errors import SchemaRefused
from catalog.schemas.document import Document, Edge, Place, Schema


@dataclass(frozen=True, slots=True)
class Secrets:
    """Names of properties whose values are never repeated; `everything` where no name is known."""

    names: frozenset[str]
    everything: bool

    def hide(self, path: tuple[str | int, ...]) -> bool:
        """Tell whether the value at this path must not be repeated."""
        return self.everything or any(part in self.names for part in path)


class Marked(NamedTuple):
    """What a definition marks as secret in arguments, and in results."""

    arguments: Secrets
    result: Secrets


NOTHING = Secrets(frozenset(), False)
_MOST_KNOWN = 1_000
_known: dict[str, Marked] = {}


def secrets_of(document: Document) -> Secrets:
    """Find the secret properties, also behind references and in unions.

    By name and wherever the name stands: one schema may be reached on several ways, and hiding too
    much costs less than hiding too little. A secret without a name (in a list, or under any name)
    hides what holds it, up to everything.
    """
    marked = _spread(document, {place for place, one in document.nodes.items() if _is_secret(one)})
    while holders := _holders(document, marked):
        marked = _spread(document, marked | holders)
    named = {
        edge.target[-1]
        for place, edges in document.edges.items()
        for edge in edges
        if edge.target in marked and _is_property(place, edge)
    }
    return Secrets(frozenset(named), () in marked)


def marked_in(sha256: str, definition: Mapping[str, Any]) -> Marked:
    """Return what the definition with this hash marks as secret: in arguments, and in results."""
    known = _known.get(sha256)
    if known is None:
        if len(_known) >= _MOST_KNOWN:
            _known.clear()
        parts = [marked_by(definition.get(part)) for part in ("inputSchema", "outputSchema")]
        known = _known[sha256] = Marked(*parts)
    return known


def marked_by(schema: object) -> Secrets:
    """Return the secrets of a schema; of one that cannot be read everything is one."""
    if not schema:
        return NOTHING
    try:
        return secrets_of(Document.read(cast(Schema, schema)))
    except SchemaRefused:
        return Secrets(frozenset(), True)


def _holders(document: Document, marked: set[Place]) -> set[Place]:
    """Return what is not marked, and holds a marked value that has no name of its own."""
    return {
        place
        for place, edges in document.edges.items()
        if place not in marked
        and any(
            not edge.in_place and edge.target in marked and not _is_property(place, edge)
            for edge in edges
        )
    }


def _is_property(place: Place, edge: Edge) -> bool:
    """Tell whether an edge leads from a schema to one of its properties, which has a name."""
    return edge.target[:-1] == (*place, "properties")


def _is_secret(schema: Schema) -> bool:
    return schema.get("writeOnly") is True or schema.get("format") == "password"


def _spread(document: Document, marked: set[Place]) -> set[Place]:
    """Mark every subschema that judges the same value as a marked one."""
    while fresh := {
        place
        for place, edges in document.edges.items()
        if place not in marked and any(edge.in_place and edge.target in marked for edge in edges)
    }:
        marked |= fresh
    return marked
