import json

import pytest

from monitoring import audit, rollup
from monitoring.models import AuditEvent


@pytest.fixture
def clock(monkeypatch):
    now = [1_000_000]
    monkeypatch.setattr(rollup, "_minute", lambda: now[0])
    return now


def test_a_minute_of_one_source_is_one_event_with_counts(clock):
    for reason in ("expired", "expired", "unknown"):
        rollup.failed_authentication(reason, "192.0.2.7")
    clock[0] += 1
    (event,) = rollup.drain(False)
    assert (event.kind, event.outcome, event.reason) == ("auth", "denied", "several")
    assert event.at == 60_000_000
    assert json.loads(event.data) == {
        "source": "192.0.2.7",
        "count": 3,
        "reasons": {"expired": 2, "unknown": 1},
    }


def test_the_running_minute_waits_unless_everything_is_asked_for(clock):
    rollup.failed_authentication("expired", "192.0.2.7")
    assert rollup.drain(False) == []
    assert len(rollup.drain(True)) == 1
    assert rollup.drain(True) == []


def test_sources_and_minutes_are_kept_apart(clock):
    rollup.failed_authentication("expired", "192.0.2.7")
    rollup.failed_authentication("expired", "192.0.2.8")
    clock[0] += 1
    rollup.failed_authentication("expired", "192.0.2.8")
    assert len(rollup.drain(True)) == 3


@pytest.mark.parametrize(
    ("address", "source"),
    [
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("nonsense\0", "unknown"),
        ("", "unknown"),
    ],
)
def test_an_address_becomes_a_source(clock, address, source):
    rollup.failed_authentication("expired", address)
    assert json.loads(rollup.drain(True)[0].data)["source"] == source


def test_beyond_the_bound_sources_are_counted_together(clock, monkeypatch):
    monkeypatch.setattr(rollup, "LIMIT", 2)
    for last in range(6):
        rollup.failed_authentication("expired", f"192.0.2.{last}")
    counts = {json.loads(e.data)["source"]: json.loads(e.data)["count"] for e in rollup.drain(True)}
    assert counts == {"192.0.2.0": 1, "192.0.2.1": 1, "other": 4}


@pytest.mark.django_db(transaction=True)
def test_the_flusher_stores_what_was_counted(clock):
    rollup.failed_authentication("expired", "192.0.2.7")
    audit.stop()
    assert AuditEvent.objects.get().kind == "auth"
