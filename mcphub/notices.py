"""What stands on top of pages: the sentence of the banner, and in the admin what is stopped.

Both are remembered by each process and read again when a change of them is announced, so that a page
costs no query for them; where announcements may be lost, after a few seconds. A database that is away
leaves a page without them.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from django.db import DatabaseError
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from accounts.remembering import Remembered
from catalog.services.announcing import TOPIC as CATALOG
from monitoring import bus
from monitoring.banner import TOPIC as BANNER
from monitoring.models import Banner
from servers.stoppable import in_words, stops

Value = TypeVar("Value")
MOST_NAMED = 3
VIEW_STOPS = ("servers.view_stop", "servers.delete_stop")


class Sentence(NamedTuple):
    """The banner; empty while there is none."""

    text: str = ""
    until: datetime | None = None


class Stopped(NamedTuple):
    """What is stopped: how much, and the newest of it by name and reason."""

    number: int = 0
    newest: tuple[tuple[str, str], ...] = ()

    @property
    def more(self) -> int:
        """How many are not named."""
        return self.number - len(self.newest)


def _read_banner() -> Sentence:
    row = Banner.objects.first()
    return Sentence(row.text, row.until) if row else Sentence()


def _read_stops() -> Stopped:
    rows = list(stops())
    return Stopped(
        len(rows), tuple((in_words(row), row.reason.rstrip(".")) for row in rows[:MOST_NAMED])
    )


def _hears() -> bool:
    return bus.alive()


banner = Remembered(_read_banner, _hears)
stopped = Remembered(_read_stops, _hears)
FORGOTTEN_ON: dict[str, tuple[Remembered[Any], ...]] = {
    BANNER: (banner,),
    CATALOG: (stopped,),
    bus.CONNECTED: (banner, stopped),
}
"""Announcement -> what it makes stale."""


def follow() -> None:
    """Hear of changes, in this process, once."""
    for topic, remembered in FORGOTTEN_ON.items():
        bus.subscribe(topic, _forgetting(remembered))


def notices(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `banner_text` for every page, `stopped` for those of the admin.

    Who may not see stops learns that there are some, and neither which nor how many.
    """
    return {
        "banner_text": SimpleLazyObject(_banner_text),
        "stopped": SimpleLazyObject(lambda: _stopped_for(request)),
    }


def _banner_text() -> str:
    sentence = _known(banner, Sentence())
    over = sentence.until is not None and sentence.until <= timezone.now()
    return "" if over else sentence.text


def _stopped_for(request: HttpRequest) -> Stopped:
    found = _known(stopped, Stopped())
    user = getattr(request, "user", None)
    if not found.number or (user and any(user.has_perm(name) for name in VIEW_STOPS)):
        return found
    return Stopped(1)


def _known(remembered: Remembered[Value], otherwise: Value) -> Value:
    try:
        return remembered.get()
    except DatabaseError:
        return otherwise


def _forgetting(remembered: tuple[Remembered[Any], ...]) -> Callable[[str], None]:
    def forget(_told: str) -> None:
        for each in remembered:
            each.forget()

    return forget
