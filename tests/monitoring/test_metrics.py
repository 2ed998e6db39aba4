import os
import subprocess
import sys

from prometheus_client import CollectorRegistry, Counter
from prometheus_client.parser import text_string_to_metric_families

from monitoring import metrics

EXPECTED = {
    "messages": ("mcphub_messages_total", ("method", "revision")),
    "tool_calls": ("mcphub_tool_calls_total", ("server", "tool", "outcome")),
    "tool_call_seconds": ("mcphub_tool_call_seconds", ("server",)),
    "resource_reads": ("mcphub_resource_reads_total", ("server", "outcome")),
    "prompt_gets": ("mcphub_prompt_gets_total", ("server", "outcome")),
    "auth_failures": ("mcphub_auth_failures_total", ("reason",)),
    "denials": ("mcphub_denials_total", ("reason",)),
    "streams_open": ("mcphub_streams_open", ()),
    "audit_queue_depth": ("mcphub_audit_queue_depth", ()),
}


def samples(text):
    return [
        sample
        for family in text_string_to_metric_families(text.decode())
        for sample in family.samples
    ]


def test_every_metric_has_its_name_and_labels():
    for attribute, (name, labels) in EXPECTED.items():
        metric = getattr(metrics, attribute)
        full = metric._name + ("_total" if metric._type == "counter" else "")
        assert (full, metric._labelnames) == (name, labels)


def test_a_counted_call_is_shown():
    metrics.child(metrics.tool_calls, "demo", "add", "ok").inc()
    shown = [s for s in samples(metrics.render()) if s.name == "mcphub_tool_calls_total"]
    labels = {"server": "demo", "tool": "add", "outcome": "ok"}
    assert [s.value for s in shown if s.labels == labels] == [1.0]


def test_beyond_a_thousand_series_everything_is_other():
    counter = Counter("many", "Many.", ["a", "b"], registry=CollectorRegistry())
    for number in range(1500):
        metrics.child(counter, str(number), "x").inc()
    series = next(iter(counter.collect())).samples
    totals = {tuple(s.labels.values()): s.value for s in series if s.name == "many_total"}
    assert len(totals) == 1000
    assert totals["other", "other"] == 501


def test_a_known_series_stays_itself_when_the_metric_is_full():
    counter = Counter("few", "Few.", ["a"], registry=CollectorRegistry())
    first = metrics.child(counter, "first")
    for number in range(1500):
        metrics.child(counter, str(number))
    assert metrics.child(counter, "first") is first


PROGRAM = """
import sys
from monitoring import metrics
metrics.child(metrics.denials, "scope").inc()
metrics.streams_open.inc(2)
if sys.argv[1:]:
    metrics.mark_dead(int(sys.argv[1]), sys.argv[2])
    sys.stdout.write(metrics.render().decode())
else:
    import os
    sys.stdout.write(str(os.getpid()))
"""


def test_processes_are_added_up_and_a_dead_ones_streams_are_forgotten(tmp_path):
    environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}

    def run(*arguments):
        command = [sys.executable, "-c", PROGRAM, *arguments]
        return subprocess.run(
            command, env=environment, capture_output=True, text=True, check=True
        ).stdout

    first = run()
    text = run(first, str(tmp_path))
    assert 'mcphub_denials_total{reason="scope"} 2.0' in text
    assert "mcphub_streams_open 2.0" in text
