"""Teams and their members in the admin."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Membership, Team, User
from tests import make
from tests.admin_pages import changes, errors, filled, url


@pytest.fixture
def page(alice: User, client: Client) -> Client:
    client.force_login(alice)
    return client


def edit(client: Client, team: Team, **said: Any) -> Any:
    address = url(Team, "change", team.pk)
    return client.post(address, {**filled(client.get(address)), **said})


def test_a_team_is_made_and_its_page_opens(page: Client) -> None:
    answer = page.post(url(Team, "add"), {"name": "Ops", "description": "on call"})
    team = Team.objects.get(name="Ops")
    assert answer["Location"] == url(Team, "change", team.pk)
    assert changes("team.create")[0]["after"]["description"] == "on call"


def test_a_taken_name_is_told_in_the_form(page: Client) -> None:
    make.team("Ops")
    assert errors(page.post(url(Team, "add"), {"name": "Ops"}))


def test_a_team_is_renamed_with_before_and_after(page: Client) -> None:
    team = make.team("Ops")
    edit(page, team, name="Operations")
    (change,) = changes("team.update")
    assert (change["before"]["name"], change["after"]["name"]) == ("Ops", "Operations")


def test_a_member_joins(page: Client, charlie: User) -> None:
    team = make.team("Ops")
    new = {"memberships-2-TOTAL_FORMS": 1, "memberships-2-0-user": charlie.pk}
    edit(page, team, **new, **{"memberships-2-0-role": "curator"})
    assert Membership.objects.get(team=team).role == "curator"
    (change,) = changes("member.add")
    assert change["after"] == {"team": "Ops", "user": "charlie", "role": "curator"}


def test_a_members_role_is_changed(page: Client, bob: User) -> None:
    team = Team.objects.get(name="data")
    edit(page, team, **{"memberships-0-role": "admin"})
    (change,) = changes("member.role")
    assert (change["before"]["role"], change["after"]["role"]) == ("member", "admin")


def test_a_member_is_taken_out(page: Client, bob: User) -> None:
    team = Team.objects.get(name="data")
    edit(page, team, **{"memberships-0-DELETE": "on"})
    assert not team.memberships.exists()
    assert changes("member.remove")[0]["before"]["user"] == "bob"


def test_what_is_refused_takes_back_all_of_the_page(
    page: Client, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    team = Team.objects.get(name="data")
    address = url(Team, "change", team.pk)
    data = {**filled(page.get(address)), "name": "Other", "memberships-0-role": "admin"}
    Membership.objects.all().delete()
    assert page.post(address, data).status_code == 200
    team.refresh_from_db()
    assert team.name == "data"
    assert changes() == []


def test_a_team_is_deleted_once_its_name_is_typed(page: Client, bob: User) -> None:
    team = Team.objects.get(name="data")
    page.post(url(Team, "delete", team.pk), {"name": "data"})
    assert not Team.objects.exists()
    assert changes("team.delete")[0]["before"]["members"] == ["bob"]


def test_a_page_with_many_members_asks_the_database_no_more(page: Client, bob: User) -> None:
    team = Team.objects.get(name="data")
    for _ in range(4):
        make.member(team, make.user())
    few = _queries(page, team)
    for _ in range(45):
        make.member(team, make.user())
    assert _queries(page, team) <= few


def _queries(client: Client, team: Team) -> int:
    with CaptureQueriesContext(connection) as seen:
        assert client.get(url(Team, "change", team.pk)).status_code == 200
    return len(seen)
