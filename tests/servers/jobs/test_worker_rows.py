"""crews.py, depth.py, reaping.py, marking.py: what rows say of workers, and what becomes of their jobs."""

from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone
from prometheus_client import REGISTRY

from monitoring import metrics
from servers.jobs import crews, depth, reaping
from servers.jobs.crews import Crew
from servers.jobs.ending import Ending, finish
from servers.jobs.states import Reason, State
from servers.jobs.working import claim
from servers.models import Chore, Job, Worker
from servers.protocol.outcome import ToolOutcome
from tests import make

pytestmark = pytest.mark.django_db

CREW = Crew("box:10", "prefork", 8, "11")
DONE = Ending(ToolOutcome([], None, False))


def job(name: str, **fields) -> Job:
    """Return an accepted job."""
    now = timezone.now()
    entry = make.entry(make.source())
    given = {
        "name": "tool",
        "sha256": "0" * 64,
        "scope": "mcp:call",
        "owner": "1",
        "caller": "{}",
        "revision": "2026-07-28",
        "call": name,
        "arguments": "",
        "seconds": 10.0,
        "due_at": now,
        "rung_at": now,
        "created_at": now,
        "updated_at": now,
        "expires_at": now + timedelta(days=1),
    }
    return Job.objects.create(public_id=name, server=make.server(), entry=entry, **given | fields)


def ago(seconds: float):
    return timezone.now() - timedelta(seconds=seconds)


def reap() -> None:
    """Look for lost jobs, as somebody who has just looked before."""
    Chore.objects.update_or_create(name=reaping.LOOKED, defaults={"begun_at": ago(5)})
    reaping.reap(lambda _job: None)


def counted(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


# --- one row a worker ---


def test_processes_of_a_worker_are_one_row():
    for member in ("11", "12"):
        crews.beat(CREW._replace(member=member))
    (row,) = Worker.objects.all()
    assert (row.name, row.pool, row.slots, row.busy) == ("box:10", "prefork", 8, 0)


def test_row_is_renewed_by_whoever_looks_first_and_counts_the_jobs_of_all():
    crews.beat(CREW)
    for name, worker in (
        ("a", "box:10/11"),
        ("b", "box:10/12"),
        ("c", "box:100/1"),
        ("d", "box:10"),
    ):
        job(name, state=State.WORKING, worker=worker)
    old = ago(5)
    Worker.objects.update(seen_at=old)
    assert crews.beat(CREW)
    row = Worker.objects.get()
    assert row.seen_at > old and row.busy == 3
    Worker.objects.update(busy=0)
    assert not crews.beat(CREW._replace(member="12"))
    assert Worker.objects.get().busy == 0  # it was renewed just now


def test_row_goes_when_the_worker_ends_or_was_silent_for_an_hour():
    crews.beat(CREW)
    crews.beat(CREW._replace(name="box:20"))
    crews.leave(CREW)
    assert Worker.objects.get().name == "box:20"
    assert crews.sweep() == 0
    Worker.objects.update(seen_at=ago(3_700))
    assert crews.sweep() == 1


# --- jobs whose worker is gone ---


@pytest.mark.parametrize(
    ("worked", "state", "reason"),
    [(11.0, State.FAILED, Reason.TIMEOUT), (5.0, State.QUEUED, Reason.NONE)],
)
def test_job_that_was_still_at_work_when_its_time_was_over_had_its_time(worked, state, reason):
    made = job("a", is_repeatable=True)
    claim("a", "box:10/11")
    made.moments.filter(what="begun").update(at=ago(20 + worked))
    Job.objects.update(lease_until=ago(5))  # last renewed 20 seconds ago
    reap()
    made.refresh_from_db()
    assert (made.state, made.reason) == (state, reason)


def test_job_is_counted_once_whatever_is_committed_with_its_end(django_capture_on_commit_callbacks):
    before = counted("mcphub_jobs_ended_total", outcome="lost")
    taken = counted("mcphub_job_leases_reaped_total")
    ran = counted("mcphub_job_run_seconds_count")
    job("a")
    claim("a", "box:10/11")
    Job.objects.update(lease_until=ago(5))
    with django_capture_on_commit_callbacks(execute=True):
        reap()
    assert Job.objects.get().reason == Reason.LOST
    assert counted("mcphub_jobs_ended_total", outcome="lost") == before + 1
    assert counted("mcphub_job_leases_reaped_total") == taken + 1
    assert counted("mcphub_job_run_seconds_count") == ran + 1


def test_wait_is_counted_at_the_first_beginning_only(django_capture_on_commit_callbacks):
    before = counted("mcphub_job_wait_seconds_count")
    job("a", is_repeatable=True)
    with django_capture_on_commit_callbacks(execute=True):
        claim("a", "box:10/11")
        Job.objects.update(lease_until=ago(5))
        reap()
        assert claim("a", "box:10/12") is not None
        assert finish("a", 2, DONE)
    assert counted("mcphub_job_wait_seconds_count") == before + 1
    assert Job.objects.get().state == State.COMPLETED


# --- how many are open ---


def test_open_jobs_are_measured_when_the_metrics_are_read(monkeypatch):
    depth.forget()
    monkeypatch.setattr(metrics, "measures", [depth.measure])
    job("a", due_at=ago(30))
    job("b", due_at=ago(-30))
    job("c", state=State.WORKING, lease_until=ago(-30))
    job("d", state=State.WAITING)
    job("e", state=State.COMPLETED)
    text = metrics.render().decode()
    for state, many in (("queued", 2), ("working", 1), ("waiting", 1)):
        assert f'mcphub_jobs{{state="{state}"}} {many}.0' in text
    assert 30 <= counted("mcphub_job_oldest_queued_seconds") < 60


def test_what_was_measured_stands_for_a_moment(monkeypatch, django_assert_num_queries):
    depth.forget()
    with django_assert_num_queries(4):
        depth.measure()
        depth.measure()


def test_metrics_are_shown_while_the_database_is_away(monkeypatch, caplog):
    def away(*_given, **_named):
        raise OperationalError("away")

    depth.forget()
    monkeypatch.setattr(depth, "_set", away)
    monkeypatch.setattr(metrics, "measures", [depth.measure])
    assert b"mcphub_jobs" in metrics.render()
    assert "could not be counted" in caplog.text
