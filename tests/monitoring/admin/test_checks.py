"""The page of verifications."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from accounts.models import User
from monitoring.admin import checks
from monitoring.models import TrailCheck
from tests import make
from tests.admin_pages import text

LIST = "/admin/monitoring/trailcheck/"


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[TrailCheck]:
    """What would have run beside the request."""
    begun: list[TrailCheck] = []
    monkeypatch.setattr(checks, "run_in_background", begun.append)
    return begun


def test_the_button_begins_one_and_only_one(
    alice: User, client: Client, started: list[TrailCheck]
) -> None:
    client.force_login(alice)
    assert "Verify now" in text(client.get(LIST))
    shown = text(client.post(f"{LIST}verify/", follow=True))
    assert "Runs since" in shown
    again = text(client.post(f"{LIST}verify/", follow=True))
    assert "is being verified since" in again
    assert len(started) == 1


def test_the_part_shows_the_last_result(alice: User, client: Client) -> None:
    client.force_login(alice)
    now = timezone.now()
    assert "not been verified yet" in text(client.get(f"{LIST}state/"))
    TrailCheck.objects.create(begun_at=now, ended_at=now, events=7)
    assert "all 7 events were in their place" in text(client.get(f"{LIST}state/"))
    TrailCheck.objects.create(begun_at=now, ended_at=now, problems=1, detail="c 3: <b>removed</b>")
    shown = text(client.get(f"{LIST}state/"))
    assert "Does not hold together: 1 problem" in shown
    assert "c 3: &lt;b&gt;removed&lt;/b&gt;" in shown


@pytest.mark.parametrize(
    ("row", "state"),
    [
        ({"problems": 2}, "Does not hold together"),
        ({"detail": "The trail could not be read."}, "Could not be read"),
        ({}, "Holds together"),
        ({"ended_at": None}, "Ended with its process"),
        ({"ended_at": None, "seen_at": timezone.now}, "Runs"),
    ],
)
def test_each_state_is_said_in_words(row: dict[str, Any], state: str) -> None:
    now = timezone.now()
    values = {"begun_at": now, "ended_at": now, **row}
    values = {name: value() if callable(value) else value for name, value in values.items()}
    assert checks.said(TrailCheck(**values)) == state


def test_seeing_and_beginning_are_two_permissions(
    client: Client, db: None, started: list[TrailCheck]
) -> None:
    client.force_login(make.user("staff", is_staff=True))
    for answer in (client.get(LIST), client.get(f"{LIST}state/"), client.post(f"{LIST}verify/")):
        assert answer.status_code == 403
    client.force_login(staff_with("view_trailcheck"))
    assert "trailcheck/verify" not in text(client.get(LIST))
    assert client.get(f"{LIST}state/").status_code == 200
    assert client.post(f"{LIST}verify/").status_code == 403
    assert not started
    client.force_login(staff_with("view_trailcheck", "add_trailcheck"))
    assert client.get(f"{LIST}verify/").status_code == 405
    assert client.post(f"{LIST}verify/").status_code == 302
    assert len(started) == 1


def staff_with(*permissions: str) -> User:
    person = User.objects.get(username="staff")
    person.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    return User.objects.get(username="staff")
