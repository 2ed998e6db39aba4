"""What a file's entries should look like as rows, before any row is touched."""

from collections.abc import Iterable
from dataclasses import dataclass

from catalog import definitions, schemas
from catalog.authoring.authored import Authored
from catalog.errors import CatalogError
from catalog.services.entries import tag_names

SCHEMA_PARTS = ("inputSchema", "outputSchema")
Name = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Planned:
    """An entry to be published: its definition's text, that text's hash, its first tags."""

    kind: str
    name: str
    body: str
    sha256: str
    durable: bool
    tags: frozenset[str]


@dataclass(frozen=True, slots=True)
class Plan:
    """What to publish, by kind and name, and a sentence for each entry that is refused."""

    entries: dict[Name, Planned]
    refusals: tuple[str, ...]


def plan(declared: Iterable[Authored]) -> Plan:
    """Check every declaration by itself: one that is refused leaves the others be."""
    entries: dict[Name, Planned] = {}
    refusals: list[str] = []
    for authored in declared:
        try:
            entries[authored.kind, authored.name] = _planned(authored)
        except CatalogError as error:
            refusals.append(f"{authored.kind} {authored.name}: {error}")
    return Plan(entries, tuple(refusals))


def _planned(authored: Authored) -> Planned:
    body = definitions.canonical(authored.definition)
    for part in SCHEMA_PARTS:
        if part in authored.definition:
            schemas.check(authored.definition[part], what=part)
    return Planned(
        kind=authored.kind,
        name=authored.name,
        body=body,
        sha256=definitions.sha256(body),
        durable=authored.durable,
        tags=frozenset(tag_names(authored.tags)),
    )
