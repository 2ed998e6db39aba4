"""What an address asks of the trail."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from monitoring import audit
from monitoring.models import AuditPerson
from monitoring.trail.narrowing import narrowed

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 5, 12, tzinfo=UTC)


def test_moments_are_the_readers() -> None:
    with timezone.override(ZoneInfo("Europe/Oslo")):
        wanted = narrowed({"from": "2026-11-05T14:30", "to": "2026-11-06"}, NOW)
    assert wanted.begin == datetime(2026, 11, 5, 13, 30, tzinfo=UTC)
    assert wanted.end == datetime(2026, 11, 5, 23, tzinfo=UTC)


def test_what_is_no_moment_fits_nothing_and_is_named(event: Callable[..., audit.Event]) -> None:
    audit.record(event())
    audit.flush()
    wanted = narrowed({"from": "yesterday", "to": "0001-01-01T00:00"}, NOW)
    assert "from" in wanted.unread
    assert not wanted.fitting().exists()


def test_a_span_counts_back_from_now() -> None:
    assert narrowed({"span": "day"}, NOW).begin == NOW - timedelta(days=1)
    assert narrowed({"span": "nosuch"}, NOW).begin is None


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"outcome": "wrong"}, {"failed", "slow"}),
        ({"outcome": "ok"}, {"good", "bobs"}),
        ({"action": "tools/call", "outcome": "wrong", "server": "demo"}, {"failed"}),
        ({"q": "bob"}, {"bobs", "good"}),
        ({"q": "demo"}, {"failed"}),
        ({"q": "good"}, {"good"}),
        ({"q": "laptop"}, {"slow"}),
        ({"q": "nosuch"}, set()),
        ({"who": "bob", "q": "good"}, set()),
        ({"who": "nobody"}, set()),
        ({"trace_id": "t1"}, {"slow"}),
        ({"server": "de\0mo"}, {"failed"}),
    ],
)
def test_parts_are_combined(
    asked: dict[str, str], found: set[str], event: Callable[..., audit.Event]
) -> None:
    bob = uuid4()
    AuditPerson.objects.create(pk=bob, label="bob")
    audit.record(event(entry="good", client="bob-client", server="bob"))
    audit.record(event(entry="bobs", user=bob))
    audit.record(event(entry="failed", outcome="failed", server="demo"))
    audit.record(event(entry="slow", outcome="timeout", client="laptop", trace_id="t1"))
    audit.flush()
    asked = {"kind": "call", **asked}
    if asked.get("q") == "bob":  # a server of the same name is found as well
        assert set(narrowed(asked).found) == {"server", "user"}
    assert {row.entry for row in narrowed(asked).fitting()} == found


def test_what_is_asked_is_told_for_the_trail() -> None:
    wanted = narrowed({"server": "demo", "from": "2026-11-05 10:00", "verdict": "deny"}, NOW)
    assert wanted.told() == {
        "server": "demo",
        "verdict": "deny",
        "begin": "2026-11-05 10:00:00Z",
    }
