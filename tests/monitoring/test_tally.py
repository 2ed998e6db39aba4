from prometheus_client import CollectorRegistry, Counter, Histogram

from monitoring import metrics
from monitoring.tally import Tally


def test_what_was_counted_reaches_the_metrics_when_it_is_handed_over():
    registry = CollectorRegistry()
    calls = Counter("calls_total", "Calls.", registry=registry)
    seconds = Histogram("seconds", "Time.", buckets=metrics.SECONDS, registry=registry)
    tally = Tally()
    cell = tally.cell(calls, seconds)
    for took in (0.0004, 0.0005, 0.02, 99.0):
        cell.add(took)
    assert registry.get_sample_value("calls_total") == 0
    tally.hand_over()
    tally.hand_over()
    assert registry.get_sample_value("calls_total") == 4
    assert registry.get_sample_value("seconds_bucket", {"le": "0.0005"}) == 2
    assert registry.get_sample_value("seconds_bucket", {"le": "0.025"}) == 3
    assert registry.get_sample_value("seconds_count") == 4
    assert registry.get_sample_value("seconds_sum") == 0.0004 + 0.0005 + 0.02 + 99.0


def test_a_durations_sum_is_the_same_as_if_each_had_been_observed():
    registry = CollectorRegistry()
    one, other = (
        Histogram(name, "Time.", buckets=metrics.SECONDS, registry=registry) for name in "ab"
    )
    cell = Tally().cell(Counter("n_total", "N.", registry=registry), one)
    for took in (0.001, 0.3, 12.5, 30.0, 31.0):
        cell.add(took)
        other.observe(took)
    cell.hand_over()
    seen = {sample.labels.get("le"): sample.value for sample in one.collect()[0].samples}
    want = {sample.labels.get("le"): sample.value for sample in other.collect()[0].samples}
    seen.pop(None), want.pop(None)
    assert seen == want
