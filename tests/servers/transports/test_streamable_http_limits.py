"""A server that limits its callers: one call too many is 429, never run, recorded and counted once."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.scopes import DESTRUCTIVE, PROMPTS, READ, WRITE
from catalog.models import Source
from mcphub import runtime
from monitoring import audit, metrics
from monitoring.models import AuditEvent
from servers import services as servers
from servers.models import Server
from tests import gates, make
from tests.hub import REVISIONS, published

ADD = {"name": "add", "arguments": {"a": 1, "b": 1}}
ALL = (READ, WRITE, DESTRUCTIVE, PROMPTS)
every_revision = pytest.mark.parametrize("revision", REVISIONS)


class Clock:
    """A clock that goes when it is told to."""

    now = 1_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock(hub, monkeypatch):
    """The clock of the hub's limits."""
    made = Clock()
    monkeypatch.setattr(hub.runtime.limits, "_clock", made)
    return made


@pytest.fixture
def limited(hub, clock, bob):
    """A server for bob's team: two calls at once, one every ten seconds."""
    server = published("closed", Source.objects.get(), team=bob.teams.get())
    server = servers.update_server(actor=None, server=server, calls_per_minute=6, burst=2)
    hub.refresh()
    return server


def recorded():
    audit.flush()
    rows = AuditEvent.objects.filter(kind__in=["call", "read", "get"]).order_by("id")
    return [(row.entry, row.verdict, row.reason, row.outcome) for row in rows]


def denials():
    told = metrics.render().decode().splitlines()
    lines = [line for line in told if 'denials_total{reason="rate_limited"}' in line]
    return float(lines[0].split()[-1]) if lines else 0.0


@pytest.mark.behaviour("A11", revisions=["2026-07-28"])
@pytest.mark.behaviour("H4")
@pytest.mark.parametrize(
    ("method", "params", "entry"),
    [
        ("tools/call", ADD, "add"),
        ("resources/read", {"uri": "test://by/anna/1"}, "test://by/{name}/{page}"),
        ("prompts/get", {"name": "ask", "arguments": {"about": "x"}}, "ask"),
    ],
)
@every_revision
def test_one_call_too_many_is_refused_before_it_runs(
    hub, limited, bob, method, params, entry, revision
):
    token = make.token(bob, limited, scopes=ALL)
    for _ in range(2):
        hub.post("closed", "tools/call", ADD, revision=revision, token=token)
    gates.done.clear()
    before = denials()
    answer = hub.post("closed", method, params, revision=revision, token=token, id="mine")
    assert (answer.status, answer.header("retry-after")) == (429, "10")
    assert answer.header("content-type") == "application/json"
    assert answer.message == {
        "jsonrpc": "2.0",
        "id": "mine",
        "error": {"code": 429, "message": "Too many calls; try again in 10 s."},
    }
    assert gates.done == []
    assert recorded()[2:] == [(entry, "deny", "rate_limited", "denied")]
    assert denials() - before == 1


def test_who_waits_as_told_is_let_through(hub, limited, bob, clock):
    token = make.token(bob, limited)
    answers = [hub.post("closed", "tools/call", ADD, token=token) for _ in range(3)]
    assert [answer.status for answer in answers] == [200, 200, 429]
    clock.now += int(answers[2].header("retry-after"))
    assert hub.post("closed", "tools/call", ADD, token=token).text == "2"
    assert hub.post("closed", "tools/call", ADD, token=token).status == 429


def test_who_waits_a_little_is_told_a_whole_second_at_least(hub, limited, bob, clock):
    token = make.token(bob, limited)
    for _ in range(2):
        hub.post("closed", "tools/call", ADD, token=token)
    clock.now += 9.9
    answer = hub.post("closed", "tools/call", ADD, token=token)
    assert answer.header("retry-after") == "1"


def test_other_people_are_not_affected(hub, limited, bob):
    charlie = make.member(bob.teams.get(), make.user("carla")).user
    token = make.token(bob, limited)
    for _ in range(5):
        hub.post("closed", "tools/call", ADD, token=token)
    assert hub.post("closed", "tools/call", ADD, token=make.token(charlie, limited)).status == 200


def test_lists_and_what_is_denied_anyway_cost_nothing(hub, limited, bob):
    token = make.token(bob, limited, scopes=(READ,))
    for _ in range(3):
        assert hub.post("closed", "tools/list", token=token).status == 200
        assert hub.post("closed", "tools/call", {"name": "nothing"}, token=token).code == -32602
        assert hub.post("closed", "tools/call", {"name": "destroy"}, token=token).status == 403
    assert hub.post("closed", "tools/call", ADD, token=token).text == "2"


def test_one_too_many_does_not_tell_what_is_hidden(hub, limited, bob):
    token = make.token(bob, limited)
    for _ in range(2):
        hub.post("closed", "tools/call", ADD, token=token)
    assert hub.post("closed", "tools/call", {"name": "nothing"}, token=token).code == -32602


def test_without_a_token_each_address_counts(hub, clock):
    server = Server.objects.get(slug="open")
    servers.update_server(actor=None, server=server, calls_per_minute=60, burst=1)
    hub.refresh()
    statuses = []
    for hub.address in ("192.0.2.1", "192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:db8::2"):
        statuses.append(hub.post("open", "tools/call", ADD).status)
    assert statuses == [200, 429, 200, 200, 429]


def test_limit_that_is_changed_holds_for_who_has_used_it(hub, limited, bob):
    token = make.token(bob, limited)
    for _ in range(2):
        hub.post("closed", "tools/call", ADD, token=token)
    servers.update_server(actor=None, server=limited, burst=3)
    hub.refresh()
    statuses = [hub.post("closed", "tools/call", ADD, token=token).status for _ in range(2)]
    assert statuses == [200, 429]
    servers.update_server(actor=None, server=limited, calls_per_minute=None, burst=None)
    hub.refresh()
    assert hub.post("closed", "tools/call", ADD, token=token).status == 200


def test_limit_costs_no_query_and_no_hop(hub, limited, bob):
    token = make.token(bob, limited)
    hub.post("closed", "tools/call", ADD, token=token)
    before = hub.offloaded
    with CaptureQueriesContext(connection) as captured:
        statuses = [hub.post("closed", "tools/call", ADD, token=token).status for _ in range(3)]
    assert statuses == [200, 429, 429]
    assert (len(captured), hub.offloaded - before) == (0, 0)


def test_what_was_let_through_is_announced_while_the_bus_is_there(hub, limited, bob, monkeypatch):
    sent = []
    token = make.token(bob, limited)
    monkeypatch.setattr(hub.runtime.limits, "_shared", True)
    monkeypatch.setattr(runtime.bus, "publish", lambda *said: sent.append(said))
    hub.post("closed", "tools/call", ADD, token=token)
    for alive in (False, True, True):
        monkeypatch.setattr(runtime.bus, "alive", lambda alive=alive: alive)
        hub.runtime.hearing.share_limits()
        hub.post("closed", "tools/call", ADD, token=token)
    ((topic, payload),) = sent
    assert topic == "limits" and payload.endswith(":1:6")


def test_what_others_announce_is_taken_from_the_buckets(hub, limited, bob):
    token = make.token(bob, limited)
    hub.post("closed", "tools/call", ADD, token=token)
    (bucket,) = hub.runtime.limits._buckets.values()
    runtime.bus._call("limits", f"another {bucket.name}:5:6")
    answer = hub.post("closed", "tools/call", ADD, token=token)
    assert (answer.status, answer.header("retry-after")) == (429, "50")
