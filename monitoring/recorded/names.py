"""The words by which a name is known to hold something secret: the built-in ones and an admin's own.

A name is compared without case, accents of form and punctuation: `X-Api-Key`, `apiKey` and `API KEY`
are one. A word hides every name that has it somewhere inside.
"""

import re
import unicodedata
from collections.abc import Iterable

from monitoring import bus
from monitoring.models import RedactedName

BUILT_IN = (
    *("passw", "passphrase", "pwd", "secret", "token", "credential", "authorization", "cookie"),
    *("private", "apikey", "accesskey", "signature", "bearer", "jwt", "sessionid", "cvv"),
)
SHORTEST = 3
"""Letters and digits of a word; a shorter one would hide nearly everything."""
LONGEST = 256
"""Characters of a name that is looked at; what bears a longer one is hidden."""
TOPIC = "masked-names"
_REMEMBERED = 10_000


def bare(name: str) -> str:
    """Return a name as it is compared: letters and digits alone, in one case."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return "".join(one for one in folded if one.isalnum())


class Words:
    """The words of one moment, with an answer for each name that was asked about."""

    def __init__(self, own: Iterable[str] = ()) -> None:
        """Begin with the built-in words and these."""
        self.own = frozenset(own)
        words = sorted({*BUILT_IN, *filter(None, map(bare, self.own))})
        self._search = re.compile("|".join(map(re.escape, words))).search
        self._answers: dict[str, bool] = {}

    def hide(self, name: str) -> bool:
        """Tell whether what bears this name must not be kept."""
        if len(name) > LONGEST:
            return True
        answer = self._answers.get(name)
        if answer is None:
            if len(self._answers) >= _REMEMBERED:
                self._answers.clear()
            answer = self._answers[name] = self._search(bare(name)) is not None
        return answer


_known: Words | None = None


def known() -> Words | None:
    """Return the words as this process knows them; None before it has read them, then nothing is kept."""
    return _known


def refresh() -> None:
    """Read the words; raises the database's error, and the last known ones hold on."""
    global _known
    own = frozenset(RedactedName.objects.values_list("name", flat=True))
    if _known is None or _known.own != own:
        _known = Words(own)


def announce() -> None:
    """Have every process read the words again; call it after the commit."""
    bus.publish(TOPIC, "")
