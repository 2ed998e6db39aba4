"""selectors.py: who sees what."""

from accounts import selectors
from accounts.models import IssuedToken, Team
from tests import make


def test_people_see_their_own_tokens(bob, charlie, directory):
    make.token(bob, make.server())
    assert [token.name for token in selectors.tokens_of(bob)] == ["made for a test"]
    assert selectors.tokens_of(charlie) == []


def test_token_is_found_by_its_owner_alone(bob, charlie, alice):
    make.token(bob, make.server())
    row = IssuedToken.objects.get()
    assert selectors.token_of(bob, row.public_id) == row
    assert selectors.token_of(charlie, row.public_id) is None
    assert selectors.token_of(alice, row.public_id) is None


def test_team_and_its_members_are_seen_by_members_and_admins(alice, bob, charlie):
    team = Team.objects.get(name="data")
    assert list(selectors.teams_of(bob)) == [team]
    for viewer in (alice, bob):
        assert list(selectors.teams_seen_by(viewer)) == [team]
        assert [row.user for row in selectors.members_of(team, viewer=viewer)] == [bob]
    assert not selectors.teams_seen_by(charlie).exists()
    assert not selectors.members_of(team, viewer=charlie).exists()


def test_each_server_is_looked_up_once_however_many_tokens(bob, directory, monkeypatch):
    asked = []
    monkeypatch.setattr(directory, "by_public_id", asked.append)
    server = make.server()
    for _ in range(3):
        make.token(bob, server)
    assert len(selectors.tokens_of(bob)) == 3
    assert asked == [server.public_id]
