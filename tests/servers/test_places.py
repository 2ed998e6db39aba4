"""places.py: how many streams each may have open, here and over several processes."""

import random
import uuid

import pytest

from accounts.caller import Caller, nobody
from monitoring.bus.message import SIZE_LIMIT, Message, encode
from servers import places as module
from servers.places import TOPIC, Places
from servers.protocol.errors import TooManyStreams
from servers.snapshot import Rows, ServerRow, Snapshot, build

BOB = Caller(server=uuid.uuid4(), user=1, client="desk")
PHONE = Caller(server=BOB.server, user=1, client="phone")
CARLA = Caller(server=BOB.server, user=2, client="desk")
MACHINE = Caller(server=BOB.server, client="machine")
NOBODY = nobody()


class Clock:
    """A clock that goes when it is told to."""

    now = 1_000_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def one(clock):
    return Places(3, 100, clock, shared=True)


@pytest.fixture
def two(clock):
    return Places(3, 100, clock, shared=True)


def server(slug="s"):
    row = ServerRow(1, uuid.uuid5(uuid.NAMESPACE_DNS, slug), slug, "S", "", "public", None, "", ())
    return build(Rows(1, [row], [], {}, frozenset()), Snapshot(), "0").servers[slug]


HERE = server()


def taken(places, caller=BOB, address="", where=HERE, tries=1_000):
    """Take places until there is none, or so many; return them."""
    found = []
    for _ in range(tries):
        try:
            found.append(places.take(where, caller, address))
        except TooManyStreams:
            break
    return found


def refusal(places, caller=BOB, address="", name=""):
    """Return why there is no place."""
    with pytest.raises(TooManyStreams) as refused:
        places.take(HERE, caller, address, name)
    return refused.value.reason


def share(*processes):
    """Hand what each process says to all, itself included, as the bus does."""
    for process in processes:
        for payload in process.said():
            for other in processes:
                other.heard(payload)


def holds_nothing(places):
    return (len(places), places._holders, places._leaving) == (0, {}, 0)


def test_so_many_are_given_and_one_that_is_given_back_is_given_again(one):
    mine = taken(one)
    assert len(mine) == 3 and refusal(one) == "user"
    mine[1].give_back()
    assert len(taken(one)) == 1


def test_place_that_is_given_back_twice_counts_once(one):
    first, *_others = taken(one)
    for _ in range(3):
        first.give_back()
    assert len(taken(one)) == 1


def test_all_clients_of_a_user_are_one(one):
    assert len(taken(one)) == 3 and taken(one, PHONE) == []


@pytest.mark.parametrize(
    ("caller", "address"), [(CARLA, ""), (MACHINE, ""), (NOBODY, "192.0.2.1"), (NOBODY, "")]
)
def test_other_callers_have_places_of_their_own(one, caller, address):
    taken(one)
    assert len(taken(one, caller, address)) == 3


def test_other_server_has_places_of_its_own(one):
    taken(one)
    assert len(taken(one, where=server("other"))) == 3


@pytest.mark.parametrize(
    ("first", "second", "alike"),
    [
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8::1", "2001:db8::ffff:2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
    ],
)
def test_who_shows_no_token_is_counted_by_network(one, first, second, alike):
    assert len(taken(one, NOBODY, first)) == 3
    assert len(taken(one, NOBODY, second)) == (0 if alike else 3)
    assert refusal(one, NOBODY, first) == "address"


def test_address_of_who_is_somebody_does_not_count(one):
    taken(one, address="192.0.2.1")
    assert refusal(one, address="192.0.2.2") == "user"


def test_process_has_an_end_for_all_together(clock):
    few = Places(3, 5, clock, shared=False)
    mine, hers = taken(few), taken(few, CARLA)
    assert (len(mine), len(hers)) == (3, 2)
    assert refusal(few, NOBODY, "192.0.2.1") == "process"
    mine[0].give_back()
    assert len(taken(few, NOBODY, "192.0.2.1")) == 1


@pytest.mark.parametrize(
    ("reason", "seconds", "text"),
    [
        ("user", 5, "Too many of your streams are open on this server; try again in 5 s."),
        (
            "address",
            5,
            "Too many streams from your address are open on this server; try again in 5 s.",
        ),
        ("process", 15, "The hub has as many streams open as it can hold; try again in 15 s."),
    ],
)
def test_refusal_says_why_and_when_to_come_again(reason, seconds, text):
    refused = TooManyStreams(reason)
    assert (refused.code, refused.status, refused.retry_after) == (429, 429, seconds)
    assert refused.message == text


# --- who comes back -------------------------------------------------------------------------------


def test_who_comes_back_under_a_name_has_the_place_of_the_one_before(one):
    before = one.take(HERE, BOB, "", "session")
    assert len(taken(one)) == 2
    after = one.take(HERE, BOB, "", "session")
    assert before.taken_over and after.took_over and not after.taken_over
    assert refusal(one) == "user"
    before.give_back()
    assert refusal(one) == "user"  # it had none any more
    after.give_back()
    assert len(taken(one)) == 1


def test_stream_can_be_named_when_it_is_open_already(one):
    before = one.take(HERE, BOB, "")
    before.known_as("stream")
    taken(one)
    after = one.take(HERE, BOB, "", "stream")
    assert before.taken_over and after.took_over


@pytest.mark.parametrize("caller", [CARLA, NOBODY])
def test_name_of_another_opens_nothing(one, caller):
    theirs = one.take(HERE, BOB, "", "session")
    taken(one, caller, "192.0.2.1")
    refusal(one, caller, "192.0.2.1", "session")
    assert not theirs.taken_over


def test_name_on_another_server_opens_nothing(one):
    theirs = one.take(server("other"), BOB, "", "session")
    taken(one)
    refusal(one, name="session")
    assert not theirs.taken_over


def test_name_whose_place_was_given_back_opens_nothing(one):
    before = one.take(HERE, BOB, "", "session")
    before.give_back()
    taken(one)
    assert refusal(one, name="session") == "user"


def test_who_was_taken_over_can_be_named_no_more(one):
    before = one.take(HERE, BOB, "", "session")
    after = one.take(HERE, BOB, "", "session")
    before.known_as("stream")
    taken(one)
    refusal(one, name="stream")
    for each in (before, after):
        each.give_back()
    assert len(one) == 2


def test_full_process_takes_who_comes_back_but_no_more_than_it_can_bear(clock):
    full = Places(100, 32, clock, shared=False)
    first = [full.take(HERE, BOB, "", str(number)) for number in range(32)]
    assert refusal(full) == "process"
    came = 0
    for number in range(32):  # at once, before the connections of old are closed
        try:
            full.take(HERE, BOB, "", str(number))
        except TooManyStreams:
            break
        came += 1
    assert came == 1 + 32 // module.LEAVING
    for each in first[:came]:
        each.give_back()
    full.take(HERE, BOB, "", str(came))
    assert refusal(full) == "process"


# --- several processes ----------------------------------------------------------------------------


def test_places_of_one_process_count_at_the_other(one, two):
    mine = taken(one, tries=2)
    share(one, two)
    assert len(taken(two)) == 1
    share(one, two)
    assert refusal(one) == refusal(two) == "user"
    mine[0].give_back()
    share(one, two)
    assert len(taken(two)) == 1 and taken(two, CARLA) != []


def test_nothing_is_said_where_nothing_has_changed(one, two):
    taken(one)
    share(one, two)
    assert one.said() == two.said() == []


def test_process_alone_says_nothing(clock):
    alone = Places(3, 100, clock, shared=False)
    taken(alone)
    clock.now += 10 * module.WHOLE_SECONDS
    assert alone.said() == [] and alone._changed == {}


def test_who_comes_back_to_another_process_has_the_place_of_the_one_before(one, two):
    before = [one.take(HERE, BOB, "", str(number)) for number in range(3)]
    share(one, two)
    after = [two.take(HERE, BOB, "", str(number)) for number in range(3)]
    for each in before:  # it heard that they are taken over
        each.give_back()
    share(one, two)
    assert refusal(one) == refusal(two) == "user"
    for each in after:
        each.give_back()
    share(one, two)
    assert len(taken(one)) == 3


def test_name_that_was_taken_over_from_another_process_opens_nothing_more(one, two):
    before = one.take(HERE, BOB, "", "session")
    taken(one)
    share(one, two)
    after = two.take(HERE, BOB, "", "session")
    assert refusal(two) == "user"
    after.give_back()
    assert before is not None and len(taken(two)) == 1


def test_process_that_says_nothing_any_more_is_forgotten(one, two, clock):
    taken(one)
    share(one, two)
    clock.now += module.FORGET_SECONDS
    two.said()
    assert refusal(two) == "user"
    clock.now += 0.1
    two.said()
    assert len(taken(two)) == 3


def test_process_that_lives_is_not_forgotten_however_little_changes(one, two, clock):
    taken(one)
    for _ in range(10):
        share(one, two)
        clock.now += module.WHOLE_SECONDS
    assert refusal(two) == "user"


def test_change_that_was_not_heard_is_put_right_soon(one, two, clock):
    mine = taken(one)
    share(one, two)
    for each in mine:
        each.give_back()
    taken(one, CARLA, tries=1)
    one.said()  # lost
    assert refusal(two) == "user"
    clock.now += module.WHOLE_SECONDS
    share(one, two)
    assert len(taken(two)) == 3 and len(taken(two, CARLA)) == 2


def test_many_names_are_said_in_pieces_that_the_bus_takes(clock):
    one, two = (Places(5_000, 10_000, clock, shared=True) for _ in range(2))
    for number in range(4_000):
        one.take(HERE, BOB, "", str(number))
    taken(one, CARLA, tries=7)
    said = one.said()
    origin = "0" * 32
    assert max(len(encode(Message(origin, TOPIC, each)).encode()) for each in said) <= SIZE_LIMIT
    for payload in said:
        two.heard(payload)
    (other,) = two._others.values()
    found = {each.taken: len(each.names) for each in other.holders.values()}
    assert found == {4_000: 4_000, 7: 0}


def test_what_others_say_is_bounded(one, two, clock, monkeypatch):
    monkeypatch.setattr(module, "MOST_HOLDERS", 10)
    for number in range(20):
        taken(one, NOBODY, f"192.0.2.{number}", tries=1)
    share(one, two)
    (other,) = two._others.values()
    assert len(other.holders) == 10


def test_nothing_is_left_whatever_the_order(one, two):
    """Places come and go at random, on two processes, with names and without."""
    order = random.Random(5)
    held = []
    for _ in range(3_000):
        if held and order.random() < 0.5:
            held.pop(order.randrange(len(held))).give_back()
        else:
            process, name = order.choice((one, two)), order.choice(("", "", "a", "b"))
            caller = order.choice((BOB, PHONE, CARLA, NOBODY))
            try:
                held.append(process.take(HERE, caller, "192.0.2.1", name))
            except TooManyStreams:
                continue
        if order.random() < 0.2:
            share(one, two)
    for each in held:
        each.give_back()
    share(one, two)
    for process in (one, two):
        assert holds_nothing(process)
        assert all(not other.holders for other in process._others.values())


def test_nobody_has_more_connections_that_are_about_to_end_than_places(one):
    held = [one.take(HERE, BOB, "", "session") for _ in range(3)]
    assert [place.taken_over for place in held] == [True, True, False]
    held.append(one.take(HERE, BOB, "", "session"))
    assert len(taken(one, tries=2)) == 2
    assert refusal(one, name="session") == "user" and len(one) == 6
    assert refusal(one) == "user"
    held[0].give_back()
    last = one.take(HERE, BOB, "", "session")
    assert held[-1].taken_over and not last.taken_over


def test_holder_whose_connections_have_all_ended_is_forgotten(one):
    first = one.take(HERE, BOB, "", "session")
    second = one.take(HERE, BOB, "", "session")
    second.give_back()
    assert len(one) == 1 and len(one._holders) == 1
    first.give_back()
    assert holds_nothing(one)


def test_connection_whose_place_is_taken_over_is_told_to_leave(one):
    left = []
    held = [one.take(HERE, BOB, "", "session") for _ in range(1)]
    held[0].leave = lambda: (left.append(held[0]), held[0].give_back())
    for _ in range(5):
        held.append(one.take(HERE, BOB, "", "session"))
        held[-1].leave = held[-1].give_back
    assert left == held[:1] and len(one) == 1 and one._leaving == 0
    held[-1].give_back()
    assert holds_nothing(one)
