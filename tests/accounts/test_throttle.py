"""Brakes on what anybody may try."""

import pytest
from django.core.cache import cache
from redis.exceptions import ConnectionError as Away

from accounts import throttle

pytestmark = pytest.mark.stores

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


def test_counter_that_redis_begins_anew_ends_all_the_same(monkeypatch):
    """Between its look and its INCR a window may end; the counter would be there for ever."""
    touched = []
    monkeypatch.setattr(cache, "add", lambda *args: False)
    monkeypatch.setattr(cache, "incr", lambda name: 1)
    monkeypatch.setattr(cache, "touch", lambda name, seconds: touched.append(seconds))
    assert tries(1) == [True] and touched == [60]


def test_many_other_keys_do_not_push_a_counter_out():
    tries(5)
    for number in range(1_000):
        tries(1, f"other {number}")
    assert tries(1) == [False]


def test_attempt_that_was_none_is_taken_back_and_no_other():
    tries(3)
    throttle.take_back(BRAKE, "one")
    assert tries(2) == [True, False]
    throttle.take_back(BRAKE, "nobody")


@pytest.mark.parametrize("name", ["bob", " BOB ", "\uff42ob", "\U0001d41bob"])
def test_name_is_counted_by_what_django_takes_it_for(name):
    for _ in range(10):
        assert throttle.attempt("bob", "192.0.2.7")
    assert not throttle.attempt(name, "192.0.2.7")


def test_neighbours_of_one_network_are_counted_together():
    for number in range(10):
        assert throttle.attempt("bob", f"2001:db8::{number}")
    assert not throttle.attempt("bob", "2001:db8::ffff")
    assert throttle.attempt("bob", "2001:db8:0:1::1")


def test_address_that_tries_many_names_waits_and_who_got_in_does_not_count():
    for number in range(200):
        assert throttle.attempt(f"name {number}", "192.0.2.7")
    throttle.forgive("name 0", "192.0.2.7")
    assert throttle.attempt("carol", "192.0.2.7")
    assert not throttle.attempt("dave", "192.0.2.7")
    assert throttle.attempt("dave", "192.0.2.8")


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
