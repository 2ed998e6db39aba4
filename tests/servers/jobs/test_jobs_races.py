"""Many at once: one claims, one ends, and no two take the last place; with real threads.

On SQLite writers go one after the other, and a few rounds show as much as many.
"""

import os
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from servers.jobs import ending, reaping, working
from servers.jobs.accepting import accept
from servers.jobs.ending import Ending
from servers.jobs.errors import TooManyJobs
from servers.jobs.facts import Progress
from servers.jobs.states import Reason
from servers.models import Job, JobMoment
from servers.protocol.outcome import ToolOutcome
from tests import make
from tests.works import a_job, wanted

POSTGRES = bool(os.environ.get("TEST_ON_POSTGRES"))
RACES, ROUNDS = (1_000, 20) if POSTGRES else (40, 3)
THREADS = 8
DONE = Ending(ToolOutcome([{"type": "text", "text": "done"}]))

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(acts: list[Callable[[], Any]]) -> list[Any]:
    """Do all of it at the same moment, each in a thread of its own; return what came of each."""
    barrier = Barrier(len(acts))

    def do(act: Callable[[], Any]) -> Any:
        try:
            barrier.wait(10)
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return [each.result() for each in [pool.submit(do, act) for act in acts]]


def test_one_of_many_claims():
    for _ in range(ROUNDS):
        job = a_job()
        claim = partial(working.claim, job.public_id)
        claims = at_once([partial(claim, f"worker {n}") for n in range(THREADS)])
        assert sum(each is not None for each in claims) == 1
        assert Job.objects.get(pk=job.pk).attempt == 1
        assert JobMoment.objects.filter(job=job, what="begun").count() == 1


def test_races_of_cancel_against_finish_leave_one_state_each():
    source = make.source()
    entry = make.entry(source)
    server = make.server(entries=[entry], jobs_of_one=10_000, jobs_open=10_000)
    jobs = []
    for _ in range(RACES):
        job = accept(wanted(server, entry))
        jobs.append(working.claim(job.public_id, "one"))

    def race(job):
        try:
            return ending.finish(job.public_id, job.attempt, DONE)
        finally:
            connection.close()

    def cancel(job):
        try:
            return ending.cancel(job.public_id, Reason.CLIENT)
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        pairs = []
        for number, job in enumerate(jobs):
            acts = [race, cancel] if number % 2 else [cancel, race]
            futures = {act: pool.submit(act, job) for act in acts}
            pairs.append((job, futures[race], futures[cancel]))
        ends = Counter()
        for job, finished, cancelled in pairs:
            won = finished.result(), cancelled.result()
            assert sorted(won) == [False, True], won
            state = Job.objects.get(pk=job.pk).state
            assert state == ("completed" if won[0] else "cancelled")
            ends[state] += 1
            moments = JobMoment.objects.filter(job=job).exclude(what__in=["accepted", "begun"])
            assert [each.what for each in moments] == [state]
    assert sum(ends.values()) == RACES


def test_all_that_may_happen_to_a_job_at_once_leaves_one_end():
    for _ in range(2 * ROUNDS):
        job = a_job(is_repeatable=True, retries_left=1)
        job = working.claim(job.public_id, "one")
        Job.objects.update(lease_until=timezone.now())
        given = job.public_id, job.attempt
        at_once(
            [
                partial(ending.finish, *given, DONE),
                partial(ending.cancel, given[0], Reason.ADMIN),
                partial(ending.begin_again, *given),
                partial(ending.hand_back, *given),
                partial(reaping.reap, lambda each: None),
                partial(working.note_progress, *given, Progress(1)),
                partial(working.claim, given[0], "two"),
            ]
        )
        ends = JobMoment.objects.filter(job=job, what__in=["completed", "failed", "cancelled"])
        state = Job.objects.get(pk=job.pk).state
        assert [each.what for each in ends if "again" not in each.detail] == (
            [state] if state in {"completed", "failed", "cancelled"} else []
        )
        assert state in {"completed", "cancelled"}  # somebody cancels it, if nobody ends it before


def test_reapers_at_once_take_a_job_back_once():
    for _ in range(ROUNDS):
        job = working.claim(a_job(is_repeatable=True).public_id, "one")
        Job.objects.filter(pk=job.pk).update(lease_until=timezone.now())
        at_once([lambda: reaping.reap(lambda each: None)] * 4)
        row = Job.objects.get(pk=job.pk)
        assert (row.state, row.times_lost) == ("queued", 1)
        row.delete()


def test_no_two_take_the_last_place_of_a_user():
    source = make.source()
    entry = make.entry(source)
    for _ in range(ROUNDS // 3):
        server = make.server(entries=[entry], jobs_of_one=3)
        told = at_once([partial(_accepted, server, entry, "1")] * THREADS)
        assert sorted(told) == [False] * (THREADS - 3) + [True] * 3
        assert Job.objects.filter(server=server).count() == 3


def test_no_two_take_the_last_place_of_a_server():
    source = make.source()
    entry = make.entry(source)
    for _ in range(ROUNDS // 3):
        server = make.server(entries=[entry], jobs_open=3)
        told = at_once([partial(_accepted, server, entry, str(n)) for n in range(THREADS)])
        assert sum(told) == 3


def _accepted(server, entry, owner):
    try:
        accept(wanted(server, entry, owner=owner))
    except TooManyJobs:
        return False
    return True
