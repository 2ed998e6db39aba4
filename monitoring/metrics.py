"""Every metric of the hub, declared here and nowhere else.

Label values are bounded: a metric has at most 1,000 series, what comes later is counted under
`other`. Works across processes when the launcher has set PROMETHEUS_MULTIPROC_DIR before anything
was imported: prometheus_client then keeps the numbers in files, and render() adds them up.
"""

import threading
from collections import defaultdict
from collections.abc import Callable
from typing import TypeVar

from prometheus_client import (
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    multiprocess,
    values,
)
from prometheus_client import generate_latest as _generate
from prometheus_client.metrics import MetricWrapperBase

SERIES_LIMIT = 1_000
OTHER = "other"
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
JOB_SECONDS = (0.01, 0.05, 0.25, 1, 5, 15, 60, 300, 900, 3600)
SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)

messages = Counter("mcphub_messages_total", "Messages from clients.", ["method", "revision"])
tool_calls = Counter("mcphub_tool_calls_total", "Tool calls.", ["server", "tool", "outcome"])
tool_call_seconds = Histogram(
    "mcphub_tool_call_seconds", "Duration of tool calls.", ["server"], buckets=SECONDS
)
resource_reads = Counter("mcphub_resource_reads_total", "Resources read.", ["server", "outcome"])
prompt_gets = Counter("mcphub_prompt_gets_total", "Prompts got.", ["server", "outcome"])
auth_failures = Counter("mcphub_auth_failures_total", "Refused credentials.", ["reason"])
denials = Counter("mcphub_denials_total", "Calls the policy denied.", ["reason"])
streams_open = Gauge("mcphub_streams_open", "Open streams.", multiprocess_mode="livesum")
streams_refused = Counter("mcphub_streams_refused_total", "Streams without a place.", ["reason"])
streams_cut = Counter("mcphub_streams_cut_total", "Streams cut because their clients did not read.")
audit_queue_depth = Gauge(
    "mcphub_audit_queue_depth", "Audit events not committed yet.", multiprocess_mode="livesum"
)

jobs_ended = Counter("mcphub_jobs_ended_total", "Jobs that ended.", ["outcome"])
job_wait_seconds = Histogram(
    "mcphub_job_wait_seconds", "From acceptance to the beginning of a job.", buckets=JOB_SECONDS
)
job_run_seconds = Histogram(
    "mcphub_job_run_seconds", "From the beginning of a job to its end.", buckets=JOB_SECONDS
)
job_leases_reaped = Counter("mcphub_job_leases_reaped_total", "Jobs taken from lost workers.")

jobs = Gauge("mcphub_jobs", "Open jobs.", ["state"], multiprocess_mode="mostrecent")
job_oldest_queued_seconds = Gauge(
    "mcphub_job_oldest_queued_seconds",
    "How long the job has been due that waits longest for a worker.",
    multiprocess_mode="mostrecent",
)
workers_able = Gauge(
    "mcphub_worker_processes",
    "Processes that are able to work on jobs.",
    multiprocess_mode="livesum",
)

Metric = TypeVar("Metric", bound=MetricWrapperBase)

_series: defaultdict[MetricWrapperBase, set[tuple[str, ...]]] = defaultdict(set)
_lock = threading.Lock()
_MULTIPROCESS: bool = values.ValueClass._multiprocess


def child(metric: Metric, *labels: str) -> Metric:
    """Give the series for these label values, or the one for `other` when there are too many.

    Callers keep the child: counting on it costs 0.25 us, finding it again 1 us.
    """
    with _lock:
        known = _series[metric]
        if labels not in known:
            if len(known) >= SERIES_LIMIT - 1:
                labels = (OTHER,) * len(labels)
            known.add(labels)
    return metric.labels(*labels)


def open_streams() -> int:
    """Return how many streams this process has open."""
    return int(streams_open._value.get())


before_render: list[Callable[[], None]] = []
"""Called before the numbers are written: whoever still holds some hands them over."""


measures: list[Callable[[], None]] = []
"""Called then too, and may ask the database: numbers that are looked up rather than counted."""


def render() -> bytes:
    """Write all metrics as text, summed over the hub's processes where there are several; blocks."""
    for act in (*before_render, *measures):
        act()
    return _generate(_registry())


def value(name: str) -> float:
    """Return a metric without labels, over all processes; 0 for one that nobody set."""
    return _registry().get_sample_value(name) or 0.0


def _registry() -> CollectorRegistry:
    if not _MULTIPROCESS:
        return REGISTRY
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return registry


def mark_dead(pid: int, folder: str) -> None:
    """Forget the gauges of a process that has died, so that its streams are not counted on.

    `folder` is where the processes keep their numbers: whoever started them need not be one.
    """
    multiprocess.mark_process_dead(pid, folder)  # type: ignore[no-untyped-call]
