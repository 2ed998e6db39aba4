import re

import pytest

from monitoring.tracing import trace_id_of

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


@pytest.mark.parametrize("version", ["00", "cc"])
def test_the_trace_of_a_valid_header_is_taken_over(version):
    header = f"{version}-{TRACE}-{PARENT}-01"
    assert trace_id_of(header) == TRACE


def test_a_later_version_may_carry_more():
    assert trace_id_of(f"01-{TRACE}-{PARENT}-01-more") == TRACE


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "junk",
        f"00-{TRACE}-{PARENT}",
        f"00-{TRACE}-{PARENT}-01-more",
        f"00-{TRACE}-{PARENT}-01\n",
        f"ff-{TRACE}-{PARENT}-01",
        f"00-{'0' * 32}-{PARENT}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE.upper()}-{PARENT}-01",
        f"01-{TRACE}-{PARENT}-01-{'x' * 10_000}",
    ],
)
def test_anything_else_begins_a_new_trace(header):
    made = trace_id_of(header)
    assert re.fullmatch("[0-9a-f]{32}", made)
    assert made != trace_id_of(header)
