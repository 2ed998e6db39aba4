"""Whether a row may be written: it is there, and its fields fit; told in one sentence."""

from django.core.exceptions import ValidationError
from django.db.models import Model

from accounts.errors import Gone, InvalidFields
from accounts.models import OAuthClient, User


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


def locked_client(client: OAuthClient) -> OAuthClient:
    """Return a client as it is now, kept from others until the transaction ends. Raises Gone."""
    rows = OAuthClient.objects.select_for_update(no_key=True)
    row: OAuthClient | None = rows.filter(pk=client.pk).first()
    if row is None:
        raise Gone(f"“{client}” is not there any more: it was deleted meanwhile.")
    return row


def locked_user(user: User) -> User:
    """Return a person as they are now, kept from others until the transaction ends. Raises Gone."""
    row = User.objects.select_for_update(no_key=True).filter(pk=user.pk).first()
    if row is None:
        raise Gone(f"{user.username} is not there any more: they were deleted meanwhile.")
    return row


def _sentence(error: ValidationError) -> str:
    """Return the first message, with its field unless it speaks for the whole row."""
    name, messages = next(iter(error.message_dict.items()))
    return messages[0] if name == "__all__" else f"{name}: {messages[0]}"
