"""How this room lets pydantic write JSON Schema: plainly, and never with a secret in it."""

from __future__ import annotations

from typing import Any

from pydantic.errors import PydanticUserError
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import PydanticSerializationError

from catalog.authoring.secret import Secret

Schema = dict[str, Any]
REFUSALS = (PydanticUserError, PydanticSerializationError, TypeError, ValueError)
"""What pydantic raises for a type that it cannot describe."""


class Plain(GenerateJsonSchema):
    """Pydantic's generator without made-up titles and without warnings at an author's import."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        """Keep only the titles that somebody wrote into a `Field`."""
        return False

    def emit_warning(self, kind: Any, detail: str) -> None:
        """Say nothing: a default without JSON form is simply not told."""

    def default_schema(self, schema: Any) -> Schema:
        """Keep a secret default to ourselves: its mask would be sent back as if it were a value."""
        described = super().default_schema(schema)
        if isinstance(schema.get("default"), Secret):
            described.pop("default", None)
        return described


def refusal(hint: Any, error: Exception) -> str:
    """Tell in one line why a type has no schema."""
    first_line = str(error).partition("\n")[0].partition(". Set ")[0]  # no advice for us
    return f"type {getattr(hint, '__name__', hint)} has no JSON Schema ({first_line})"
