"""Which values a schema marks as secret: `writeOnly`, or `format: password`."""

from __future__ import annotations

from dataclasses import dataclass

from catalog.schemas.document import Document, Place, Schema


@dataclass(frozen=True, slots=True)
class Secrets:
    """Names of properties whose values are never repeated; `everything` where no name is known."""

    names: frozenset[str]
    everything: bool

    def hide(self, path: tuple[str | int, ...]) -> bool:
        """Tell whether the value at this path must not be repeated."""
        return self.everything or any(part in self.names for part in path)


def secrets_of(document: Document) -> Secrets:
    """Find the secret properties, also behind references and in unions.

    By name and wherever the name stands: one schema may be reached on several ways, and hiding too
    much costs less than hiding too little. A secret without a name (in a list) hides everything.
    """
    marked = _spread(document, {place for place, one in document.nodes.items() if _is_secret(one)})
    deeper = {
        edge.target
        for edges in document.edges.values()
        for edge in edges
        if not edge.in_place and edge.target in marked
    }
    named = {place for place in deeper if place[-2:-1] == ("properties",)}
    return Secrets(frozenset(place[-1] for place in named), () in marked or bool(deeper - named))


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
