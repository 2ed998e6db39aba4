"""Pages of the trail: each event once, in order, whatever is asked, and never more than a stretch read."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from monitoring import audit
from monitoring.models import AuditEvent, AuditPerson
from monitoring.trail.narrowing import Narrowed, narrowed
from monitoring.trail.paging import Place, page, read_place

pytestmark = pytest.mark.django_db
BEGIN = datetime(2026, 11, 5, 12, tzinfo=UTC)
TOM = uuid4()


@pytest.fixture
def trail(event: Callable[..., audit.Event]) -> None:
    """Forty events, two each second; the moments of a few run against their ids."""
    AuditPerson.objects.create(pk=TOM, label="tom")
    for number in range(40):
        moment = BEGIN.timestamp() + number // 2 - (5 if number % 9 == 0 else 0)
        audit.record(
            event(
                entry=f"e{number:02}",
                at=moment,
                server="demo" if number % 4 == 0 else "other",
                user=TOM if number % 8 == 0 else None,
                outcome="denied" if number % 5 == 0 else "ok",
                verdict="deny" if number % 5 == 0 else "allow",
                reason="no_access" if number == 5 else "",
            )
        )
    audit.flush()


ASKED: list[dict[str, str]] = [
    {},
    {"server": "demo"},
    {"who": "tom"},
    {"who": "tom", "server": "demo"},
    {"q": "demo"},
    {"q": "tom"},
    {"verdict": "deny"},
    {"outcome": "denied", "server": "other"},
    {"reason": "no_access"},
    {"from": "2026-11-05 12:00:03", "to": "2026-11-05 12:00:15"},
    {"from": "2026-11-05 12:00:03", "server": "demo"},
]


def walked(wanted: Narrowed, size: int, way: str = "before") -> list[str]:
    """Every event that is met going from page to page."""
    found, place = [], None if way == "before" else Place(BEGIN - timedelta(days=1), 0)
    for _ in range(100):
        shown = page(wanted, wanted.fitting(), size, **{way: place})
        names = [row.entry for row in shown.rows]
        found = found + names if way == "before" else names + found
        place = shown.older if way == "before" else shown.newer
        if place is None or (way == "after" and not names):
            return found
    raise AssertionError("the pages do not end")


def expected(wanted: Narrowed) -> list[str]:
    order = ("-at", "-id") if wanted.timed else ("-id",)
    return [row.entry for row in wanted.fitting().order_by(*order)]


@pytest.mark.parametrize("asked", ASKED, ids=str)
@pytest.mark.parametrize("stretch", [3, 7, 1_000])
def test_pages_show_each_event_once_in_both_directions(
    asked: dict[str, str], stretch: int, trail: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Narrowed, "stretch", stretch)
    wanted = narrowed(asked)
    assert expected(wanted)
    for size in (1, 4, 50):
        assert walked(wanted, size) == expected(wanted)
    if stretch == 1_000:
        assert walked(wanted, 4, "after") == expected(wanted)


def test_page_without_enough_says_how_far_it_looked(
    trail: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Narrowed, "stretch", 10)
    wanted = narrowed({"reason": "no_access"})
    shown = page(wanted, wanted.fitting(), 50)
    assert (list(shown.rows), shown.partly, shown.older is not None) == ([], True, True)


def test_page_takes_two_queries_however_many_events(trail: None) -> None:
    wanted = narrowed({"server": "other"})
    for size in (1, 20):
        with CaptureQueriesContext(connection) as seen:
            page(wanted, wanted.fitting(), size)
        assert len(seen) == 2


@pytest.mark.parametrize("column", ["server", "entry", "client", "kind", "user", "verdict"])
def test_what_leads_to_the_events_has_an_index(column: str) -> None:
    first = {index.fields[0] for index in AuditEvent._meta.indexes}
    conditions = [index.condition for index in AuditEvent._meta.indexes if index.condition]
    assert column in first or any(column in str(each) for each in conditions)


def test_place_is_written_and_read_again() -> None:
    place = Place(BEGIN, 17)
    assert read_place(str(place)) == place


NO_PLACES = ["", "1", "-", "a-b", "1-", "-1", f"1-{2**63}", "9" * 20 + "-1", "1-" + "9" * 5_000]


@pytest.mark.parametrize("text", NO_PLACES, ids=range(len(NO_PLACES)))
def test_what_is_no_place_is_none(text: str) -> None:
    assert read_place(text) is None


def test_newer_of_a_page_behind_the_last_event_begins_with_it(trail: None) -> None:
    wanted, last = narrowed({}), AuditEvent.objects.earliest("id")
    shown = page(wanted, wanted.fitting(), 5, before=Place(last.at, last.pk))
    assert not shown.rows
    back: Any = page(wanted, wanted.fitting(), 5, after=shown.newer)
    assert back.rows[-1].pk == last.pk


def test_a_name_that_nobody_has_is_looked_for_no_further(
    trail: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Narrowed, "stretch", 3)
    for asked in ({"q": "nosuch"}, {"who": "nosuch"}, {"from": "soon"}):
        wanted = narrowed(asked)
        shown = page(wanted, wanted.fitting(), 50)
        assert (list(shown.rows), shown.older, shown.partly) == ([], None, False)
