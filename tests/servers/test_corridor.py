"""corridor.py: find, judge, run, record, on the serving hub; and no query on a hot call."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.scopes import DESTRUCTIVE, PROMPTS, READ, WRITE
from catalog.models import Entry, Source
from monitoring import audit
from monitoring.models import AuditEvent
from servers.models import ServerEntry
from tests import gates, make
from tests.hub import REVISIONS, published

ADD = {"name": "add", "arguments": {"a": 1, "b": 1}}
ALL = (READ, WRITE, DESTRUCTIVE, PROMPTS)


@pytest.fixture
def closed(hub, bob):
    """A server for bob's team alone."""
    server = published("closed", Source.objects.get(), team=bob.teams.get())
    hub.refresh()
    return server


def endings():
    audit.flush()
    events = AuditEvent.objects.filter(kind__in=["call", "read", "get"]).order_by("id")
    return [(event.entry, event.outcome) for event in events]


@pytest.mark.parametrize("revision", REVISIONS)
@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("tools/call", ADD),
        ("tools/call", {"name": "pooled", "arguments": {"text": "x"}}),
        ("tools/call", {"name": "nothing"}),
        ("tools/list", {}),
        ("prompts/list", {}),
        ("resources/read", {"uri": "test://by/anna/1"}),
        ("prompts/get", {"name": "ask", "arguments": {"about": "x"}}),
    ],
)
def test_hot_request_makes_no_query_and_no_hop(hub, closed, bob, method, params, revision):
    token = make.token(bob, closed, scopes=ALL)
    session = None if revision == REVISIONS[3] else hub.session("closed", revision, token)
    asked = {"revision": revision, "token": token, "session": session}
    hub.post("closed", method, params, **asked)
    before = hub.offloaded
    with CaptureQueriesContext(connection) as captured:
        for _ in range(5):
            hub.post("closed", method, params, **asked)
    assert (len(captured), hub.offloaded - before) == (0, 0)


def test_durable_call_is_committed_before_its_answer(hub, closed, bob):
    Entry.objects.filter(name="write").update(durable=True)
    hub.refresh()
    params = {"name": "write", "arguments": {"text": "x"}}
    answer = hub.post("closed", "tools/call", params, token=make.token(bob, closed))
    assert answer.text == "written"
    assert AuditEvent.objects.filter(entry="write", outcome="ok").count() == 1


def test_durable_matters_only_to_what_writes(hub, closed, bob):
    Entry.objects.filter(name="add").update(durable=True)
    hub.refresh()
    hub.post("closed", "tools/call", ADD, token=make.token(bob, closed))
    assert not AuditEvent.objects.filter(entry="add").exists()


def test_exposed_name_leads_to_the_entry_behind_it(hub, closed, bob):
    ServerEntry.objects.filter(server=closed, exposed_name="add").update(exposed_name="plus")
    hub.refresh()
    token = make.token(bob, closed)
    assert hub.post("closed", "tools/call", {**ADD, "name": "plus"}, token=token).text == "2"
    assert hub.post("closed", "tools/call", ADD, token=token).code == -32602
    assert endings() == [("plus", "ok"), ("add", "denied")]


def test_function_that_vanished_is_unavailable_not_broken(hub, closed, bob):
    row = ServerEntry.objects.get(server=closed, exposed_name="add")
    ghost = make.entry(Source.objects.get(), "ghost", body={**_body(row), "name": "ghost"})
    ServerEntry.objects.create(server=closed, entry=ghost, kind="tool", exposed_name="ghost")
    hub.refresh()
    answer = hub.post(
        "closed", "tools/call", {**ADD, "name": "ghost"}, token=make.token(bob, closed)
    )
    assert answer.result["isError"] is True and "not loaded" in answer.text


def _body(row):
    """Return an entry's definition."""
    return json.loads(row.entry.current.definition.body)


@pytest.mark.behaviour("H7")
@pytest.mark.parametrize("revision", REVISIONS)
def test_result_that_breaks_its_promise_is_an_internal_error(hub, closed, bob, caplog, revision):
    row = ServerEntry.objects.get(server=closed, exposed_name="add")
    body = _body(row)
    body["outputSchema"]["properties"]["result"] = {"type": "string"}
    row.entry.delete()
    entry = make.entry(Source.objects.get(), "add", body=body)
    ServerEntry.objects.create(server=closed, entry=entry, kind="tool", exposed_name="add")
    hub.refresh()
    token = make.token(bob, closed)
    answer = hub.post("closed", "tools/call", ADD, revision=revision, token=token)
    assert answer.result["isError"] is True and "internal error" in answer.text
    assert "outputSchema" in caplog.text
    assert endings() == [("add", "failed")]


def test_template_that_may_be_used_is_preferred(hub, bob):
    source = Source.objects.get()
    server = published("two", source)
    first = make.entry(
        source, "first", "template", body={"name": "first", "uriTemplate": "test://by/{name}/7"}
    )
    ServerEntry.objects.create(
        server=server, entry=first, kind="template", exposed_name="test://by/{name}/7"
    )
    make.rule(server, effect="deny", pattern="test://by/{name}/7")
    hub.refresh()
    assert hub.post("two", "resources/read", {"uri": "test://by/anna/7"}).result["contents"]


def test_denied_template_is_recorded_as_itself(hub, closed, bob):
    make.rule(closed, effect="deny", pattern="test://by/*")
    hub.refresh()
    token = make.token(bob, closed)
    hub.post("closed", "resources/read", {"uri": "test://by/anna/7"}, token=token)
    assert endings() == [("test://by/{name}/{page}", "denied")]


@pytest.mark.parametrize(("name", "outcome"), [("endless", "timeout"), ("crash", "failed")])
def test_call_that_goes_wrong_is_recorded(hub, name, outcome):
    arguments = {"key": "k"} if name == "crash" else {}
    hub.post("open", "tools/call", {"name": name, "arguments": arguments})
    assert endings() == [(name, outcome)]


def test_cancelled_call_is_recorded(hub):
    params = {"name": "hold", "arguments": {"steps": 1}}
    exchange = hub.begin("open", "tools/call", params, meta={"progressToken": 1})
    exchange.wait_for(lambda answer: b"progress" in answer.body)
    exchange.disconnect()
    exchange.finish()
    assert endings() == [("hold", "cancelled")] and gates.done == ["holds", "stopped"]


def test_every_call_of_many_at_once_is_recorded(hub):
    exchanges = [hub.begin("open", "tools/call", ADD, id=number) for number in range(50)]
    answers = [exchange.finish() for exchange in exchanges]
    assert [answer.message["id"] for answer in answers] == list(range(50))
    assert endings() == [("add", "ok")] * 50
