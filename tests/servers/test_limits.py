"""limits.py: token buckets in memory, and several processes that keep one limit together."""

import uuid

import pytest

from accounts.caller import Caller, nobody
from monitoring.bus.message import SIZE_LIMIT, Message, encode
from servers import limits
from servers.limits import TOPIC, Limits, network
from servers.snapshot import Rows, ServerRow, Snapshot, build

SERVER = uuid.uuid4()
BOB = Caller(server=SERVER, user=1, client="desk")
NOBODY = nobody()


class Clock:
    """A clock that goes when it is told to."""

    def __init__(self):
        self.now = 1_000_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def one(clock):
    return Limits(clock, shared=True)


@pytest.fixture
def two(clock):
    return Limits(clock, shared=True)


def server(per_minute, burst=None, public_id=SERVER):
    row = ServerRow(1, public_id, "s", "S", "", "public", None, "", (), per_minute, burst)
    return build(Rows(1, [row], [], {}, frozenset()), Snapshot(), "0").servers["s"]


def through(limits, where, caller=BOB, address="", tries=1_000):
    """Call until it is refused, or so often; return how many calls were let through."""
    for number in range(tries):
        if limits.take(where, caller, address):
            return number
    return tries


def share(*processes):
    """Hand what each process announces to all, itself included, as the bus does."""
    for process in processes:
        for payload in process.spent():
            for other in processes:
                other.heard(payload)


def test_server_without_a_limit_lets_everything_through(one):
    assert through(one, server(None)) == 1_000
    assert one.spent() == []


@pytest.mark.parametrize(("per_minute", "burst", "let"), [(60, None, 60), (60, 5, 5), (5, 60, 60)])
def test_burst_is_let_through_and_no_more(one, per_minute, burst, let):
    assert through(one, server(per_minute, burst)) == let


def test_wait_is_until_the_next_call_would_be_let_through(one, clock):
    where = server(6, 2)
    through(one, where)
    assert one.take(where, BOB, "") == pytest.approx(10.0)
    clock.now += 4
    wait = one.take(where, BOB, "")
    assert wait == pytest.approx(6.0)
    clock.now += wait
    assert one.take(where, BOB, "") == 0.0
    assert one.take(where, BOB, "") == pytest.approx(10.0)


def test_refused_calls_cost_nothing(one, clock):
    where = server(60, 1)
    assert through(one, where) == 1
    assert [one.take(where, BOB, "") for _ in range(50)] == [1.0] * 50
    clock.now += 1
    assert through(one, where) == 1


def test_bucket_fills_up_and_no_further(one, clock):
    where = server(60, 10)
    through(one, where)
    clock.now += 3
    assert through(one, where) == 3
    clock.now += 86_400
    assert through(one, where) == 10


def test_fractions_of_a_call_add_up(one, clock):
    where = server(7, 1)
    through(one, where)
    for _ in range(70):
        clock.now += 60 / 70
        one.take(where, BOB, "")
    assert one.take(where, BOB, "") > 0.0
    clock.now += 60 / 7
    assert one.take(where, BOB, "") == 0.0


@pytest.mark.parametrize(
    ("other", "address"),
    [
        (Caller(server=SERVER, user=2, client="desk"), ""),
        (Caller(server=SERVER, user=1, client="phone"), ""),
        (NOBODY, "192.0.2.1"),
        (NOBODY, ""),
    ],
)
def test_other_caller_has_a_bucket_of_their_own(one, other, address):
    where = server(60, 3)
    through(one, where)
    assert through(one, where, other, address) == 3


def test_other_server_has_a_bucket_of_its_own(one):
    through(one, server(60, 3))
    assert through(one, server(60, 3, uuid.uuid4())) == 3


def test_another_token_of_the_same_person_and_client_shares_the_bucket(one):
    where = server(60, 3)
    through(one, where)
    again = Caller(server=SERVER, user=1, client="desk", scopes=frozenset({"mcp:read"}))
    assert through(one, where, again) == 0


@pytest.mark.parametrize(
    ("address", "same", "other"),
    [
        ("192.0.2.1", "::ffff:192.0.2.1", "192.0.2.2"),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "2001:db8:1:3::1"),
    ],
)
def test_nobody_in_particular_is_known_by_the_network(one, address, same, other):
    where = server(60, 3)
    through(one, where, NOBODY, address)
    assert through(one, where, NOBODY, same) == 0
    assert through(one, where, NOBODY, other) == 3


@pytest.mark.parametrize("address", ["", "unix", "fe80::1%eth0", "x" * 1000])
def test_address_that_is_none_still_stands_for_somebody(address):
    assert len(network(address)) <= 64


def test_changed_limit_holds_for_buckets_in_use(one, clock):
    assert through(one, server(60, 10)) == 10
    assert through(one, server(60, 15)) == 5
    assert one.take(server(60, 5), BOB, "") == pytest.approx(11.0)
    assert one.take(server(600, 5), BOB, "") == pytest.approx(1.1)
    clock.now += 1.1
    assert one.take(server(600, 5), BOB, "") == 0.0
    assert one.take(server(None), BOB, "") == 0.0


def test_memory_is_bounded_and_the_quietest_is_forgotten(one, monkeypatch):
    monkeypatch.setattr(limits, "MOST_BUCKETS", 3)
    where = server(60, 1)
    for name in "abcad":
        one.take(where, NOBODY, name)
    assert (len(one._buckets), len(one._by_key)) == (3, 3)
    waits = {name: one.take(where, NOBODY, name) for name in "acd"}
    assert waits == {"a": 1.0, "c": 1.0, "d": 1.0}
    assert one.take(where, NOBODY, "b") == 0.0


# --- several processes ----------------------------------------------------------------------------


def test_what_one_process_let_through_is_taken_from_the_other(one, two):
    where = server(60, 10)
    assert through(one, where, tries=8) == 8
    share(one, two)
    assert through(two, where) == 2
    share(one, two)
    assert (through(one, where), through(two, where)) == (0, 0)


def test_together_they_let_through_one_limit_and_not_two(one, two, clock):
    where = server(60, 30)
    total = 0
    for _ in range(600):
        total += through(one, where, tries=10) + through(two, where, tries=10)
        share(one, two)
        clock.now += 1
    assert 600 <= total <= 30 + 600 + 30


def test_caller_who_stays_on_one_process_is_let_through_at_full_rate(one, two, clock):
    where = server(60, 30)
    for _ in range(600):
        assert one.take(where, BOB, "") == 0.0
        share(one, two)
        clock.now += 1
    assert through(two, where) in {29, 30}


def test_own_announcement_changes_nothing(one):
    where = server(60, 10)
    through(one, where, tries=5)
    share(one)
    assert through(one, where) == 5


def test_nothing_is_announced_when_nothing_was_let_through(one):
    where = server(60, 1)
    assert one.spent() == []
    one.take(where, BOB, "")
    assert len(one.spent()) == 1
    one.take(where, BOB, "")
    assert one.spent() == []


def test_process_on_its_own_announces_nothing(clock):
    alone = Limits(clock, shared=False)
    through(alone, server(60, 10))
    assert alone.spent() == []


def test_announcements_fit_the_bus_and_name_nobody(one, two):
    where = server(1_000_000_000, 1_000_000_000)
    addresses = [f"198.51.100.{number % 256}.{number}" for number in range(450)]
    for address in addresses:
        one.take(where, NOBODY, address)
    for bucket in one._buckets.values():
        bucket.fresh = 99_999_999
    payloads = one.spent()
    assert len(payloads) == 3
    for payload in payloads:
        assert len(encode(Message("f" * 32, TOPIC, payload))) <= SIZE_LIMIT
        assert "198.51" not in payload
        two.heard(payload)
    assert len(two._buckets) == 450


def test_forgotten_bucket_can_still_be_announced(one, monkeypatch):
    monkeypatch.setattr(limits, "MOST_BUCKETS", 1)
    where = server(60, 1)
    for name in "ab":
        one.take(where, NOBODY, name)
    assert one.spent()[0].count(":1:60") == 2


def test_bucket_known_only_by_hearsay_is_bounded_too(one, two, monkeypatch):
    monkeypatch.setattr(limits, "MOST_BUCKETS", 2)
    where = server(60, 1)
    for name in "abc":
        one.take(where, NOBODY, name)
    share(one, two)
    assert (len(two._buckets), len(two._by_key)) == (2, 0)
    assert two.take(where, NOBODY, "c") == 1.0
