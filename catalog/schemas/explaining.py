"""Find out what is wrong with a value that a schema refused.

The validator's own errors repeat the value once for every branch of every union, which a caller can
blow up without end. So the way down is gone step by step, one subschema judged at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from catalog.schemas import engine
from catalog.schemas.document import Document, Place, Schema
from catalog.schemas.secrets import secrets_of
from catalog.schemas.sentences import HIDDEN, SIMPLE, either, sentence, shown

LOOKED_AT = 1_000
"""Properties and items looked at, at each step."""
WORK = 2_000
"""What one explanation may cost: judging a part of the value is 1, judging all again WHOLE."""
WHOLE = 20
Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Spot:
    """A value at its path, and the subschema that refused it."""

    place: Place
    value: Any
    path: Path


class TooMuchWork(Exception):
    """The explanation has cost what it may; what is known by then is told."""


class Knowledge:
    """What explaining refusals of one schema needs, made at the first refusal and then kept."""

    __slots__ = ("document", "parts", "secrets")

    def __init__(self, schema: Schema) -> None:
        self.document = Document.read(schema)
        self.parts = engine.Parts(schema)
        self.secrets = secrets_of(self.document)


class Explainer:
    """Explains one refusal."""

    __slots__ = ("_document", "_known", "_left")

    def __init__(self, known: Knowledge) -> None:
        self._known = known
        self._document = known.document
        self._left = WORK

    def explain(self, instance: Any) -> str:
        """Return one sentence about a value that was refused: its path and the rule it breaks."""
        spot = Spot((), instance, ())
        try:
            while isinstance(found := self._step(spot), Spot):
                spot = found
        except TooMuchWork:
            return sentence(spot.path, "does not fit its schema")
        return found

    def _step(self, spot: Spot) -> Spot | str:
        """Return the sentence, or where to look next."""
        schema = self._document.at(spot.place)
        if not isinstance(schema, Mapping):
            return sentence(spot.path, "is not expected")
        broken = self._broken_rule(spot, schema) or self._missing(spot, schema)
        if broken:
            return broken
        deeper = next(self._refused_inside(spot, schema), None)
        return deeper or sentence(spot.path, self._of_union(spot, schema))

    def _accepts(self, place: Place, value: Any, cost: int) -> bool:
        self._pay(cost)
        return self._known.parts.accepts(place, value)

    def _pay(self, cost: int) -> None:
        self._left -= cost
        if self._left < 0:
            raise TooMuchWork

    def _broken_rule(self, spot: Spot, schema: Schema) -> str | None:
        """Tell the first keyword that refuses the value by itself."""
        for keyword, tell in SIMPLE.items():
            if keyword in schema:
                rule = schema[keyword]
                if not engine.keyword_accepts(keyword, rule, spot.value):
                    return sentence(spot.path, tell(self._shown(spot), rule))
        return None

    def _missing(self, spot: Spot, schema: Schema) -> str | None:
        if isinstance(spot.value, Mapping):
            for name in schema.get("required", ()):
                if name not in spot.value:
                    return sentence((*spot.path, name), "is required")
        return None

    def _refused_inside(self, spot: Spot, schema: Schema) -> Iterator[Spot]:
        """Yield the subschemas, with their values, that refuse: here or one level deeper."""
        for way in WAYS:
            for deeper in way(self, spot, schema):
                cost = WHOLE if deeper.path == spot.path else 1
                if not self._accepts(deeper.place, deeper.value, cost):
                    yield deeper

    def likely_branch(self, spot: Spot, branches: list[Place]) -> Place | None:
        """Return the branch of a union that takes values of this type, if only one does."""
        self._pay(len(branches))
        fitting = [place for place in branches if self._takes_type(place, spot.value)]
        return fitting[0] if len(fitting) == 1 else None

    def _takes_type(self, place: Place, value: Any) -> bool:
        types = self._types(place)
        return types is None or engine.keyword_accepts("type", types, value)

    def _types(self, place: Place) -> Any:
        """Return a subschema's "type", that of what it refers to if it only refers."""
        while True:
            schema = self._document.at(place)
            if not isinstance(schema, Mapping) or "type" in schema or "$ref" not in schema:
                return schema.get("type") if isinstance(schema, Mapping) else None
            place = self._document.resolve(schema["$ref"])

    def _of_union(self, spot: Spot, schema: Schema) -> str:
        """Tell what is wrong when no single subschema is to blame."""
        for keyword in ("anyOf", "oneOf"):
            if keyword in schema:
                places = _listed(spot, schema, keyword)
                self._pay(WHOLE)
                if self._known.parts.any_accepts(places, spot.value):
                    continue
                types = [self._types(place) for place in places]
                if all(isinstance(one, str) for one in types):
                    unique = list(dict.fromkeys(types))
                    if not engine.keyword_accepts("type", unique, spot.value):
                        return f"{self._shown(spot)} is not of type {either(unique)}"
                return f"{self._shown(spot)} fits none of the allowed forms"
        return f"{self._shown(spot)} does not fit its schema"

    def _shown(self, spot: Spot) -> str:
        return HIDDEN if self._known.secrets.hide(spot.path) else shown(spot.value)

    def references(self, spot: Spot, schema: Schema) -> Iterator[Spot]:
        """Yield what the schema refers to."""
        for keyword in ("$ref", "$dynamicRef"):
            if keyword in schema:
                yield replace(spot, place=self._document.resolve(schema[keyword]))

    def union(self, spot: Spot, schema: Schema) -> Iterator[Spot]:
        """Yield the branch that was meant, where the value's type tells."""
        for keyword in ("anyOf", "oneOf"):
            likely = self.likely_branch(spot, _listed(spot, schema, keyword))
            if likely is not None:
                yield replace(spot, place=likely)

    def condition(self, spot: Spot, schema: Schema) -> Iterator[Spot]:
        """Yield the side of if/then/else that counts."""
        if "if" in schema:
            holds = self._accepts((*spot.place, "if"), spot.value, WHOLE)
            side = "then" if holds else "else"
            if side in schema:
                yield replace(spot, place=(*spot.place, side))


def _in_all(explainer: Explainer, spot: Spot, schema: Schema) -> Iterator[Spot]:
    for place in _listed(spot, schema, "allOf"):
        yield replace(spot, place=place)


def _properties(explainer: Explainer, spot: Spot, schema: Schema) -> Iterator[Spot]:
    """Yield each property that has a subschema of its own or by its pattern."""
    if not isinstance(spot.value, Mapping):
        return
    for name, value in islice(spot.value.items(), LOOKED_AT):
        for place in _places_of(name, spot.place, schema):
            yield Spot(place, value, (*spot.path, name))


def _places_of(name: str, place: Place, schema: Schema) -> Iterator[Place]:
    """Yield the subschemas for a property; additionalProperties where no other speaks of it."""
    known = False
    if name in schema.get("properties", {}):
        known = True
        yield (*place, "properties", name)
    for pattern in schema.get("patternProperties", {}):
        if engine.pattern_accepts(pattern, name):
            known = True
            yield (*place, "patternProperties", pattern)
    if not known and "additionalProperties" in schema:
        yield (*place, "additionalProperties")


def _items(explainer: Explainer, spot: Spot, schema: Schema) -> Iterator[Spot]:
    if not isinstance(spot.value, list | tuple):
        return
    first = schema.get("prefixItems", ())
    for index, value in enumerate(islice(spot.value, LOOKED_AT)):
        part = ("prefixItems", str(index)) if index < len(first) else ("items",)
        if part[0] in schema:
            yield Spot((*spot.place, *part), value, (*spot.path, index))


def _dependents(explainer: Explainer, spot: Spot, schema: Schema) -> Iterator[Spot]:
    for name in schema.get("dependentSchemas", {}):
        if isinstance(spot.value, Mapping) and name in spot.value:
            yield replace(spot, place=(*spot.place, "dependentSchemas", name))


def _listed(spot: Spot, schema: Schema, keyword: str) -> list[Place]:
    return [(*spot.place, keyword, str(index)) for index in range(len(schema.get(keyword, ())))]


WAYS: tuple[Callable[[Explainer, Spot, Schema], Iterator[Spot]], ...] = (
    Explainer.references,
    _in_all,
    _properties,
    _items,
    Explainer.condition,
    _dependents,
    Explainer.union,
)
"""The ways down from a schema, those that name a deeper path before those that guess."""
