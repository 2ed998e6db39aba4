"""What a drill is judged by."""

import pytest

from servers.jobs.crews import Crew
from tests.drill.judging import process_of


@pytest.mark.parametrize(
    ("worker", "pid"),
    [
        (Crew("host:12", "threads", 4).works_as, 12),
        (Crew("host:12", "prefork", 4, "34").works_as, 34),
        ("", 0),
    ],
)
def test_process_that_worked_is_read_from_its_name(worker, pid):
    assert process_of(worker) == pid
