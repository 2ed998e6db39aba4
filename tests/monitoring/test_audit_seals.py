from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from monitoring import audit
from monitoring.audit import seals, trail
from monitoring.audit.chain import Head
from monitoring.audit.seals import read_heads, write_seal
from monitoring.models import AuditEvent, AuditSeal

pytestmark = pytest.mark.django_db


def head():
    return trail._trail.writer.head


def write(event, count=1):
    for _ in range(count):
        audit.record(event())
    audit.flush()
    return head()


def newest():
    return AuditSeal.objects.order_by("-id").first()


def test_a_seal_names_the_newest_event_of_the_chain(event):
    own = write(event, 3)
    assert write_seal(own)
    assert read_heads(newest().heads) == {own.chain: (3, own.mac)}


def test_a_seal_is_linked_to_the_one_before(event):
    write_seal(write(event))
    first = newest()
    write_seal(write(event), force=True)
    assert (first.previous, newest().previous) == ("", first.mac)


def test_nothing_is_sealed_when_nothing_moved(event):
    own = write(event)
    write_seal(own)
    assert not write_seal(own, force=True)
    assert AuditSeal.objects.count() == 1


def test_a_fresh_seal_by_another_process_will_do(event):
    write_seal(write(event))
    own = write(event)
    assert not write_seal(own)
    assert write_seal(own, force=True)


def test_an_old_seal_is_followed_by_a_new_one(event, monkeypatch):
    write_seal(write(event))
    monkeypatch.setattr(seals, "INTERVAL", timedelta(0))
    assert write_seal(write(event))


def test_a_chain_the_last_seal_does_not_know_is_sealed_at_once(event):
    write_seal(write(event))
    audit.restart()
    own = write(event)
    assert write_seal(own)
    assert len(read_heads(newest().heads)) == 2


def test_the_tail_of_a_process_that_was_killed_is_sealed_by_another(event):
    dead = write(event)
    write_seal(dead)
    dead = write(event)  # and no seal: killed
    audit.restart()
    write_seal(write(event))
    assert read_heads(newest().heads)[dead.chain] == (2, dead.mac)


def test_the_changes_of_a_command_that_made_no_seal_are_sealed_by_the_hub(event):
    write_seal(write(event))
    trail.restart()
    audit.record(event(kind="change", action="user.create"))
    audit.flush()
    command = head()
    trail.restart()
    write_seal(write(event), force=True)
    assert read_heads(newest().heads)[command.chain] == (1, command.mac)
    AuditEvent.objects.filter(chain=command.chain).delete()
    assert [problem.chain for problem in audit.verify().problems] == [command.chain]


def test_a_chain_that_rested_for_an_hour_is_left_to_the_older_seals(event):
    dead = write(event)
    write_seal(dead)
    AuditEvent.objects.update(at="2020-01-01T00:00:00Z")
    audit.restart()
    own = write(event)
    write_seal(own)
    assert set(read_heads(newest().heads)) == {own.chain}


def test_a_cut_tail_stays_named(event):
    own = write(event, 3)
    write_seal(own)
    AuditEvent.objects.filter(seq=3).delete()
    audit.restart()
    write_seal(write(event))
    assert read_heads(newest().heads)[own.chain] == (3, own.mac)


def test_a_process_without_events_makes_no_seal():
    assert not write_seal(Head("a" * 32), force=True)


def test_the_cost_of_a_seal_does_not_grow_with_the_events(event):
    def cost():
        own = write(event)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            write_seal(own, force=True)
        return len(queries)

    write(event)
    cost()
    few = cost()
    write(event, 500)
    assert cost() == few


@pytest.mark.parametrize("text", ["", None, "[", "[1]", '{"a": 1}', "{"])
def test_a_map_that_is_none_reads_as_empty(text):
    assert read_heads(text) == {}
