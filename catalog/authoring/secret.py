"""Secret: text that does not show itself in logs, reprs or answers."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, SchemaSerializer, core_schema

_MASK = "***"
_MASKED = core_schema.plain_serializer_function_ser_schema(str)


class Secret(str):
    """A string that prints as `***`; `reveal()` gives the text.

    As a parameter's type it also tells clients to hide what is typed. A result shows the mask, also
    deep inside; only a field that is itself hinted `str` takes it for plain text.
    """

    __slots__ = ()
    # What pydantic asks for where no hint says the type, as in dict[str, Any].
    __pydantic_serializer__: ClassVar = SchemaSerializer(
        core_schema.any_schema(serialization=_MASKED)
    )

    def reveal(self) -> str:
        """Give the plain text: one word to search for when somebody asks where secrets are used."""
        return str.__str__(self)

    def __str__(self) -> str:
        return _MASK

    def __repr__(self) -> str:
        return f"Secret('{_MASK}')"

    def __format__(self, spec: str) -> str:
        return format(_MASK, spec)

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: type[Any], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Take any string in, and write only the mask out."""
        return core_schema.no_info_after_validator_function(
            cls,
            core_schema.str_schema(),
            serialization=_MASKED,
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Describe it as a password that is written and never read back."""
        return {"type": "string", "format": "password", "writeOnly": True}
