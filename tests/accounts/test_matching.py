"""oauth/matching.py: which attempt a step goes on with."""

import itertools
import uuid
from dataclasses import dataclass

import pytest

from accounts.oauth.matching import find
from accounts.oauth.notebook import Noted

ONE, TWO = uuid.uuid4(), uuid.uuid4()


@dataclass(frozen=True)
class Begun:
    """An attempt that is under way; its client registered itself, unless it is `shared`."""

    address: str = "a"
    server: uuid.UUID | None = None
    client_id: int | None = None
    user_id: int | None = None
    of_one_client: bool = True


def step(address="a", server=None, client=None, user=None, name="token"):
    return Noted(name, address=address, server=server, client_id=client, user_id=user)


def shared(*known):
    """An attempt of a client that many people have, by its document or as an admin added it."""
    return Begun(*known, of_one_client=False)


@pytest.mark.parametrize(
    ("step", "attempt"),
    [
        (step("b", ONE, 1, 1), Begun("a", ONE, 1, 1)),
        (step("b", ONE, 1, 1), shared("a", ONE, 1, 1)),
        (step("b", None, 1, 1), shared("a", ONE, 1, 1)),
        (step("b", ONE, 1, 1), shared("a", None, 1, 1)),
        (step("b", ONE, 1, 1), Begun("a", None, 1, None)),
        (step("b", None, 1, None, "authorize"), Begun("a", ONE, 1, None)),
        (step("a", ONE), Begun("a", ONE)),
        (step("a"), Begun("a", ONE, 1, 1)),
        (step("a", None, 1), shared("a", ONE, 1, 1)),
        (step("a", ONE, 1, 1), shared("a", None, 1)),
        (step("a", ONE, 1), Begun("a", ONE)),
    ],
)
def test_step_goes_on_with_what_it_fits(step, attempt):
    assert find(step, [attempt]) is attempt


@pytest.mark.parametrize(
    ("step", "attempt"),
    [
        (step("a"), Begun("b")),
        (step(""), Begun("")),
        (step("a", ONE), Begun("a", TWO)),
        (step("a", ONE, 1), Begun("a", ONE, 2)),
        (step("a", ONE, 1, 1), Begun("a", ONE, 1, 2)),
        (step("b", ONE, None, 1), Begun("a", ONE, 2, 1)),
        (step("b", ONE, None, 1), Begun("a", ONE, None, 1)),
        # The browser of one person, and another person: a client that both have tells nothing.
        (step("b", ONE, 1, 1), shared("a", None, 1)),
        (step("b", None, 1, None, "authorize"), shared("a", None, 1)),
        # What anybody can send who knows the id of a client.
        (step("b", None, 1), Begun("a", ONE, 1, 1)),
        (step("b", None, 1), Begun("a", ONE, 1)),
        (step("b", None, 1, None, "authorize"), Begun("a", ONE, 1, 1)),
    ],
)
def test_step_does_not_go_on_with_what_is_somebody_elses(step, attempt):
    assert find(step, [attempt]) is None


KNOWN = tuple(itertools.product("ab", (None, ONE), (None, 1, 2), (None, 1, 2)))


@pytest.mark.parametrize("of_one", [True, False], ids=["self-registered", "shared"])
@pytest.mark.parametrize("name", ["challenge", "registration", "authorize", "token", "call"])
def test_nobodys_step_from_elsewhere_never_enters_a_persons_attempt(name, of_one):
    for said, known in itertools.product(KNOWN, KNOWN):
        taken, begun = step(*said, name), Begun(*known, of_one)
        if taken.user_id is None and begun.user_id and taken.address != begun.address:
            assert find(taken, [begun]) is None, (taken, begun)


@pytest.mark.parametrize("name", ["authorize", "allowed", "token", "call"])
def test_nobodys_attempt_of_a_shared_client_is_taken_over_from_its_address_alone(name):
    for said, known in itertools.product(KNOWN, KNOWN):
        taken, begun = step(*said, name), shared(*known)
        if begun.user_id is None and taken.address != begun.address:
            assert find(taken, [begun]) is None, (taken, begun)


def test_persons_never_share_an_attempt():
    for said, known, of_one in itertools.product(KNOWN, KNOWN, (True, False)):
        taken, begun = step(*said), Begun(*known, of_one)
        if taken.user_id and begun.user_id and taken.user_id != begun.user_id:
            assert find(taken, [begun]) is None, (taken, begun)


def test_person_client_and_server_come_before_the_address():
    same, near = Begun("b", ONE, 1, 1), Begun("a", ONE, 1, None)
    assert find(step("a", ONE, 1, 1), [near, same]) is same


def test_newest_of_equals_is_gone_on_with():
    newest, older = Begun("a", ONE), Begun("a", ONE)
    assert find(step("a", ONE), [newest, older]) is newest


def test_client_of_many_people_is_told_apart_by_its_address():
    hers, his = shared("a", ONE, 1, 1), shared("b", ONE, 1, 2)
    assert find(step("b", None, 1), [hers, his]) is his
    assert find(step("c", None, 1), [hers, his]) is None


def test_address_of_many_people_alone_says_nothing():
    assert find(step("a"), [Begun("a", ONE, 1, 1), Begun("a", TWO, 2, 2)]) is None
