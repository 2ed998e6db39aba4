"""Curators' own title and description of an entry; the source's stay in its versions as they came."""

from django.db import transaction

from accounts.errors import InvalidFields
from accounts.models import User
from accounts.services.checking import check_fields
from accounts.services.recording import record
from catalog.errors import InvalidValue
from catalog.models import Entry
from catalog.overlay import Words
from catalog.services.announcing import announce
from catalog.services.entries import locked_entry
from catalog.services.recording import label


@transaction.atomic
def set_entry_words(
    *, actor: User | None, entry: Entry, title: str | None = None, description: str | None = None
) -> Entry:
    """Say an entry's title or description in one's own words, wherever it is published.

    None leaves a text as it is, an empty one gives it back to the source. Raises NotAllowed,
    InvalidValue.
    """
    row = locked_entry(actor, entry)
    before = row.own_words
    after = Words(
        before.title if title is None else _plain(title),
        before.description if description is None else _plain(description),
        before.runs,
    )
    if before != after:
        _save(row, after)
        record(
            actor,
            "entry.words",
            entry=label(row),
            before=_texts(before),
            after=_texts(after),
        )
        announce()
    return row


def _save(row: Entry, words: Words) -> None:
    """Check and save them: what no database takes, or is too long, is refused in words."""
    row.own_title, row.own_description = words.title, words.description
    if any("\ud800" <= character <= "\udfff" for text in words[:2] for character in text):
        raise InvalidValue("A text holds half a character.")
    long = Entry._meta.get_field("own_description").max_length
    if long is not None and len(words.description) > long:
        raise InvalidValue(f"Own description has more than {long} characters.")
    try:
        check_fields(row, exclude=("source", "current", "tags"))
    except InvalidFields as error:
        raise InvalidValue(str(error)) from error
    row.save(update_fields=["own_title", "own_description"])


def _texts(words: Words) -> dict[str, str]:
    """Return what the audit trail keeps of them."""
    return {"title": words.title, "description": words.description}


def _plain(text: str) -> str:
    """Return a text as it is kept: browsers send line breaks of two characters."""
    return text.replace("\r\n", "\n").strip()
