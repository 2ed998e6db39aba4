import contextlib
import os
import threading

import pytest
from django.db import OperationalError, connection, transaction

from monitoring import audit, metrics
from monitoring.audit import trail, verify
from monitoring.audit import writer as writer_module
from monitoring.models import AuditEvent


def stored(*names):
    return list(AuditEvent.objects.order_by("chain", "seq").values_list(*names))


@pytest.fixture
def refuse_poison(db):
    """The database refuses rows whose action is "poison", as a constraint would."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "ALTER TABLE monitoring_auditevent "
                "ADD CONSTRAINT no_poison CHECK (action <> 'poison')"
            )
        else:
            cursor.execute(
                "CREATE TRIGGER no_poison BEFORE INSERT ON monitoring_auditevent "
                "WHEN NEW.action = 'poison' BEGIN SELECT RAISE(ABORT, 'no'); END"
            )


@contextlib.contextmanager
def table_away():
    """The table cannot be written, then it can again."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE monitoring_auditevent RENAME TO away")
    yield
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE away RENAME TO monitoring_auditevent")


@pytest.mark.django_db
def test_recorded_events_are_stored_in_order_with_all_their_fields(event):
    audit.record(event(server="demo", entry="add", duration_us=12, at=1.5))
    audit.record(event(action="tools/list"))
    assert audit.flush() == 2
    rows = stored("seq", "action", "server", "entry", "duration_us")
    assert rows == [(1, "tools/call", "demo", "add", 12), (2, "tools/list", "", "", None)]
    assert AuditEvent.objects.get(seq=1).at.timestamp() == 1.5
    assert AuditEvent.objects.get(seq=2).at.year >= 2026


@pytest.mark.django_db
def test_flush_with_nothing_queued_asks_the_database_nothing(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert audit.flush() == 0


@pytest.mark.django_db
def test_more_rows_than_one_batch_and_one_statement_are_all_stored(event):
    for number in range(writer_module.BATCH_ROWS + 3):
        audit.record(event(entry=str(number)))
    assert audit.flush() == writer_module.BATCH_ROWS + 3
    assert AuditEvent.objects.count() == writer_module.BATCH_ROWS + 3
    assert verify().ok


@pytest.mark.django_db
def test_a_nul_a_surrogate_and_a_long_row_lose_nothing(event):
    for entry in ("fine", "nul\0", "lone\ud800", "long" * 1000, "fine too"):
        audit.record(event(entry=entry, data=entry * 20))
    assert audit.flush() == 5
    entries = [entry for (entry,) in stored("entry")]
    assert entries == ["fine", "nul", "lone", ("long" * 1000)[:256], "fine too"]
    assert verify().ok


@pytest.mark.django_db
def test_an_event_that_cannot_be_cleaned_becomes_a_marker_in_its_place(event):
    for user in (None, "bob", None):
        audit.record(event(user=user))
    audit.flush()
    assert stored("seq", "outcome", "reason") == [
        (1, "ok", ""),
        (2, "failed", "unwritable"),
        (3, "ok", ""),
    ]
    assert verify().ok


@pytest.mark.parametrize("bad", [{0}, {6}, {2, 3}, set(range(7))])
def test_a_row_the_database_refuses_becomes_a_marker_and_the_others_stay(refuse_poison, event, bad):
    for number in range(7):
        action = "poison" if number in bad else f"good {number}"
        audit.record(event(action=action))
    assert audit.flush() == 7
    actions = [action for (action,) in stored("action")]
    expected = ["audit.event" if n in bad else f"good {n}" for n in range(7)]
    assert actions == expected
    assert verify().ok


@pytest.mark.django_db
def test_events_wait_for_a_database_that_is_down_and_are_stored_once(event):
    with table_away():
        audit.record(event(entry="first"))
        with pytest.raises(audit.AuditDown):
            audit.flush()
        audit.record(event(entry="second"))
    assert audit.flush() == 2
    assert stored("seq", "entry") == [(1, "first"), (2, "second")]


@pytest.mark.django_db
def test_a_commit_whose_answer_was_lost_is_not_stored_twice(event, monkeypatch):
    @contextlib.contextmanager
    def answer_lost():
        yield
        raise OperationalError("the connection broke after the commit")

    audit.record(event(entry="first"))
    with monkeypatch.context() as patch:
        patch.setattr(writer_module, "strict_sync", answer_lost)
        with pytest.raises(audit.AuditDown):
            audit.flush()
    audit.record(event(entry="second"))
    audit.flush()
    assert stored("seq", "entry") == [(1, "first"), (2, "second")]
    assert verify().ok


def test_a_full_queue_raises_and_keeps_what_it_has(event, monkeypatch):
    monkeypatch.setattr(writer_module, "QUEUE_LIMIT", 2)
    audit.record(event())
    audit.record(event())
    with pytest.raises(audit.AuditFull):
        audit.record(event())
    assert trail._trail.writer.depth() == 2


@pytest.mark.django_db
def test_a_queue_that_stays_full_stops_tools_until_it_is_flushed(event, monkeypatch):
    monkeypatch.setattr(writer_module, "QUEUE_LIMIT", 1)
    audit.record(event())
    assert audit.accepting()  # full, but not for two seconds yet
    monkeypatch.setattr(writer_module, "PATIENCE", 0.0)
    assert not audit.accepting()
    audit.flush()
    assert audit.accepting()


@pytest.mark.django_db
def test_the_queue_depth_is_measured_at_a_flush(event):
    metrics.audit_queue_depth.set(99)
    audit.record(event())
    audit.flush()
    assert b"mcphub_audit_queue_depth 0.0" in metrics.render()


@pytest.mark.django_db(transaction=True)
def test_flush_refuses_to_write_into_somebody_elses_transaction(event):
    audit.record(event())
    with pytest.raises(RuntimeError), transaction.atomic():
        audit.flush()
    assert audit.flush() == 1


@pytest.mark.django_db
def test_events_of_many_threads_are_all_kept_in_one_chain(event):
    def work(name):
        for number in range(200):
            audit.record(event(entry=f"{name}-{number}"))

    threads = [threading.Thread(target=work, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert audit.flush() == 800
    assert len(set(stored("entry"))) == 800
    assert verify().chains == 1


def test_a_forked_child_begins_its_own_chain_with_an_empty_queue(event):
    audit.record(event())
    parent = trail._trail.writer
    reader, writer = os.pipe()
    pid = os.fork()
    if not pid:
        child = trail._trail.writer
        told = child.depth() == 0 and child.head.chain != parent.head.chain
        os.write(writer, b"y" if told else b"n")
        os._exit(0)
    os.waitpid(pid, 0)
    assert os.read(reader, 1) == b"y"
    os.close(reader)
    os.close(writer)
    assert parent.depth() == 1
