"""recording.py: each call is counted once, under names the catalog knows."""

import pytest
from prometheus_client.parser import text_string_to_metric_families

from monitoring import metrics
from tests import make
from tests.hub import REVISIONS

ADD = {"name": "add", "arguments": {"a": 1, "b": 1}}


@pytest.fixture
def grown():
    """How much a series has grown since the test began."""
    before = _series()
    return lambda name, **labels: (
        _series().get(_key(name, labels), 0) - before.get(_key(name, labels), 0)
    )


def _series():
    return {
        _key(sample.name, sample.labels): sample.value
        for family in text_string_to_metric_families(metrics.render().decode())
        for sample in family.samples
    }


def _key(name, labels):
    return name, tuple(sorted(labels.items()))


@pytest.mark.parametrize(
    ("params", "tool", "outcome"),
    [
        (ADD, "add", "ok"),
        ({"name": "add"}, "add", "error"),
        ({"name": "fail"}, "fail", "error"),
        ({"name": "endless"}, "endless", "timeout"),
        ({"name": "crash", "arguments": {"key": "k"}}, "crash", "failed"),
        ({"name": "invented-by-a-client"}, "(unknown)", "denied"),
    ],
)
def test_call_is_counted_once(hub, grown, params, tool, outcome):
    hub.post("open", "tools/call", params)
    labels = {"server": "open", "tool": tool, "outcome": outcome}
    assert grown("mcphub_tool_calls_total", **labels) == 1
    assert grown("mcphub_tool_call_seconds_count", server="open") == 1


def test_names_of_clients_are_no_labels(hub):
    for number in range(3):
        hub.post("open", "tools/call", {"name": f"zz-invented-{number}"})
        hub.post("open", f"zz/invented-{number}", {}, revision="2025-11-25")
        hub.post("open", f"zz/invented-{number}", {}, id=None)
    assert b"zz-invented" not in metrics.render() and b"zz/invented" not in metrics.render()


def test_denial_is_counted_by_its_reason(hub, grown, bob):
    server = make.Server.objects.get(slug="open")
    make.rule(server, effect="deny", pattern="add")
    hub.refresh()
    hub.post("open", "tools/call", ADD)
    hub.post("open", "tools/call", {"name": "nothing"})
    assert grown("mcphub_denials_total", reason="denied_by_rule") == 1
    assert grown("mcphub_denials_total", reason="unknown") == 1


def test_reads_and_gets_are_counted(hub, grown):
    hub.post("open", "resources/read", {"uri": "test://note"})
    hub.post("open", "resources/read", {"uri": "test://void"})
    hub.post("open", "prompts/get", {"name": "ask", "arguments": {"about": "x"}})
    assert grown("mcphub_resource_reads_total", server="open", outcome="ok") == 1
    assert grown("mcphub_resource_reads_total", server="open", outcome="denied") == 1
    assert grown("mcphub_prompt_gets_total", server="open", outcome="ok") == 1


@pytest.mark.parametrize("revision", REVISIONS)
def test_message_is_counted_by_method_and_revision(hub, grown, revision):
    hub.post("open", "tools/list", revision=revision)
    assert grown("mcphub_messages_total", method="tools/list", revision=revision) == 1


@pytest.mark.parametrize("revision", REVISIONS)
def test_methods_that_clients_invent_are_counted_as_one(hub, grown, revision):
    hub.post("open", "no/such", revision=revision)
    hub.post("open", "nor/this", revision=revision)
    assert grown("mcphub_messages_total", method="other", revision=revision) == 2


@pytest.mark.parametrize(
    ("authorization", "reason"), [(None, "no_token"), ("Bearer x", "invalid_token")]
)
def test_refused_credential_is_counted(hub, grown, authorization, reason):
    hub.raw("GET", "nosuch", {"authorization": authorization} if authorization else {})
    assert grown("mcphub_auth_failures_total", reason=reason) == 1
