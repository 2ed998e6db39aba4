"""Validators for calls: built on first use, kept by hash, bounded in number."""

from collections import OrderedDict
from collections.abc import Mapping
from threading import Lock
from typing import Any

from catalog.schemas import engine
from catalog.schemas.document import Schema
from catalog.schemas.explaining import Explainer, Knowledge

CACHE_LIMIT = 1_000
"""Definitions whose validators are kept; those of 10,000 would take 141 MiB."""


class Validator:
    """One schema, ready: says what is wrong with a value in one sentence."""

    __slots__ = ("_knowledge", "_schema", "is_valid")

    def __init__(self, schema: Schema) -> None:
        """Compile; SchemaRefused for what should never have been published."""
        self.is_valid = engine.build(schema).is_valid
        self._schema = schema
        self._knowledge: Knowledge | None = None

    def problem(self, instance: Any) -> str | None:
        """Return None for a value that fits, else path and rule, such as "/a: is required".

        At most 500 characters. Values of secret fields (writeOnly, or format "password") are never
        repeated, and of others only short single ones.
        """
        try:
            return None if self.is_valid(instance) else self._explain(instance)
        except (TypeError, ValueError):  # a tool's result may hold what JSON cannot
            return "/: the value cannot be written as JSON"

    def _explain(self, instance: Any) -> str:
        if self._knowledge is None:
            self._knowledge = Knowledge(self._schema)
        return Explainer(self._knowledge).explain(instance)


Pair = tuple[Validator | None, Validator | None]
"""What checks arguments, and what checks results; None where a definition has no such schema."""

_cache: OrderedDict[str, Pair] = OrderedDict()
_lock = Lock()


def validators(sha256: str, definition: Mapping[str, Any]) -> Pair:
    """Return the validators of the definition with this hash, built on first use."""
    with _lock:
        if (known := _cache.get(sha256)) is not None:
            _cache.move_to_end(sha256)
            return known
    pair = _validator(definition, "inputSchema"), _validator(definition, "outputSchema")
    with _lock:
        _cache[sha256] = pair
        if len(_cache) > CACHE_LIMIT:
            _cache.popitem(last=False)
    return pair


def _validator(definition: Mapping[str, Any], part: str) -> Validator | None:
    schema = definition.get(part)
    return Validator(schema) if schema else None
