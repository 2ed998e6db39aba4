"""Whether a row may be written, told in one sentence."""

from django.core.exceptions import ValidationError
from django.db.models import Model

from accounts.errors import InvalidFields


def check_fields(row: Model, *, exclude: tuple[str, ...] = ()) -> None:
    """Raise InvalidFields naming the first field that does not fit.

    A NUL is refused in every text: PostgreSQL cannot keep one, and SQLite would.
    """
    for field in row._meta.concrete_fields:
        value = getattr(row, field.attname)
        if isinstance(value, str) and "\0" in value:
            raise InvalidFields(f"{field.verbose_name} holds a NUL character.".capitalize())
    try:
        row.full_clean(exclude=exclude)
    except ValidationError as error:
        raise InvalidFields(_sentence(error)) from error


def _sentence(error: ValidationError) -> str:
    """Return the first message, with its field unless it speaks for the whole row."""
    name, messages = next(iter(error.message_dict.items()))
    return messages[0] if name == "__all__" else f"{name}: {messages[0]}"
