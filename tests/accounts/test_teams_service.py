"""services about teams and who is in them."""

import pytest

from accounts import services
from accounts.errors import InvalidFields, NotAllowed, NotMember
from accounts.models import Membership, Team
from tests import make


def test_team_is_made_changed_and_deleted_by_an_admin(alice, recorded):
    team = services.create_team(actor=alice, name=" Data ")
    team = services.update_team(actor=alice, team=team, name="Data", description="Numbers")
    assert (team.name, team.description) == ("Data", "Numbers")
    services.delete_team(actor=alice, team=team)
    assert not Team.objects.exists()
    assert recorded() == ["team.create", "team.update", "team.delete"]


def test_stranger_does_nothing_to_teams(charlie):
    team = make.team("data")
    with pytest.raises(NotAllowed):
        services.create_team(actor=charlie, name="x")
    with pytest.raises(NotAllowed):
        services.update_team(actor=charlie, team=team, name="x", description="")
    with pytest.raises(NotAllowed):
        services.delete_team(actor=charlie, team=team)


@pytest.mark.parametrize("name", ["", "data", "x" * 81])
def test_senseless_team_is_refused(db, name):
    make.team("data")
    with pytest.raises(InvalidFields):
        services.create_team(actor=None, name=name)


def test_deleted_team_is_announced_once_for_all_its_members(alice, announced):
    team = make.team()
    for _ in range(3):
        make.member(team, make.user())
    announced.clear()
    key = f"team:{team.pk}"
    services.delete_team(actor=alice, team=team)
    assert announced == [key]


def test_member_is_added_promoted_and_removed(alice, charlie, recorded, announced):
    team = make.team()
    services.add_member(actor=alice, team=team, user=charlie)
    services.change_role(actor=alice, team=team, user=charlie, role="curator")
    assert Membership.objects.get().role == "curator"
    services.remove_member(actor=alice, team=team, user=charlie)
    assert not Membership.objects.exists()
    assert recorded() == ["member.add", "member.role", "member.remove"]
    assert announced == [f"user:{charlie.pk}"] * 3


def test_adding_a_member_again_gives_them_the_role(bob, recorded):
    team = Team.objects.get(name="data")
    services.add_member(actor=None, team=team, user=bob)
    services.add_member(actor=None, team=team, user=bob, role="admin")
    assert Membership.objects.get(user=bob).role == "admin"
    assert recorded() == ["member.role"]


def test_team_admin_manages_members(charlie):
    team = make.team()
    boss = make.member(team, make.user(), role="admin").user
    assert services.add_member(actor=boss, team=team, user=charlie).pk


def test_plain_member_and_another_teams_admin_do_not(bob, charlie):
    team = Team.objects.get(name="data")
    other = make.member(make.team(), make.user(), role="admin").user
    for actor in (bob, other):
        with pytest.raises(NotAllowed):
            services.add_member(actor=actor, team=team, user=charlie)
        with pytest.raises(NotAllowed):
            services.change_role(actor=actor, team=team, user=bob, role="admin")
        with pytest.raises(NotAllowed):
            services.remove_member(actor=actor, team=team, user=bob)


def test_unknown_role_is_refused(bob, charlie):
    team = Team.objects.get(name="data")
    with pytest.raises(InvalidFields):
        services.add_member(actor=None, team=team, user=charlie, role="king")
    with pytest.raises(InvalidFields):
        services.change_role(actor=None, team=team, user=bob, role="king")


def test_someone_outside_the_team_is_neither_changed_nor_removed(charlie):
    team = make.team()
    with pytest.raises(NotMember):
        services.change_role(actor=None, team=team, user=charlie, role="admin")
    with pytest.raises(NotMember):
        services.remove_member(actor=None, team=team, user=charlie)
