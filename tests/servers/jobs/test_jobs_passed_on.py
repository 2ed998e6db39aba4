"""A worker that does not have a job's tool runs nothing: the job is another's, or ends with that reason."""

from datetime import timedelta

import pytest
from django.utils import timezone
from prometheus_client import REGISTRY

from catalog.importers.python.registry import Registry
from monitoring import audit, metrics
from monitoring.models import AuditEvent
from servers.jobs import ending, working
from servers.jobs.managing import may_be_retried
from servers.jobs.states import PASSED_ON_SECONDS, SENTENCES, Reason
from servers.models import Job, JobMoment
from tests import gates
from tests.works import a_job

pytestmark = pytest.mark.django_db


@pytest.fixture
def without(works, monkeypatch):
    """A worker that has no tool any more."""
    with monkeypatch.context() as patch:
        patch.setattr(Registry, "get", lambda *_given: None)
        yield works


def told(job):
    return list(JobMoment.objects.filter(job=job).values_list("what", flat=True))


def again(works, job):
    """Have a job worked on that waits for its pause to end."""
    Job.objects.filter(pk=job.pk).update(due_at=timezone.now())
    return works.work(job)


@pytest.mark.parametrize("tool", ["waits", "waits_once"])
def test_job_whose_tool_is_not_loaded_goes_back_into_the_queue(without, tool):
    gates.done.clear()
    job = without.accepted(tool, retries_left=2)
    row = without.work(job)
    assert (row.state, row.worker, row.retries_left, row.times_lost) == ("queued", "", 2, 0)
    assert row.due_at > timezone.now() and told(job) == ["accepted", "begun", "passed_on"]
    assert gates.done == []


def test_worker_that_has_the_tool_does_the_job(works, monkeypatch):
    job = works.accepted("much_written")
    with monkeypatch.context() as patch:
        patch.setattr(Registry, "get", lambda *_given: None)
        works.work(job)
    row = again(works, job)
    assert (row.state, row.is_error, row.attempt) == ("completed", False, 2)


def test_job_that_no_worker_has_the_tool_of_fails_after_a_minute_and_may_be_done_again(without):
    job = without.accepted("waits_once")
    assert without.work(job).state == "queued"
    before = timezone.now() - timedelta(seconds=PASSED_ON_SECONDS + 1)
    JobMoment.objects.filter(what="passed_on").update(at=before)
    row = again(without, job)
    assert (row.state, row.reason) == ("failed", "not_loaded")
    assert SENTENCES[Reason.NOT_LOADED] and may_be_retried(row)


def test_pauses_grow_and_only_those_in_a_row_count():
    job, pauses = working.claim(a_job(is_repeatable=True, retries_left=1).public_id, "one"), []

    def passed_on():
        held = working.claim(job.public_id, "one") or Job.objects.get()
        row = ending.pass_on(held.public_id, held.attempt)
        pauses.append((row.due_at - row.updated_at).total_seconds())
        Job.objects.update(due_at=timezone.now())

    for _ in range(6):
        passed_on()
    for number, pause in enumerate(pauses):
        assert 0.74 * min(8, 2**number) <= pause <= 1.26 * min(8, 2**number)
    held = working.claim(job.public_id, "another")
    failed = ending.begin_again(held.public_id, held.attempt)
    assert (
        failed.due_at - failed.updated_at
    ).total_seconds() < 1.3  # the first time that it failed
    Job.objects.update(due_at=timezone.now())
    passed_on()
    assert pauses[-1] < 1.3


def test_worker_says_once_which_tool_it_does_not_have(without, caplog):
    for tool in ("waits", "waits", "waits_once"):
        without.work(without.accepted(tool))
    said = [one.getMessage() for one in caplog.records if "not loaded here" in one.getMessage()]
    assert [words.split()[2] for words in said] == ["waits", "waits_once"]


def test_each_attempt_is_in_the_trail_and_counts_as_no_call(without):
    named = {"server": "works", "tool": "waits", "outcome": "error"}

    def count():
        for hand_over in tuple(metrics.before_render):
            hand_over()
        return REGISTRY.get_sample_value("mcphub_tool_calls_total", named)

    before = count()
    without.work(without.accepted("waits"))
    audit.flush()
    (event,) = AuditEvent.objects.filter(kind="call", entry__endswith="waits")
    assert event.outcome == "error" and count() == before
