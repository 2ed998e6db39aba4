"""What changed while a job waited for its worker, or while it ran: it ends, and says why."""

import asyncio
import logging
from datetime import timedelta

import pytest
from django.utils import timezone
from oauth2_provider.models import get_access_token_model

from accounts import services as accounts
from accounts.caller import PLAYGROUND
from accounts.models import Consent, IssuedToken
from catalog.models import Entry, Source
from monitoring import audit
from monitoring.models import AuditEvent
from servers import services as servers
from servers.jobs import reaping, running
from servers.jobs.boxes import closed
from servers.jobs.ending import cancel
from servers.jobs.states import SENTENCES, Reason
from servers.models import AccessRule, Job, ServerEntry
from tests import gates, make
from tests.works import caller_of, serve


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    """Look quickly: what a second is for in life."""
    monkeypatch.setattr(running, "NOTE_SECONDS", 0.02)


@pytest.fixture
def private(hub, bob):
    """A server of bob's team."""
    return serve(hub, "private", team=bob.teams.get())


def disable_tool(private, bob):
    Entry.objects.filter(name="waits").update(enabled=False)


def remove_tool(private, bob):
    Entry.objects.filter(name="waits").update(state=Entry.State.MISSING)


def switch_source_off(private, bob):
    Source.objects.filter(pk=private.source.pk).update(enabled=False)


def unpublish(private, bob):
    ServerEntry.objects.filter(exposed_name="waits").delete()


def disable_server(private, bob):
    private.server.enabled = False
    private.server.save()


def publish_another(private, bob):
    ServerEntry.objects.filter(exposed_name="waits_once").delete()
    ServerEntry.objects.filter(exposed_name="waits").update(
        entry=Entry.objects.get(name="waits_once")
    )


def forbid(private, bob):
    make.rule(private.server, user=bob, effect=AccessRule.Effect.DENY, pattern="waits")


def leave_team(private, bob):
    accounts.remove_member(actor=None, team=bob.teams.get(), user=bob)


def deactivate(private, bob):
    accounts.disable_user(actor=None, user=bob)


CHANGES = {
    disable_tool: Reason.GONE,
    remove_tool: Reason.GONE,
    switch_source_off: Reason.GONE,
    unpublish: Reason.GONE,
    disable_server: Reason.GONE,
    publish_another: Reason.GONE,
    forbid: Reason.ACCESS,
    leave_team: Reason.ACCESS,
    deactivate: Reason.ACCESS,
}
BY_NAME = {change.__name__: change for change in CHANGES}


@pytest.mark.parametrize("change", BY_NAME)
def test_queued_job_ends_with_that_reason_and_runs_nothing(private, bob, change):
    job = private.accepted("waits", by=caller_of(bob, private.server))
    BY_NAME[change](private, bob)
    private.hub.refresh()
    row = private.work(job)
    reason = CHANGES[BY_NAME[change]]
    assert (row.state, row.reason, gates.done) == ("failed", reason, [])


@pytest.mark.parametrize("change", BY_NAME)
def test_running_job_ends_with_that_reason(private, bob, change):
    job = private.accepted("waits", by=caller_of(bob, private.server))
    running_job = private.begin(job)
    BY_NAME[change](private, bob)
    private.hub.refresh()
    row = private.end(job, running_job)
    assert (row.reason, row.is_error) == (CHANGES[BY_NAME[change]], True), row.result
    assert "may have happened" in row.result


def test_queued_job_whose_definition_changed_is_not_run(private, bob):
    job = private.accepted("waits", by=caller_of(bob, private.server))
    Job.objects.update(sha256="0" * 64)
    row = private.work(job)
    assert (row.state, row.reason, gates.done) == ("failed", "changed", [])


def test_running_job_whose_definition_changes_goes_on(private, bob):
    job = private.accepted("waits", by=caller_of(bob, private.server))
    running_job = private.begin(job)
    make.version(Entry.objects.get(name="waits"), {"name": "waits", "inputSchema": {}})
    private.hub.refresh()
    private.hub.run(asyncio.sleep(0.1))
    private.let_go()
    assert private.end(job, running_job).state == "completed"


# --- leave that is taken back ---------------------------------------------------------------------


@pytest.fixture
def consent(bob, private) -> Consent:
    return make.consent(bob, make.client(), private.server)


def caller_by(consent, private):
    """Return the caller of a connection's token."""
    make.connected(consent)
    issued = IssuedToken.objects.get(family__consent=consent)
    family = issued.family_id
    return caller_of(
        consent.user,
        private.server,
        family=family,
        issued=issued.pk,
        keys=(f"user:{consent.user_id}", f"family:{family}", f"client:{consent.client_id}"),
    )


WAYS = {
    "connection": lambda consent: accounts.revoke_connection(actor=None, consent=consent),
    "client": lambda consent: accounts.block_client(actor=None, client=consent.client),
    "person": lambda consent: accounts.disable_user(actor=None, user=consent.user),
}


@pytest.mark.parametrize("way", WAYS)
def test_job_ends_when_leave_is_taken_back_while_it_waits(private, consent, way):
    job = private.accepted("waits", by=caller_by(consent, private))
    WAYS[way](consent)
    row = private.work(job)
    assert (row.state, row.reason, gates.done) == ("failed", "access", [])


@pytest.mark.parametrize("way", WAYS)
def test_job_ends_when_leave_is_taken_back_while_it_runs(private, consent, way):
    job = private.accepted("waits", by=caller_by(consent, private))
    running_job = private.begin(job)
    WAYS[way](consent)
    row = private.end(job, running_job)
    assert (row.reason, row.is_error) == ("access", True)


@pytest.mark.parametrize("when", ["queued", "running"])
def test_token_that_expires_takes_nothing_back_even_when_it_is_swept_away(private, bob, when):
    make.token(bob, private.server, days=-1)
    issued = IssuedToken.objects.get()
    past = (timezone.now() - timedelta(days=1)).timestamp()
    digest = issued.access_token.token_checksum
    caller = caller_of(
        bob,
        private.server,
        client=f"{PLAYGROUND}{bob.public_id}",
        issued=issued.pk,
        expires_at=past,
        keys=(f"token:{digest}", f"user:{bob.pk}"),
    )
    job = private.accepted("waits", by=caller)
    running_job = private.begin(job) if when == "running" else None
    get_access_token_model().objects.all().delete()
    private.hub.run(asyncio.sleep(0.1))
    running_job = running_job or private.begin(job)
    private.let_go()
    assert private.end(job, running_job).state == "completed"


# --- stops ----------------------------------------------------------------------------------------


def stop(works, entry):
    servers.stop(actor=None, target=entry, reason="it does harm")
    works.hub.refresh()


def test_queued_job_of_a_stopped_tool_says_so(private, bob):
    job = private.accepted("waits", by=caller_of(bob, private.server))
    stop(private, Entry.objects.get(name="waits"))
    row = private.work(job)
    assert row.reason == "stopped" and row.is_error and not gates.done
    assert "Stopped by an administrator: it does harm" in row.result


def test_running_job_of_a_stopped_tool_ends_within_a_second(private, bob):
    job = private.accepted("waits", by=caller_of(bob, private.server))
    running_job = private.begin(job)
    stop(private, Entry.objects.get(name="waits"))
    private.hub.run(asyncio.wait_for(asyncio.wrap_future(running_job, loop=private.hub.loop), 1))
    row = Job.objects.get(pk=job.pk)
    assert row.reason == "stopped" and "it does harm" in row.result


# --- keys that are gone ---------------------------------------------------------------------------


def test_job_whose_arguments_nobody_can_open_ends_with_that_reason(works):
    job = works.accepted("waits")
    Job.objects.update(arguments=closed({}, "another job"))
    row = works.work(job)
    assert (row.state, row.reason) == ("failed", "unreadable")
    assert "key" in SENTENCES[Reason.UNREADABLE]


# --- what is deleted ------------------------------------------------------------------------------


DELETED = {
    "user": lambda private, bob: accounts.delete_user(actor=None, user=bob),
    "server": lambda private, bob: servers.delete_server(actor=None, server=private.server),
    "entry": lambda private, bob: Entry.objects.filter(name="waits").delete(),
    "job": lambda private, bob: Job.objects.all().delete(),
}


@pytest.mark.parametrize("what", DELETED)
def test_running_attempt_ends_quietly_when_what_it_was_of_is_deleted(
    private, bob, what, caplog, monkeypatch
):
    monkeypatch.setattr(running, "RENEW_SECONDS", 0.04)
    job = private.accepted("waits", by=caller_of(bob, private.server))
    running_job = private.begin(job)
    with caplog.at_level(logging.WARNING):
        DELETED[what](private, bob)
        private.hub.run(
            asyncio.wait_for(asyncio.wrap_future(running_job, loop=private.hub.loop), 5)
        )
    assert not Job.objects.exists()
    assert not [each for each in caplog.records if each.levelno >= logging.WARNING]
    assert not len(private.ringer.runner)


# --- leases ---------------------------------------------------------------------------------------


def test_lease_is_renewed_while_a_job_runs_for_longer_than_one(works, monkeypatch):
    monkeypatch.setattr(running, "RENEW_SECONDS", 0.04)
    job = works.accepted("waits_once")
    running_job = works.begin(job)
    Job.objects.update(lease_until=timezone.now() + timedelta(seconds=0.3))
    for _ in range(4):
        works.hub.run(asyncio.sleep(0.1))
        reaping.reap(works.ringer.ring)
    works.let_go()
    row = works.end(job, running_job)
    assert (row.state, row.attempt, gates.done) == ("completed", 1, ["waits_once"])


def test_message_that_comes_again_while_a_job_runs_drops_out(works):
    job = works.accepted("waits_once")
    running_job = works.begin(job)
    works.work(job)
    works.let_go()
    assert works.end(job, running_job).state == "completed"
    assert gates.done == ["waits_once"]


def test_attempt_whose_job_was_taken_from_it_ends_and_writes_nothing(works, monkeypatch):
    monkeypatch.setattr(running, "RENEW_SECONDS", 0.04)
    job = works.accepted("waits")
    running_job = works.begin(job)
    Job.objects.update(lease_until=timezone.now() - timedelta(hours=1))
    works.ringer.silent = True
    reaping.reap(works.ringer.ring)
    works.hub.run(asyncio.wait_for(asyncio.wrap_future(running_job, loop=works.hub.loop), 5))
    row = Job.objects.get(pk=job.pk)
    assert (row.state, row.attempt, row.times_lost) == ("queued", 1, 1)
    again = works.begin(job)
    works.let_go()
    assert works.end(job, again).attempt == 2
    assert gates.done == ["waits", "waits"]


def test_cancelled_job_ends_where_it_runs(works):
    job = works.accepted("waits")
    running_job = works.begin(job)
    assert cancel(job.public_id, Reason.CLIENT)
    row = works.end(job, running_job)
    assert row.state == "cancelled"
    audit.flush()
    assert AuditEvent.objects.get(action="tools/call").outcome == "cancelled"
