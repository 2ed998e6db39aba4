"""Brakes on what anybody may try."""

import pytest
from django.core.cache import cache
from redis.exceptions import ConnectionError as Away

from accounts import throttle

BRAKE = throttle.Brake("tried", 3, 60)


def tries(number, key="one"):
    return [throttle.passes(BRAKE, key) for _ in range(number)]


def test_so_many_pass_and_no_more():
    assert tries(5) == [True, True, True, False, False]


def test_keys_and_brakes_are_apart():
    tries(5)
    assert tries(1, "other") == [True]
    assert throttle.passes(throttle.Brake("other", 3, 60), "one")


def test_forgotten_attempts_begin_again():
    tries(5)
    throttle.forget(BRAKE, "one")
    assert tries(1) == [True]


def test_window_that_ends_between_two_looks_begins_anew(monkeypatch):
    monkeypatch.setattr(cache, "add", lambda *args: True)
    assert tries(1) == [True]


def test_key_of_any_length_and_character_is_counted():
    assert tries(4, "\ud800\x00" + "x" * 100_000) == [True, True, True, False]


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", "unknown"),
    ],
)
def test_address_is_counted_by_its_network(address, key):
    assert throttle.of_address(address) == key


def test_brakes_hold_while_the_cache_is_away(monkeypatch):
    def away(*args):
        raise Away

    for name in ("add", "incr", "delete"):
        monkeypatch.setattr(cache, name, away)
    throttle.forget(BRAKE, "one")
    assert tries(5) == [True, True, True, False, False]
    throttle.forget(BRAKE, "one")
