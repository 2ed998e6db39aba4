"""Tools that behave badly as jobs: what they say is bounded, and what cannot be told is told as that."""

import asyncio
import json

import pytest
from django.db import DatabaseError

from servers.jobs import events, running, working
from servers.jobs.exchange import plain_number
from servers.models import Job
from tests import gates


def test_tool_that_returns_what_cannot_be_told_fails_with_its_name(works):
    answer = works.call("unsayable")
    assert answer.result["isError"] and answer.text.startswith("unsayable: ")
    assert (Job.objects.get().state, Job.objects.get().is_error) == ("completed", True)


def test_characters_that_no_database_takes_come_back(works):
    assert works.call("odd_text").text == "a\0b\ufffdc"


def test_progress_that_is_none_is_not_told_and_long_messages_are_cut(works, monkeypatch):
    monkeypatch.setattr(running, "NOTE_SECONDS", 0.02)
    params = {"name": "odd_progress", "arguments": {}}
    call = works.hub.begin("works", "tools/call", params, meta={"progressToken": 1})

    async def noted():
        while not await works.hub.offload(Job.objects.filter(progress=2.5).exists):
            await asyncio.sleep(0.02)

    works.hub.run(asyncio.wait_for(noted(), 10))
    row = Job.objects.get()
    assert (row.progress, row.total, row.message) == (2.5, None, "x" * 500)
    works.let_go()
    answer = call.finish()
    told = [each["params"]["progress"] for each in answer.messages[:-1]]
    assert told in ([1, 2.5], [2.5])
    assert answer.result["content"][0]["text"] == "told"


ODD = {
    "infinity": (float("inf"), None),
    "NaN": (float("nan"), None),
    "beyond": (10**400, None),
    "text": ("x", None),
    "none": (None, None),
    "whole": (3.0, 3),
    "large": (2**70, float(2**70)),
    "part": (0.5, 0.5),
    "truth": (True, 1),
}


@pytest.mark.parametrize("odd", ODD)
def test_numbers_become_ones_that_every_row_holds(odd):
    value, told = ODD[odd]
    assert plain_number(value) == told


def test_flood_of_messages_is_bounded_and_the_call_goes_on(works):
    params = {"name": "flood", "arguments": {"messages": 300}}
    level = {"io.modelcontextprotocol/logLevel": "debug"}
    answer = works.hub.post("works", "tools/call", params, meta=level)
    assert answer.text == "logged" and len(answer.messages) <= 601
    assert all(len(json.dumps(each)) < 8_000 for each in answer.messages)


LARGE = {
    "progress": ("0" * 32, "progress", (1, None, "👩" * 2_000)),
    "log": ("0" * 32, "log", ("info", "\0" * 2_000, "👩" * 10_000)),
    "log of data": ("0" * 32, "log", ("info", {"a": "x" * 100_000}, None)),
}


@pytest.mark.parametrize("what", LARGE)
def test_event_that_no_announcement_carries_is_told_in_fewer_words(what):
    payloads = list(events._payloads([LARGE[what]]))
    assert len(payloads) == 1 and len(json.dumps(payloads[0])) <= events.A_PAYLOAD + 100
    assert json.loads(payloads[0])[0][:2] == list(LARGE[what][:2])


def test_ten_thousand_steps_a_second_are_few_words_and_the_last_is_told(works):
    said = []
    works.hub.runtime.hub.jobs.watches.others.append(
        lambda job, what, told: said.append((what, told))
    )
    params = {"name": "hurry", "arguments": {"seconds": 0.5}}
    answer = works.hub.post("works", "tools/call", params, meta={"progressToken": 1})
    steps = json.loads(answer.text)
    told = [each["params"]["progress"] for each in answer.messages[:-1]]
    assert steps > 1_000 and told == sorted(set(told)) and len(told) < steps / 5
    row = Job.objects.get()
    assert row.progress == steps
    assert [each[1][0] for each in said if each[0] == "progress"][-1] == steps


# --- watched over several attempts ----------------------------------------------------------------


def test_watcher_hears_no_step_back_when_an_attempt_begins_again(works):
    params = {"name": "falters", "arguments": {}}
    gates.told["falters"] = 2
    works.ringer.silent = False
    call = works.hub.begin("works", "tools/call", params, meta={"progressToken": 1})

    async def again():
        while True:
            job = await works.hub.offload(_due)
            if job is not None:
                return works.ringer.ring(job)
            await asyncio.sleep(0.01)

    for _ in range(2):
        works.hub.run(asyncio.wait_for(again(), 10))
    answer = call.finish()
    assert answer.text == "there at last"
    told = [each["params"]["progress"] for each in answer.messages[:-1]]
    assert told == sorted(set(told)) and told[-1] == 5
    assert Job.objects.get().attempt == 3


def _due():
    """Return a job that is to begin again, due now."""
    waiting = Job.objects.filter(state="queued", attempt__gt=0)
    job = waiting.first()
    if job is not None and job.attempt == len(gates.done):
        waiting.update(due_at=job.updated_at)
        return job
    return None


# --- services that are away -----------------------------------------------------------------------


def test_result_is_written_when_the_database_is_back(works, monkeypatch):
    monkeypatch.setattr(running, "TRY_AGAIN_SECONDS", 0.01)
    finish, tries = running.finish, []

    def away(*given):
        tries.append(given)
        if len(tries) < 4:
            raise DatabaseError("away")
        return finish(*given)

    monkeypatch.setattr(running, "finish", away)
    assert works.call("much_text", {"characters": 10}).text
    assert len(tries) == 4 and Job.objects.get().state == "completed"


def test_job_stays_in_the_queue_when_what_it_needs_cannot_be_read(works, monkeypatch):
    def away(caller):
        raise DatabaseError("away")

    job = works.accepted("waits_once")
    monkeypatch.setattr(working, "recalled", away)
    row = works.work(job)
    assert (row.state, row.attempt, gates.done) == ("queued", 0, [])
