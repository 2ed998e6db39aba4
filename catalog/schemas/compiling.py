"""Validators for calls: built on first use, kept by hash, bounded in number."""

from collections import OrderedDict
from threading import Lock
from typing import Any, Literal

from catalog.schemas import engine
from catalog.schemas.document import Schema
from catalog.schemas.explaining import Explainer, Knowledge

Part = Literal["inputSchema", "outputSchema"]
CACHE_LIMIT = 1_000
"""Validators kept; 10,000 would take 141 MiB."""


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


_cache: OrderedDict[tuple[str, Part], Validator] = OrderedDict()
_lock = Lock()


def compiled(sha: str, part: Part, schema: Schema) -> Validator:
    """Return the validator for this part of the definition with this hash, built on first use."""
    key = (sha, part)
    with _lock:
        if (known := _cache.get(key)) is not None:
            _cache.move_to_end(key)
            return known
    validator = Validator(schema)
    with _lock:
        _cache[key] = validator
        if len(_cache) > CACHE_LIMIT:
            _cache.popitem(last=False)
    return validator
