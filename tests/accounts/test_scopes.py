"""scopes.py: what implies what, and the fewest words for it."""

from itertools import chain, combinations

import pytest

from accounts.scopes import SCOPES, expand, least

READ, WRITE, DESTRUCTIVE, PROMPTS = SCOPES
EVERY_SET = list(chain.from_iterable(combinations(SCOPES, size) for size in range(5)))


@pytest.mark.parametrize(
    ("scopes", "fewest"),
    [
        ((), ()),
        ((READ,), (READ,)),
        ((WRITE, READ), (WRITE,)),
        ((PROMPTS, READ), (READ, PROMPTS)),
        ((READ, WRITE, DESTRUCTIVE, PROMPTS), (DESTRUCTIVE, PROMPTS)),
        ((READ, "openid", "offline_access"), (READ,)),
    ],
)
def test_fewest_scopes_are_told_in_the_hubs_order(scopes, fewest):
    assert least(scopes) == fewest


@pytest.mark.parametrize("scopes", EVERY_SET, ids=" ".join)
def test_fewest_scopes_mean_the_same_and_none_can_be_left_out(scopes):
    fewest = least(scopes)
    assert expand(fewest) == expand(scopes)
    assert least(expand(scopes)) == fewest
    for one in fewest:
        assert expand(set(fewest) - {one}) != expand(scopes)
