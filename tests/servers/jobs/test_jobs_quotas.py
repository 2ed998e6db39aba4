"""How many jobs may be open: of one user, of one network, and of a server."""

import pytest

from monitoring import audit, metrics
from monitoring.models import AuditEvent
from servers.jobs import ending
from servers.jobs.accepting import accept
from servers.jobs.errors import TooManyJobs
from servers.jobs.states import Reason
from servers.models import Job, Server
from tests import make
from tests.hub import REVISIONS
from tests.works import caller_of, wanted

YOURS = "Too many of your jobs are open on this server; wait until some end"
ALL = "Too many jobs are open on this server; try again later"


@pytest.fixture
def place(db):
    """A tool on a server where one may have two open jobs, and all together three."""
    entry = make.entry(make.source())
    return make.server(entries=[entry], jobs_of_one=2, jobs_open=3), entry


def take(place, owner):
    server, entry = place
    return accept(wanted(server, entry, owner=owner))


def test_one_has_as_many_as_they_may_and_others_have_theirs(place):
    take(place, "1"), take(place, "1")
    with pytest.raises(TooManyJobs, match=YOURS[:20]):
        take(place, "1")
    take(place, "2")
    with pytest.raises(TooManyJobs, match=ALL[:20]):
        take(place, "3")
    assert Job.objects.count() == 3


@pytest.mark.parametrize("state", ["completed", "failed", "cancelled"])
def test_what_has_ended_leaves_its_place(place, state):
    take(place, "1"), take(place, "1")
    Job.objects.update(state=state)
    assert take(place, "1")


@pytest.mark.parametrize("state", ["working", "waiting"])
def test_what_goes_on_keeps_its_place(place, state):
    take(place, "1"), take(place, "1")
    Job.objects.update(state=state)
    with pytest.raises(TooManyJobs):
        take(place, "1")


def test_other_servers_have_places_of_their_own(place):
    take(place, "1"), take(place, "1")
    other = make.server(entries=[place[1]])
    assert accept(wanted(other, place[1], owner="1"))


def test_limit_that_was_lowered_below_what_is_open_lets_nothing_in(place):
    take(place, "1"), take(place, "1")
    Server.objects.update(jobs_of_one=1)
    with pytest.raises(TooManyJobs):
        take(place, "1")


# --- as clients are told --------------------------------------------------------------------------


@pytest.fixture
def narrow(works):
    """A server where one may have one open job, with one of nobody's at this address."""
    Server.objects.filter(pk=works.server.pk).update(jobs_of_one=1)
    works.accepted("waits", owner="address:127.0.0.1")
    return works


@pytest.mark.parametrize("revision", REVISIONS)
def test_one_too_many_is_429_and_when_to_come_again(narrow, revision):
    answer = narrow.call("much_text", revision=revision)
    assert answer.status == 429 and answer.header("retry-after") == "5"
    assert answer.error["message"] == f"{YOURS}; try again in 5 s."
    assert Job.objects.count() == 1


def test_refusal_is_in_the_trail_and_counted(narrow):
    before = metrics.denials.labels("rate_limited")._value.get()
    narrow.call("much_text")
    audit.flush()
    event = AuditEvent.objects.get(action="tools/call")
    told = event.entry, event.verdict, event.reason, event.outcome
    assert told == ("much_text", "deny", "rate_limited", "denied")
    assert metrics.denials.labels("rate_limited")._value.get() == before + 1


def test_nobodys_jobs_are_counted_by_network(narrow):
    narrow.hub.address = "192.0.2.7"
    assert narrow.call("much_text", {"characters": 10}).text
    narrow.hub.address = "127.0.0.1"
    assert narrow.call("much_text").status == 429


def test_users_are_not_counted_with_nobody(narrow, bob):
    token = make.token(bob, narrow.server)
    assert narrow.call("much_text", {"characters": 10}, token=token).text
    narrow.accepted("waits", by=caller_of(bob, narrow.server))
    assert narrow.call("much_text", token=token).status == 429


def test_place_is_free_when_a_job_was_cancelled(narrow):
    ending.cancel(Job.objects.get().public_id, Reason.CLIENT)
    assert narrow.call("much_text", {"characters": 10}).text


def test_call_within_its_call_needs_no_place(narrow):
    assert (
        narrow.hub.post("works", "tools/call", {"name": "at_once", "arguments": {}}).text == "now"
    )
