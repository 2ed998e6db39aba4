"""kept/expiry.py: what is kept ends."""

import pytest

from servers.kept import expiry
from servers.models import SessionLevel


def levels(count: int, seconds: float) -> None:
    """Keep the levels of so many sessions for some time."""
    first = SessionLevel.objects.count()
    until = expiry.after(seconds)
    SessionLevel.objects.bulk_create(
        SessionLevel(session=f"s{first + number}", level="info", expires_at=until)
        for number in range(count)
    )


def test_sweep_takes_what_is_past_its_time_and_no_more(db: None) -> None:
    levels(2, -1.0)
    levels(3, 60.0)
    assert (expiry.sweep(), SessionLevel.objects.count(), expiry.sweep()) == (2, 3, 0)


def test_more_rows_than_go_at_once_go_in_one_sweep(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(expiry, "A_SWEEP", 2)
    levels(5, -1.0)
    assert (expiry.sweep(), SessionLevel.objects.count()) == (5, 0)


def test_one_sweep_ends(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expiry, "A_SWEEP", 1)
    monkeypatch.setattr(expiry, "MOST_TURNS", 3)
    levels(5, -1.0)
    assert (expiry.sweep(), SessionLevel.objects.count()) == (3, 2)
