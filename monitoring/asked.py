"""What an address, a form or a command says, as a database may be asked for it: whatever was typed."""

from collections.abc import Iterable
from uuid import UUID

LONGEST = 128
"""Characters of what is searched for."""
KEY_DIGITS = 18
"""A key of more digits may fit no database's integers, and is that of no row."""


def words(text: str, most: int = LONGEST) -> str:
    """Return what is searched for: PostgreSQL takes no NUL."""
    return text.replace("\0", "").strip()[:most]


def key(text: str) -> int | None:
    """Return the key of a row, None for what is none."""
    fits = text.isascii() and text.isdecimal() and len(text) <= KEY_DIGITS
    return int(text) if fits else None


def keys(texts: Iterable[str]) -> list[int]:
    """Return the keys among some texts."""
    return [found for text in texts if (found := key(text)) is not None]


def uuid_of(text: str) -> UUID | None:
    """Return the id that a text spells, None for what spells none."""
    try:
        return UUID(text)
    except ValueError:
        return None
