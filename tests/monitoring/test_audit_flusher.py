import threading

import pytest
from django.db import connection

from monitoring import audit
from monitoring.audit import flusher as flusher_module
from monitoring.audit import trail, verify
from monitoring.audit.seals import read_heads
from monitoring.audit.store import strict_sync
from monitoring.models import AuditEvent, AuditSeal

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def flushed(monkeypatch):
    """Set whenever the background thread has finished a round."""
    done = threading.Event()
    original = flusher_module.Flusher._round

    def round_and_tell(self, *, final):
        result = original(self, final=final)
        if AuditEvent.objects.exists():
            done.set()
        return result

    monkeypatch.setattr(flusher_module.Flusher, "_round", round_and_tell)
    return done


def test_the_thread_writes_without_being_asked(event, flushed):
    audit.start()
    audit.record(event(entry="by itself"))
    assert flushed.wait(10)
    audit.stop()
    assert AuditEvent.objects.get().entry == "by itself"


def test_a_sleeping_thread_is_woken_by_an_event(event, flushed, monkeypatch):
    monkeypatch.setattr(flusher_module, "IDLE_CHECK", 3600.0)
    audit.start()
    audit.record(event())
    assert flushed.wait(10)
    flushed.clear()
    audit.record(event())
    assert flushed.wait(10)
    audit.stop()


def test_last_seal_does_not_wait_for_the_interval(event, flushed):
    audit.start()
    audit.record(event())
    assert flushed.wait(10)  # sealed a moment ago
    audit.record(event())
    audit.stop()
    head = AuditEvent.objects.order_by("-seq").values_list("seq", "mac").first()
    assert head in read_heads(AuditSeal.objects.order_by("-id")[0].heads).values()


def test_stop_drains_and_seals(event):
    audit.start()
    for number in range(50):
        audit.record(event(entry=str(number)))
    audit.stop()
    assert AuditEvent.objects.count() == 50
    assert AuditSeal.objects.count() >= 1
    report = verify()
    assert (report.ok, report.events) == (True, 50)


def test_stop_without_a_thread_drains_too(event):
    audit.record(event())
    audit.stop()
    assert AuditEvent.objects.count() == 1
    assert AuditSeal.objects.count() == 1


def test_stop_says_how_many_events_could_not_be_written(event, caplog, monkeypatch):
    monkeypatch.setattr(flusher_module, "PAUSE", 0.0)
    audit.record(event())
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE monitoring_auditevent RENAME TO away")
    try:
        audit.stop()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE away RENAME TO monitoring_auditevent")
    assert "1 audit events could not be written" in caplog.text
    assert caplog.text.count("is not written now") == 1


def test_a_bug_in_a_source_does_not_end_the_trail(event, caplog, monkeypatch):
    def broken(everything):
        raise KeyError("a bug")

    monkeypatch.setattr(flusher_module, "PAUSE", 0.0)
    monkeypatch.setattr(flusher_module, "sources", [broken])
    audit.record(event())
    audit.stop()
    assert AuditEvent.objects.count() == 1
    assert "the audit flusher failed" in caplog.text


def test_after_stop_a_new_chain_begins(event):
    before = trail._trail.writer.head.chain
    audit.stop()
    assert trail._trail.writer.head.chain != before


def test_sqlite_commits_are_synced_fully_and_only_for_the_trail():
    if connection.vendor != "sqlite":
        pytest.skip("SQLite only")
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous=NORMAL")
        with strict_sync():
            assert cursor.execute("PRAGMA synchronous").fetchone()[0] == 2
        assert cursor.execute("PRAGMA synchronous").fetchone()[0] == 1
