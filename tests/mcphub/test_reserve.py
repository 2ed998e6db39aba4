"""serving/reserve.py: how many descriptors connections may take, and how often that is told."""

import logging
import resource

import pytest

from mcphub.serving import reserve


@pytest.fixture(autouse=True)
def told(monkeypatch):
    """Nothing was told yet."""
    monkeypatch.setattr(reserve, "_told", reserve._Told())


@pytest.mark.parametrize(
    ("limit", "last"),
    [(1024, 959), (256, 191), (100, 74), (20_000, 19_935), (resource.RLIM_INFINITY, 10**9)],
)
def test_the_last_are_kept_back(monkeypatch, limit, last):
    monkeypatch.setattr(resource, "getrlimit", lambda _which: (limit, limit))
    assert reserve.may_keep(3) and reserve.may_keep(last)
    if limit != resource.RLIM_INFINITY:
        assert not reserve.may_keep(last + 1)


def test_it_is_told_once_in_a_while(monkeypatch, caplog):
    monkeypatch.setattr(resource, "getrlimit", lambda _which: (100, 100))
    with caplog.at_level(logging.WARNING):
        assert not any(reserve.may_keep(99) for _ in range(1_000))
        assert [record.message for record in caplog.records] == [
            "connections are turned away: of 100 file descriptors few are left"
        ]
        reserve._told._at -= reserve.TOLD_EVERY
        assert not reserve.may_keep(99)
    assert len(caplog.records) == 2
