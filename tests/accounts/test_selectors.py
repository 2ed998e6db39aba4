"""selectors.py: who sees what."""

from accounts import selectors
from accounts.models import IssuedToken, OAuthClient
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


def test_the_queries_do_not_grow_with_tokens_and_servers(bob, django_assert_num_queries):
    for _ in range(3):
        server = make.server()
        make.token(bob, server)
        make.token(bob, server)
    with django_assert_num_queries(2):
        assert len(selectors.tokens_of(bob)) == 6


def test_ids_of_the_trail_have_names_while_there_is_something_behind(bob):
    team = make.team("crew")
    make.token(bob, make.server())
    issued = IssuedToken.objects.get()
    client = OAuthClient.objects.create(name="Inspector", client_id="c")
    assert selectors.team_name(str(team.public_id)) == "crew"
    assert selectors.client_name(str(issued.public_id)) == f"token “{issued.name}”"
    assert selectors.client_name(str(client.public_id)) == "Inspector"
    assert selectors.team_name(str(client.public_id)) == ""
    assert selectors.client_name("") == selectors.team_name("no id") == ""
