"""Text from strangers, made fit to stand in a sentence of ours. Pure.

Templates escape it and isolate its direction (`<bdi>`); here goes what those cannot take away: characters
nobody sees, which turn or hide what stands beside them, and length.
"""

import unicodedata

_JOINERS = {"\u200c", "\u200d"}  # they belong to words of some scripts, and to emoji


def tidied(text: str, longest: int) -> str:
    """Return the text in one line without hidden characters, cut to a length."""
    seen = "".join(char if _is_seen(char) else " " for char in text[: longest * 20])
    line = " ".join(seen.split())
    return line if len(line) <= longest else f"{line[: longest - 1].rstrip()}…"


def _is_seen(char: str) -> bool:
    """Tell whether a character shows, or belongs to its neighbours."""
    return char in _JOINERS or unicodedata.category(char)[0] != "C"
