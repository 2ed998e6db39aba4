"""Refuse, when a definition is made, every schema that could cost more than it should later.

The validator memoises recursive references and unrolls the others, so what is bounded here is the
unrolled size; loops that never reach a deeper value say nothing and are refused as mistakes.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from catalog.definitions import check_depth
from catalog.errors import DefinitionTooLarge, SchemaRefused
from catalog.schemas import engine
from catalog.schemas.document import Document, Place, Schema, pointer

SIZE_LIMIT = 64 * 1024
"""Bytes of JSON."""
DEPTH_LIMIT = 32
UNROLLED_LIMIT = 20_000
"""Subschemas, counted once for every way that leads to them."""
CHAIN_LIMIT = 200
"""Subschemas inside each other, references followed: each costs stack."""
PATTERN_LENGTH_LIMIT = 1_000
PATTERN_COUNT_LIMIT = 200
DIALECT = "https://json-schema.org/draft/2020-12/schema"
OBJECT_ROOTS = frozenset({"inputSchema"})
"""Parts of a definition whose root must be an object: arguments have names."""


def check(schema: Mapping[str, Any], *, what: str) -> None:
    """Raise SchemaRefused, naming `what` (such as "inputSchema") and the reason."""
    try:
        _check_bounds(schema)
        if what in OBJECT_ROOTS and schema.get("type") != "object":
            raise SchemaRefused('its root is not "type": "object"')
        document = Document.read(schema)
        for rule in RULES:
            rule(document)
        engine.build(schema)
    except (SchemaRefused, DefinitionTooLarge) as error:
        raise SchemaRefused(f"{what}: {error}") from error


def _check_bounds(schema: Schema) -> None:
    check_depth(schema, DEPTH_LIMIT, what="it")
    try:
        size = len(json.dumps(schema, ensure_ascii=False, allow_nan=False).encode())
    except (TypeError, ValueError) as error:
        raise SchemaRefused(f"it is no JSON ({error})") from error
    if size > SIZE_LIMIT:
        raise SchemaRefused(f"it has {size} bytes; {SIZE_LIMIT} are allowed")


def _check_dialect(document: Document) -> None:
    for place, schema in document.nodes.items():
        dialect = schema.get("$schema", DIALECT)
        if not isinstance(dialect, str) or dialect.removesuffix("#") != DIALECT:
            raise SchemaRefused(f"$schema {str(dialect)[:200]!r} is not supported, only {DIALECT}")
        if place and "$id" in schema:
            raise SchemaRefused(f"{pointer(place)} has an $id; references go by place or anchor")


def _check_patterns(document: Document) -> None:
    patterns = list(_patterns(document))
    if len(patterns) > PATTERN_COUNT_LIMIT:
        raise SchemaRefused(f"it has more than {PATTERN_COUNT_LIMIT} patterns")
    for pattern in patterns:
        if len(pattern) > PATTERN_LENGTH_LIMIT:
            raise SchemaRefused(f"a pattern is longer than {PATTERN_LENGTH_LIMIT} characters")
        engine.check_pattern(pattern)


def _patterns(document: Document) -> set[str]:
    found: set[str] = set()
    for schema in document.nodes.values():
        if isinstance(pattern := schema.get("pattern"), str):
            found.add(pattern)
        if isinstance(by_pattern := schema.get("patternProperties"), Mapping):
            found.update(by_pattern)
    return found


def _check_loops(document: Document) -> None:
    """Refuse a subschema that leads back to itself without going deeper into the value."""
    waiting: dict[Place, int] = dict.fromkeys(document.nodes, 0)
    inner = {
        place: [edge.target for edge in edges if edge.in_place and edge.target in waiting]
        for place, edges in document.edges.items()
    }
    for target in (target for targets in inner.values() for target in targets):
        waiting[target] += 1
    free = [place for place, count in waiting.items() if not count]
    while free:  # take away what nothing waits for; what is left at the end waits for itself
        for target in inner[free.pop()]:
            waiting[target] -= 1
            if not waiting[target]:
                free.append(target)
    if left := [place for place, count in waiting.items() if count]:
        raise SchemaRefused(f"references at #{pointer(left[0])} go in a circle")


def _check_unrolled(document: Document) -> None:
    """Refuse what grows beyond bounds when every reference is put in its place."""
    sizes: dict[Place, tuple[int, int]] = {}
    above: set[Place] = set()

    def measure(place: Place) -> tuple[int, int]:
        """Return size and height; a way back to what is above counts one, as it is memoised."""
        if place in above or place not in document.nodes:
            return 1, 1
        if place not in sizes:
            if len(above) >= CHAIN_LIMIT:
                raise SchemaRefused(f"more than {CHAIN_LIMIT} subschemas stand inside each other")
            above.add(place)
            inner = [measure(edge.target) for edge in document.edges[place]]
            above.discard(place)
            size = 1 + sum(size for size, _ in inner)
            sizes[place] = size, 1 + max((height for _, height in inner), default=0)
        return sizes[place]

    size, height = measure(())
    if size > UNROLLED_LIMIT:
        raise SchemaRefused(f"it unrolls to more than {UNROLLED_LIMIT} subschemas")
    if height > CHAIN_LIMIT:
        raise SchemaRefused(f"more than {CHAIN_LIMIT} subschemas stand inside each other")


RULES: tuple[Callable[[Document], None], ...] = (
    _check_dialect,
    _check_patterns,
    _check_loops,
    _check_unrolled,
)
