"""tokens.py: the memory of who tokens belong to."""

import asyncio
import uuid

import pytest

from accounts import tokens
from accounts.caller import Caller
from accounts.tokens import (
    DEAF_SECONDS,
    HEARING_SECONDS,
    UNKNOWN_SECONDS,
    Principal,
    Principals,
    digest,
)

SERVER = uuid.UUID(int=1)


class World:
    """The database, the clock and the bus of a test, and a memory that stands on them."""

    def __init__(self):
        self.now, self.hearing, self.reads = 1000.0, True, []
        self.rows, self.readings = {}, []
        self.during = None
        self.hold = None
        self.memory = Principals(self._read, self._offload, lambda: self.hearing, lambda: self.now)

    def give(self, name, *, user=1, keys=()):
        caller = Caller(server=SERVER, user=user, client=name)
        self.rows[name] = Principal(caller, (f"token:{name}", f"user:{user}", *keys))

    def _read(self, names):
        self.reads.extend(names)
        self.readings.append(list(names))
        rows = {name: self.rows[name] for name in names if name in self.rows}
        if self.during:
            self.during, act = None, self.during
            act()
        for row in rows.values():
            if isinstance(row, Exception):
                raise row
        return rows

    async def _offload(self, function, *args):
        if self.hold is not None:
            await self.hold.wait()
        await asyncio.sleep(0)
        return function(*args)

    async def user(self, name):
        caller = await self.memory.find(name)
        return caller and caller.user


@pytest.fixture
def world():
    return World()


async def rest():
    for _ in range(10):
        await asyncio.sleep(0)


def test_digest_is_the_stored_name():
    assert digest("abc") == digest(b"abc")
    assert digest("abc").startswith("ba7816bf") and len(digest("abc")) == 64


async def test_token_is_read_once(world):
    world.give("a")
    assert [await world.user("a") for _ in range(5)] == [1] * 5
    assert world.reads == ["a"]
    assert world.memory.remembered("a").user == 1


async def test_token_that_was_never_read_is_not_remembered(world):
    world.give("a")
    assert world.memory.remembered("a") is None


@pytest.mark.parametrize(("hearing", "limit"), [(True, HEARING_SECONDS), (False, DEAF_SECONDS)])
async def test_row_is_believed_so_long(world, hearing, limit):
    world.hearing = hearing
    world.give("a")
    await world.user("a")
    world.now += limit / 2
    assert world.memory.remembered("a").user == 1
    await rest()
    assert world.reads == ["a"]
    world.now += limit / 2 + 0.1
    assert world.memory.remembered("a") is None


async def test_revocation_is_noticed_without_a_bus(world):
    world.hearing = False
    world.give("a")
    await world.user("a")
    del world.rows["a"]
    world.now += DEAF_SECONDS + 0.1
    assert await world.user("a") is None


async def test_silence_of_the_bus_shortens_what_is_believed(world):
    world.give("a")
    await world.user("a")
    world.now += DEAF_SECONDS + 1
    assert world.memory.remembered("a") is not None
    world.hearing = False
    assert world.memory.remembered("a") is None


async def test_row_is_read_ahead_before_it_is_too_old(world):
    world.hearing = False
    world.give("a", user=1)
    await world.user("a")
    world.give("a", user=2)
    world.now += DEAF_SECONDS * 0.6
    assert world.memory.remembered("a").user == 1
    await rest()
    assert world.memory.remembered("a").user == 2
    assert world.reads == ["a", "a"]


async def test_age_counts_from_the_beginning_of_the_read(world):
    world.hearing = False
    world.give("a")
    world.during = lambda: setattr(world, "now", world.now + DEAF_SECONDS + 1)
    await world.user("a")
    assert world.memory.remembered("a") is None


async def test_many_who_ask_at_once_cause_one_read(world):
    world.give("a")
    found = await asyncio.gather(*(world.user("a") for _ in range(50)))
    assert found == [1] * 50 and world.reads == ["a"]


async def test_one_who_gives_up_takes_nobody_along(world):
    world.give("a")
    world.hold = asyncio.Event()
    first, second = (asyncio.ensure_future(world.user("a")) for _ in range(2))
    await rest()
    first.cancel()
    await rest()
    world.hold.set()
    assert await second == 1


# --- unknown tokens -------------------------------------------------------------------------------


async def test_unknown_token_is_asked_for_once(world):
    assert [await world.user("x") for _ in range(5)] == [None] * 5
    assert world.reads == ["x"]


async def test_unknown_token_is_asked_for_again_after_a_while(world):
    await world.user("x")
    world.give("x")
    world.now += UNKNOWN_SECONDS + 0.1
    assert await world.user("x") == 1


async def test_new_token_is_known_at_once_when_it_is_announced(world):
    assert await world.user("x") is None
    world.give("x")
    world.memory.forget(["token:x"])
    assert await world.user("x") == 1


# --- announcements --------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["token:a", "user:1", "client:7", "team:3"])
async def test_announced_key_makes_its_tokens_stale(world, key):
    world.give("a", user=1, keys=("client:7", "team:3"))
    world.give("b", user=2, keys=("client:8", "team:4"))
    await world.user("a"), await world.user("b")
    world.memory.forget([key])
    assert world.memory.remembered("a") is None
    assert world.memory.remembered("b") is not None


@pytest.mark.parametrize("key", ["user:99", "token:zzz", "", "user:", "nonsense", "token:"])
async def test_foreign_key_makes_nothing_stale(world, key):
    world.give("a")
    await world.user("a")
    world.memory.forget([key])
    assert world.memory.remembered("a") is not None


async def test_all_tokens_of_a_user_go_together(world):
    for name in "abc":
        world.give(name)
        await world.user(name)
    world.memory.forget(["user:1"])
    assert [world.memory.remembered(name) for name in "abc"] == [None] * 3


async def test_everything_may_be_forgotten(world):
    world.give("a")
    await world.user("a"), await world.user("x")
    world.memory.forget_all()
    assert world.memory.remembered("a") is None
    await world.user("a"), await world.user("x")
    assert world.reads == ["a", "x", "a", "x"]


async def test_row_that_moved_while_it_was_read_is_read_again(world):
    world.give("a", user=1)

    def move():
        world.give("a", user=2)
        world.memory.forget(["user:1"])

    world.during = move
    assert await world.user("a") == 2
    assert world.reads == ["a", "a"] and world.memory.remembered("a").user == 2


async def test_token_revoked_while_it_was_read_opens_nothing(world):
    world.give("a")

    def revoke():
        del world.rows["a"]
        world.memory.forget(["token:a"])

    world.during = revoke
    assert await world.user("a") is None
    assert world.memory.remembered("a") is None


async def test_row_that_never_rests_is_answered_but_not_kept(world):
    world.give("a")

    def move():
        world.memory.forget(["user:5"])
        world.during = move

    world.during = move
    assert await world.user("a") == 1
    assert world.memory.remembered("a") is None


async def test_who_asks_after_an_announcement_does_not_get_what_was_read_before(world):
    """The announcement comes while a read waits; a second asker joins it and gets the new row."""
    world.give("a", user=1)
    world.hold = asyncio.Event()
    first = asyncio.ensure_future(world.user("a"))
    await rest()
    world.give("a", user=2)
    world.memory.forget(["user:1"])
    second = asyncio.ensure_future(world.user("a"))
    await rest()
    world.hold.set()
    assert (await first, await second) == (2, 2)


# --- faults and bounds ----------------------------------------------------------------------------


async def test_fault_of_the_database_is_told_and_not_remembered(world):
    world.rows["a"] = OSError("gone")
    with pytest.raises(OSError, match="gone"):
        await world.user("a")
    world.give("a")
    assert await world.user("a") == 1


async def test_fault_of_a_read_ahead_leaves_what_is_believed(world):
    world.hearing = False
    world.give("a")
    await world.user("a")
    world.rows["a"] = OSError("gone")
    world.now += DEAF_SECONDS * 0.6
    assert world.memory.remembered("a").user == 1
    await rest()
    assert world.memory.remembered("a").user == 1


async def test_known_tokens_are_bounded(world, monkeypatch):
    monkeypatch.setattr(tokens, "MOST_KNOWN", 3)
    for name in "abcde":
        world.give(name)
        await world.user(name)
    assert [bool(world.memory.remembered(name)) for name in "abcde"] == [False] * 2 + [True] * 3


async def test_token_of_a_client_that_is_let_in_again_works_at_once(world):
    assert await world.user("t") is None
    world.give("t", keys=("client:7",))
    world.memory.forget(["user:1"])
    assert await world.user("t") is None
    world.memory.forget(["client:7"])
    assert await world.user("t") == 1


async def test_unknown_tokens_are_bounded(world, monkeypatch):
    monkeypatch.setattr(tokens, "MOST_UNKNOWN", 3)
    for name in "abcde":
        await world.user(name)
    world.reads.clear()
    for name in "cde":
        await world.user(name)
    assert world.reads == []
    await world.user("a")
    assert world.reads == ["a"]


# --- many at once ---------------------------------------------------------------------------------


async def test_tokens_that_are_asked_for_meanwhile_are_read_together(world):
    names = [f"t{number}" for number in range(500)]
    for name in names[:-1]:
        world.give(name)
    found = await asyncio.gather(*(world.user(name) for name in names))
    assert found == [1] * 499 + [None]
    assert sorted(world.reads) == sorted(names)
    assert len(world.readings) <= 2 + 500 // tokens.MOST_TOGETHER
    assert max(map(len, world.readings)) <= tokens.MOST_TOGETHER
    assert not (world.memory._reading or world.memory._waiting or world.memory._readings)


async def test_fault_of_one_reading_ends_no_other(world):
    names = [f"t{number}" for number in range(2 + 2 * tokens.MOST_TOGETHER)]
    for name in names:
        world.give(name)
    world.rows[names[-1]] = OSError("gone")
    found = await asyncio.gather(*(world.user(name) for name in names), return_exceptions=True)
    assert found[: 2 + tokens.MOST_TOGETHER] == [1] * (2 + tokens.MOST_TOGETHER)
    assert {type(each) for each in found[2 + tokens.MOST_TOGETHER :]} == {OSError}


async def test_who_listens_is_read_seldom_with_the_bus_and_at_each_look_without(world):
    for name in "ab":
        world.give(name)
    assert [one.user for one in (await world.memory.find_all("ab")).values()] == [1, 1]
    world.now += tokens.LISTENING_SECONDS - 1
    await world.memory.find_all("ab")
    assert sorted(world.reads) == ["a", "b"]
    world.now += 2
    del world.rows["b"]
    found = await world.memory.find_all("ab")
    assert found["a"].user == 1 and found["b"] is None
    world.hearing = False
    world.reads.clear()
    for _look in range(3):
        world.now += DEAF_SECONDS
        await world.memory.find_all("a")
    assert world.reads == ["a"] * 3
