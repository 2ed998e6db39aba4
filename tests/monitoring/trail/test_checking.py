"""Verifications that are kept."""

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import OperationalError
from django.utils import timezone

from monitoring import audit
from monitoring.errors import CheckRefused
from monitoring.models import AuditEvent, TrailCheck
from monitoring.trail import checking
from monitoring.trail.checking import begin_check, last_check, run_check, running_check
from tests.admin_pages import changes

pytestmark = pytest.mark.django_db


class Actor:
    """Somebody who may do this, or not."""

    def __init__(self, *, may: bool = True) -> None:
        self.public_id, self.may = TOM, may

    def get_username(self) -> str:
        return "tom"

    def has_perm(self, perm: str) -> bool:
        return self.may and perm == "monitoring.add_trailcheck"


TOM = uuid4()


@pytest.fixture
def begun(event: Callable[..., audit.Event]) -> TrailCheck:
    for number in range(5):
        audit.record(event(entry=f"e{number}"))
    audit.flush()
    return begin_check(actor=Actor())


def test_a_trail_that_holds_is_kept_as_such(begun: TrailCheck) -> None:
    assert running_check(timezone.now()) == begun
    assert last_check() is None
    run_check(begun.pk)
    assert running_check(timezone.now()) is None
    last = last_check()
    assert last is not None
    assert (last.pk, last.problems, last.detail) == (begun.pk, 0, "")
    assert last.events == AuditEvent.objects.exclude(action="trail.verified").count()


def test_each_problem_is_kept_as_a_line(begun: TrailCheck) -> None:
    row = AuditEvent.objects.order_by("id")[2]
    AuditEvent.objects.filter(pk=row.pk).update(entry="forged")
    run_check(begun.pk)
    begun.refresh_from_db()
    assert (begun.problems, begun.detail) == (1, f"{row.chain} {row.seq}: changed")


def test_begin_and_result_are_in_the_trail(begun: TrailCheck) -> None:
    run_check(begun.pk)
    assert [(each["action"], each["user"]) for each in changes()] == [
        ("trail.verify", TOM),
        ("trail.verified", None),
    ]
    assert changes("trail.verified")[0]["after"]["problems"] == 0


def test_one_runs_at_a_time_until_it_says_nothing_any_more(begun: TrailCheck) -> None:
    with pytest.raises(CheckRefused, match="since"):
        begin_check(actor=Actor())
    silent = timezone.now() - checking.ALIVE - timedelta(seconds=1)
    TrailCheck.objects.update(seen_at=silent)
    assert begin_check(actor=Actor()) != begun


def test_a_database_that_is_away_is_told_as_that(
    begun: TrailCheck, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise OperationalError("secret words of the database")

    monkeypatch.setattr(checking, "verify", away)
    assert run_check(begun.pk) is None
    begun.refresh_from_db()
    assert begun.detail == "The trail could not be read: OperationalError."
    assert begun.ended_at is not None


def test_the_newest_hundred_are_kept(begun: TrailCheck) -> None:
    now = timezone.now()
    TrailCheck.objects.bulk_create(TrailCheck(begun_at=now, ended_at=now) for _ in range(150))
    newest = TrailCheck.objects.create(begun_at=now, seen_at=now)
    run_check(newest.pk)
    assert TrailCheck.objects.count() == checking.KEPT


def test_the_command_keeps_its_result_too(
    event: Callable[..., audit.Event], capsys: pytest.CaptureFixture[str]
) -> None:
    audit.record(event())
    audit.flush()
    call_command("audit_verify")
    last = last_check()
    assert last is not None and (last.events, last.problems) == (1, 0)
    AuditEvent.objects.update(entry="forged")
    with pytest.raises(CommandError):
        call_command("audit_verify")
    last = last_check()
    assert last is not None and last.problems == 1


def test_a_running_one_tells_how_far_it_is(begun: TrailCheck) -> None:
    TrailCheck.objects.update(seen_at=timezone.now() - timedelta(minutes=1))
    beat = checking._Beat(begun.pk, audit.Report(events=4_000))
    beat._tell()
    begun.refresh_from_db()
    assert begun.events == 4_000
    assert begun.seen_at is not None and timezone.now() - begun.seen_at < timedelta(seconds=30)


def test_who_may_not_begins_none(db: None) -> None:
    with pytest.raises(CheckRefused, match="may not"):
        begin_check(actor=Actor(may=False))
    assert not TrailCheck.objects.exists()
