"""services/announcing.py."""

import hashlib

import pytest
from django.db import transaction

from accounts.services import announce_principals


def test_keys_are_told_after_the_commit(db, announced):
    with transaction.atomic():
        announce_principals("user:1", "team:2")
        assert announced == []
    assert announced == ["user:1", "team:2"]


def test_keys_of_a_change_that_was_rolled_back_are_not_told(db, announced):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        announce_principals("user:1")
        raise ZeroDivisionError
    assert announced == []


def test_nothing_is_told_of_no_keys(db, announced):
    announce_principals()
    assert announced == []


def test_more_keys_than_one_message_holds_all_arrive(db, announced):
    keys = [f"token:{hashlib.sha256(bytes([n])).hexdigest()}" for n in range(250)]
    announce_principals(*keys)
    assert announced == keys
