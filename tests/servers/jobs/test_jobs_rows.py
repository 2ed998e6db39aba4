"""What becomes of a job's row: each change holds only for whom it is meant, and a job has one end."""

from datetime import timedelta
from itertools import pairwise

import pytest
from django.utils import timezone

from monitoring import metrics
from servers.jobs import boxes, ending, reaping, states, working
from servers.jobs.ending import Ending
from servers.jobs.facts import Progress, error_of, status_message
from servers.jobs.states import MOST_LOST, RING_AGAIN_SECONDS, Reason
from servers.models import Job, JobMoment, JobPart
from servers.protocol.errors import ProtocolError
from servers.protocol.outcome import ToolOutcome
from tests.works import a_job

DONE = Ending(ToolOutcome([{"type": "text", "text": "done"}]))
HOUR = timedelta(hours=1)

pytestmark = pytest.mark.django_db


def fresh(job):
    return Job.objects.get(pk=job.pk)


def late(job, **fields):
    """Let moments of a job's row lie an hour earlier."""
    Job.objects.filter(pk=job.pk).update(**{name: timezone.now() - HOUR for name in fields})


def begun(**row):
    """Return a job that a worker has."""
    job = working.claim(a_job(**row).public_id, "one")
    assert job is not None
    return job


def lose(job):
    """Let the lease of a job's worker end, and somebody look; return the bells."""
    rung = []
    Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - HOUR)
    reaping.reap(lambda each: rung.append(each.public_id))
    return rung


def told(job):
    return list(JobMoment.objects.filter(job=job).values_list("what", flat=True))


# --- taken by one ---------------------------------------------------------------------------------


def test_job_is_claimed_once():
    job = a_job()
    assert working.claim(job.public_id, "one").attempt == 1
    assert working.claim(job.public_id, "two") is None
    assert (fresh(job).worker, fresh(job).state) == ("one", "working")


def test_job_that_is_not_due_is_nobodys():
    job = a_job()
    Job.objects.update(due_at=timezone.now() + HOUR)
    assert working.claim(job.public_id, "one") is None


@pytest.mark.parametrize("state", ["working", "waiting", "completed", "failed", "cancelled"])
def test_only_queued_jobs_are_taken(state):
    job = a_job()
    Job.objects.update(state=state)
    assert working.claim(job.public_id, "one") is None


def test_message_that_comes_again_finds_its_job_taken_or_over():
    job = begun()
    assert working.claim(job.public_id, "two") is None
    ending.finish(job.public_id, job.attempt, DONE)
    assert working.claim(job.public_id, "two") is None
    assert told(job) == ["accepted", "begun", "completed"]


def test_unknown_job_is_nobodys():
    assert working.claim("0" * 32, "one") is None
    assert ending.cancel("0" * 32, Reason.CLIENT) is False


# --- an old attempt changes nothing ---------------------------------------------------------------


def test_attempt_that_was_given_up_changes_nothing():
    old = begun(is_repeatable=True)
    lose(old)
    new = working.claim(old.public_id, "two")
    assert new.attempt == old.attempt + 1
    before = Job.objects.filter(pk=old.pk).values().get()
    assert ending.finish(old.public_id, old.attempt, DONE) is False
    assert ending.pause(old.public_id, old.attempt, {"a": {}}, {}) is False
    assert ending.begin_again(old.public_id, old.attempt) is None
    assert ending.hand_back(old.public_id, old.attempt) is False
    assert working.renew(old.public_id, old.attempt) is False
    working.note_progress(old.public_id, old.attempt, Progress(99))
    assert Job.objects.filter(pk=old.pk).values().get() == before
    assert ending.finish(new.public_id, new.attempt, DONE) is True


def test_large_result_of_an_old_attempt_leaves_no_pieces():
    old = begun(is_repeatable=True)
    lose(old)
    large = Ending(ToolOutcome([{"type": "text", "text": "x" * 500_000}]))
    assert ending.finish(old.public_id, old.attempt, large) is False
    assert not JobPart.objects.exists()


@pytest.mark.parametrize("end", ["completed", "failed", "cancelled"])
def test_what_has_ended_stays_as_it_is(end):
    job = begun(is_repeatable=True, retries_left=3)
    if end == "cancelled":
        ending.cancel(job.public_id, Reason.CLIENT)
    else:
        how = DONE if end == "completed" else Ending(reason=Reason.GONE)
        ending.finish(job.public_id, job.attempt, how)
    before = Job.objects.filter(pk=job.pk).values().get()
    assert before["state"] == end
    assert ending.finish(job.public_id, job.attempt, DONE) is False
    assert ending.cancel(job.public_id, Reason.ADMIN) is False
    assert ending.begin_again(job.public_id, job.attempt) is None
    lose(job)
    after = Job.objects.filter(pk=job.pk).values().get()
    assert {**after, "lease_until": None} == before


# --- never begun twice ----------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["reaper", "hand_back", "retry", "message"])
def test_job_that_is_not_repeatable_is_never_begun_twice(way):
    job = begun(is_repeatable=False, retries_left=5)
    if way == "reaper":
        assert lose(job) == []
    elif way == "hand_back":
        assert ending.hand_back(job.public_id, job.attempt) is True
    elif way == "retry":
        assert ending.begin_again(job.public_id, job.attempt) is None
    assert working.claim(job.public_id, "two") is None
    assert fresh(job).attempt == 1
    if way in {"reaper", "hand_back"}:
        assert (fresh(job).state, fresh(job).reason) == ("failed", "lost")


def test_repeatable_job_is_given_up_when_it_loses_its_worker_too_often():
    job = begun(is_repeatable=True)
    for _ in range(MOST_LOST):
        assert lose(job) == [job.public_id]
        job = working.claim(job.public_id, "again")
    assert lose(job) == []
    row = fresh(job)
    assert (row.state, row.reason, row.times_lost) == ("failed", "lost", MOST_LOST + 1)
    assert told(job).count("lost") == MOST_LOST + 1


def test_lost_leases_are_counted():
    before = metrics.job_leases_reaped._value.get()
    lose(begun(is_repeatable=True))
    assert metrics.job_leases_reaped._value.get() == before + 1


def test_job_whose_lease_goes_on_stays_its_workers():
    job = begun(is_repeatable=True)
    assert working.renew(job.public_id, job.attempt)
    reaping.reap(lambda each: None)
    assert fresh(job).state == "working"


# --- progress -------------------------------------------------------------------------------------


def test_progress_in_the_row_never_goes_back():
    job = begun(is_repeatable=True)
    for value in (1, 5, 3, 5):
        working.note_progress(job.public_id, job.attempt, Progress(value, 10, str(value)))
    lose(job)
    again = working.claim(job.public_id, "two")
    working.note_progress(again.public_id, again.attempt, Progress(2, 10, "anew"))
    assert (fresh(job).progress, fresh(job).message) == (5, "5")
    working.note_progress(again.public_id, again.attempt, Progress(6.5, None, None))
    assert (fresh(job).progress, fresh(job).total, fresh(job).message) == (6.5, None, "")


def test_message_of_progress_is_cut_and_holds_no_nul():
    job = begun()
    working.note_progress(job.public_id, job.attempt, Progress(1, None, "a\0b" + "👩" * 3_000))
    message = fresh(job).message
    assert message.startswith("ab👩") and len(message) == 500


# --- begun again ----------------------------------------------------------------------------------


def test_pauses_between_retries_grow():
    job, pauses = begun(is_repeatable=True, retries_left=8), []
    for _ in range(8):
        again = ending.begin_again(job.public_id, job.attempt)
        pauses.append((again.due_at - again.updated_at).total_seconds())
        assert working.claim(job.public_id, "early") is None
        Job.objects.update(due_at=timezone.now())
        job = working.claim(job.public_id, "one")
    assert ending.begin_again(job.public_id, job.attempt) is None
    for number, pause in enumerate(pauses):
        assert 0.74 * 2**number <= pause <= 1.26 * 2**number or 44 <= pause <= 76
    assert fresh(job).retries_left == 0


def test_retry_waits_for_its_time_and_is_rung_then():
    job, rung = begun(is_repeatable=True, retries_left=1), []
    ending.begin_again(job.public_id, job.attempt)
    reaping.reap(lambda each: rung.append(each.public_id))
    assert rung == []
    late(job, due_at=True)
    reaping.reap(lambda each: rung.append(each.public_id))
    assert rung == [job.public_id]


# --- bells ----------------------------------------------------------------------------------------


def test_job_that_nobody_heard_of_is_rung_again_after_a_while_and_not_before():
    job, rung = a_job(), []
    for seconds, times in ((0, 0), (RING_AGAIN_SECONDS - 1, 0), (RING_AGAIN_SECONDS + 1, 1)):
        Job.objects.update(rung_at=timezone.now() - timedelta(seconds=seconds))
        reaping.reap(lambda each: rung.append(each.public_id))
        assert len(rung) == times
    reaping.reap(lambda each: rung.append(each.public_id))
    assert rung == [job.public_id]


def test_job_that_goes_on_is_rung_at_once():
    job = begun(is_repeatable=True)
    ending.hand_back(job.public_id, job.attempt)
    assert lose(job) == [job.public_id]


# --- time that runs out ---------------------------------------------------------------------------


@pytest.mark.parametrize(("state", "reason"), [("queued", "expired"), ("waiting", "unanswered")])
def test_job_past_its_time_ends(state, reason):
    job = a_job()
    Job.objects.update(state=state)
    late(job, expires_at=True)
    reaping.reap(lambda each: None)
    assert (fresh(job).state, fresh(job).reason) == ("failed", reason)
    assert fresh(job).expires_at > timezone.now()


def test_only_what_was_never_begun_is_told_not_to_have_run():
    never, before = a_job(), a_job()
    Job.objects.filter(pk=before.pk).update(attempt=1)
    late(never, expires_at=True)
    late(before, expires_at=True)
    reaping.reap(lambda each: None)
    assert "nothing was run" in str(error_of(fresh(never)))
    assert "it began before may have happened" in str(error_of(fresh(before)))


def test_reason_that_only_a_newer_version_knows_is_told_as_none():
    assert states.sentence_of(a_job(reason="newer")) == ""


def test_job_that_lost_workers_again_and_again_is_told_how_often():
    job = begun(is_repeatable=True)
    for _ in range(MOST_LOST + 1):
        lose(job)
        working.claim(job.public_id, "another")
    assert f"lost, {MOST_LOST + 1} times" in status_message(fresh(job))
    once = begun()
    lose(once)
    assert "was not begun again" in status_message(fresh(once))


def test_job_that_is_worked_on_is_not_ended_by_its_expiry():
    job = begun()
    late(job, expires_at=True)
    reaping.reap(lambda each: None)
    assert fresh(job).state == "working"
    reaping.purge()
    assert fresh(job)


def test_ended_jobs_go_when_their_time_is_over_with_all_they_left():
    job, other = begun(), a_job()
    large = Ending(ToolOutcome([{"type": "text", "text": "x" * 500_000}]))
    ending.finish(job.public_id, job.attempt, large)
    assert reaping.purge() == 0 and JobPart.objects.count() == 8
    late(job, expires_at=True)
    late(other, expires_at=True)
    assert reaping.purge()
    assert list(Job.objects.all()) == [other] and not JobPart.objects.exists()


def test_results_are_not_read_to_be_deleted(django_assert_max_num_queries):
    for _ in range(3):
        job = begun()
        ending.finish(job.public_id, job.attempt, DONE)
    Job.objects.update(expires_at=timezone.now() - HOUR)
    with django_assert_max_num_queries(12) as queries:
        reaping.purge()
    assert not [each for each in queries if '"body"' in each["sql"]]


# --- how it is told -------------------------------------------------------------------------------


def test_result_with_characters_that_databases_do_not_take_is_kept():
    job = begun()
    outcome = ToolOutcome([{"type": "text", "text": "a\0b"}], {"a\0": "\0"})
    ending.finish(job.public_id, job.attempt, Ending(outcome))
    assert fresh(job).state == "completed" and "\\u0000" in fresh(job).result


def test_error_with_such_characters_is_kept():
    job = begun()
    error = ProtocolError(-32000, "a\0b", data={"c": "\0"})
    ending.finish(job.public_id, job.attempt, Ending(error=error, reason=Reason.REFUSED))
    assert fresh(job).state == "failed"


@pytest.mark.parametrize("odd", ["\ud800", object()], ids=["surrogate", "object"])
def test_result_that_cannot_be_told_fails_with_the_name_of_its_tool(odd):
    job = begun()
    ending.finish(job.public_id, job.attempt, Ending(ToolOutcome([], {"value": odd})))
    row = fresh(job)
    assert (row.state, row.is_error, row.reason) == ("completed", True, "crashed")
    assert f"{row.name} returned what has no JSON form." in row.result


def test_arguments_open_for_their_own_job_alone():
    sealed = boxes.closed({"a": 1}, "one")
    assert boxes.opened(sealed, "one") == {"a": 1}
    with pytest.raises(boxes.Unreadable):
        boxes.opened(sealed, "two")


def test_arguments_open_with_an_older_key_and_not_without(settings):
    sealed, key = boxes.closed({"a": 1}, "one"), settings.SECRET_KEY
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another", [key]
    assert boxes.opened(sealed, "one") == {"a": 1}
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(boxes.Unreadable):
        boxes.opened(sealed, "one")


def test_cancel_and_finish_one_after_the_other_leave_the_first():
    first, second = begun(), begun()
    assert ending.cancel(first.public_id, Reason.CLIENT)
    assert not ending.finish(first.public_id, first.attempt, DONE)
    assert ending.finish(second.public_id, second.attempt, DONE)
    assert not ending.cancel(second.public_id, Reason.CLIENT)
    assert (fresh(first).state, fresh(second).state) == ("cancelled", "completed")


# --- clocks and bells -----------------------------------------------------------------------------


def test_clocks_may_be_half_a_second_apart(monkeypatch):
    job = a_job()
    behind = timezone.now() - timedelta(milliseconds=400)
    monkeypatch.setattr(working.timezone, "now", lambda: behind)
    assert working.claim(job.public_id, "slow clock") is not None


def test_job_that_waits_is_rung_as_soon_as_before_however_long_it_has_waited(monkeypatch):
    job, rung, now = a_job(), [], timezone.now()
    for second in range(0, 600, 5):
        monkeypatch.setattr(reaping.timezone, "now", lambda at=now + timedelta(seconds=second): at)
        reaping.reap(lambda each, second=second: rung.append((second, each.public_id)))
    assert {each for _, each in rung} == {job.public_id}
    seconds = [second for second, _ in rung]
    assert max(later - sooner for sooner, later in pairwise([0, *seconds, 600])) <= 10


def test_what_waits_longest_for_its_bell_is_rung_first(monkeypatch):
    monkeypatch.setattr(reaping, "MOST_RUNG", 2)
    jobs, rung = [a_job() for _ in range(4)], []
    Job.objects.update(rung_at=None)
    for _ in range(2):
        reaping.reap(lambda each: rung.append(each.public_id))
    assert sorted(rung) == sorted(job.public_id for job in jobs)


def test_all_that_is_past_its_time_goes_at_once(monkeypatch):
    monkeypatch.setattr(reaping, "A_SWEEP", 2)
    for _ in range(5):
        ending.finish((job := begun()).public_id, job.attempt, DONE)
    Job.objects.update(expires_at=timezone.now() - HOUR)
    reaping.purge()
    assert not Job.objects.exists()
