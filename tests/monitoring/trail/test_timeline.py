"""Events over time."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from monitoring import audit
from monitoring.trail.narrowing import Narrowed, narrowed
from monitoring.trail.timeline import HEIGHT, STEPS, timeline

pytestmark = pytest.mark.django_db
BEGIN = datetime(2026, 11, 5, 12, tzinfo=UTC)


def record(event: Callable[..., audit.Event], minute: float, outcome: str, **more: str) -> None:
    audit.record(event(at=BEGIN.timestamp() + 60 * minute, outcome=outcome, **more))
    audit.flush()


def test_nothing_is_drawn_of_nothing() -> None:
    assert timeline(narrowed({})) is None


def test_bars_are_by_outcome_and_at_their_time(event: Callable[..., audit.Event]) -> None:
    record(event, 0, "ok")
    for outcome in ("ok", "denied", "timeout", "cancelled"):
        record(event, 59, outcome)
    drawn = timeline(narrowed({}))
    assert drawn is not None
    assert {name: count for name, _, count in drawn.sums} == {
        "ok": 2,
        "denied": 1,
        "wrong": 1,
        "other": 1,
    }
    first, last = drawn.bars
    assert first.at == BEGIN
    assert last.words == "1 OK, 1 Went wrong, 1 Denied, 1 Other"
    assert sum(block.height for block in last.blocks) == HEIGHT
    assert (drawn.top, drawn.stretch) == (4, 0)


def test_a_span_is_drawn_whole_and_what_is_outside_is_not(
    event: Callable[..., audit.Event],
) -> None:
    record(event, -1, "ok")
    record(event, 30, "denied")
    drawn = timeline(narrowed({"from": "2026-11-05 12:00", "to": "2026-11-05 13:00"}))
    assert drawn is not None
    assert drawn.begin == BEGIN
    assert [name for name, _, _ in drawn.sums] == ["denied"]


def test_only_the_newest_stretch_is_drawn_and_said_so(
    event: Callable[..., audit.Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Narrowed, "stretch", 3)
    for minute in range(6):
        record(event, minute, "ok")
    drawn = timeline(narrowed({}))
    assert drawn is not None
    assert (drawn.stretch, drawn.sums[0][2]) == (3, 3)
    assert len(drawn.bars) <= STEPS


def test_each_bar_leads_to_its_span_of_what_the_list_is_of(
    event: Callable[..., audit.Event], admin_client: Client
) -> None:
    for minute, outcome in ((0, "denied"), (0, "ok"), (59, "denied")):
        record(event, minute, outcome)
    trail = reverse("admin:monitoring_auditevent_changelist")
    asked = {"outcome": "denied", "from": "2026-11-05 11:00", "to": "2026-11-05 14:00"}
    shown = admin_client.get(trail, asked)
    bars = shown.context["cl"].bars
    assert len(bars) == 2
    for bar, address in bars:
        assert f'href="{escape(address)}"' in shown.content.decode()
        found = admin_client.get(f"{trail}{address}").context["cl"].result_list
        assert [row.outcome for row in found] == ["denied"]
        assert bar.at <= found[0].at < bar.end


def test_bar_of_a_list_of_the_last_day_keeps_no_other_span(
    event: Callable[..., audit.Event], admin_client: Client
) -> None:
    audit.record(event(outcome="denied"))
    audit.flush()
    trail = reverse("admin:monitoring_auditevent_changelist")
    ((_, address),) = (
        admin_client.get(trail, {"span": "day", "outcome": "denied"}).context["cl"].bars
    )
    assert "span=" not in address and "outcome=denied" in address
    assert len(admin_client.get(f"{trail}{address}").context["cl"].result_list) == 1
