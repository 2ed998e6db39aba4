"""oauth/matching.py: which attempt a step goes on with."""

import uuid

import pytest

from accounts.oauth.matching import find
from accounts.oauth.notebook import Noted

ONE, TWO = uuid.uuid4(), uuid.uuid4()


def known(address="a", server=None, client=None, user=None):
    return Noted("challenge", address=address, server=server, client_id=client, user_id=user)


@pytest.mark.parametrize(
    ("step", "attempt"),
    [
        (known("b", ONE, 1, 1), known("a", ONE, 1, 1)),
        (known("b", None, 1, None), known("a", ONE, 1, 1)),
        (known("b", ONE, 1, 1), known("a", None, 1, None)),
        (known("a", ONE), known("a", ONE)),
        (known("a"), known("a", ONE, 1, 1)),
        (known("a", ONE, 1), known("a", ONE)),
    ],
)
def test_step_goes_on_with_what_it_fits(step, attempt):
    assert find(step, [attempt]) is attempt


@pytest.mark.parametrize(
    ("step", "attempt"),
    [
        (known("a"), known("b")),
        (known(""), known("")),
        (known("a", ONE), known("a", TWO)),
        (known("a", ONE, 1), known("a", ONE, 2)),
        (known("a", ONE, 1, 1), known("a", ONE, 1, 2)),
        (known("b", ONE, None, 1), known("a", ONE, 2, 1)),
    ],
)
def test_step_does_not_go_on_with_what_is_somebody_elses(step, attempt):
    assert find(step, [attempt]) is None


def test_person_client_and_server_come_before_the_address():
    same, near = known("b", ONE, 1, 1), known("a", ONE, 1, None)
    assert find(known("a", ONE, 1, 1), [near, same]) is same


def test_newest_of_equals_is_gone_on_with():
    newest, older = known("a", ONE), known("a", ONE)
    assert find(known("a", ONE), [newest, older]) is newest


def test_client_of_many_people_is_told_apart_by_its_address():
    hers, his = known("a", ONE, 1, 1), known("b", ONE, 1, 2)
    assert find(known("b", None, 1), [hers, his]) is his
    assert find(known("c", None, 1), [hers, his]) is None


def test_address_of_many_people_alone_says_nothing():
    assert find(known("a"), [known("a", ONE, 1, 1), known("a", TWO, 2, 2)]) is None
