from datetime import UTC, datetime, timedelta

from mcphub.overview.charts import HEIGHT, WIDTH, calls_chart, durations_chart
from monitoring.usage.quantiles import EMPTY
from monitoring.usage.reading import Point

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def points(*calls: int, errors: int = 0) -> list[Point]:
    made = []
    for number, count in enumerate(calls):
        buckets = list(EMPTY)
        buckets[3] = count
        at = BEGIN + timedelta(minutes=number)
        made.append(Point(at, calls=count, errors=min(errors, count), buckets=buckets))
    return made


def test_the_busiest_step_is_as_high_as_the_chart() -> None:
    chart = calls_chart(points(1, 4, 2))
    assert chart.top == "4"
    assert [bar.height for bar in chart.bars] == [HEIGHT / 4, HEIGHT, HEIGHT / 2]
    assert all(bar.top + bar.height == HEIGHT for bar in chart.bars)
    assert chart.bars[-1].x + chart.bars[-1].width <= WIDTH


def test_what_went_wrong_is_part_of_the_bar() -> None:
    (bar,) = calls_chart(points(4, errors=1)).bars
    assert (bar.wrong_height, bar.wrong_top) == (HEIGHT / 4, HEIGHT * 3 / 4)


def test_no_call_at_all_draws_nothing() -> None:
    assert {bar.height for bar in calls_chart(points(0, 0)).bars} == {0}
    assert all(not line.parts and not line.dots for line in durations_chart(points(0, 0)).lines)


def test_steps_without_a_call_interrupt_a_line() -> None:
    for line in durations_chart(points(1, 1, 0, 1, 0, 1, 1)).lines:
        assert (len(line.parts), len(line.dots)) == (2, 1)


def test_a_chart_ends_where_its_last_step_does() -> None:
    chart = calls_chart(points(1, 1, 1, 1))
    assert (chart.begin, chart.middle, chart.end) == (
        BEGIN,
        BEGIN + timedelta(minutes=2),
        BEGIN + timedelta(minutes=4),
    )
