"""Rows that change past the services are announced all the same."""

import hashlib

from oauth2_provider.models import clear_expired, get_access_token_model

from accounts.models import IssuedToken, Membership, OAuthClient, Team, User
from tests import make

AccessToken = get_access_token_model()


def key_of(token: str) -> str:
    return f"token:{hashlib.sha256(token.encode()).hexdigest()}"


def test_token_that_appears_is_told_nobody(bob, announced):
    make.token(bob, make.server())
    assert announced == []


def test_token_that_changes_is_announced(bob, announced):
    token = make.token(bob, make.server())
    AccessToken.objects.get().save()
    assert announced == [key_of(token)]


def test_tokens_deleted_by_a_query_are_announced(bob, announced):
    token = make.token(bob, make.server())
    announced.clear()
    AccessToken.objects.all().delete()
    assert announced == [key_of(token)]


def test_tokens_cleared_as_expired_are_told_nobody_since_they_open_nothing(bob, announced):
    make.token(bob, make.server(), days=-1)
    clear_expired()
    assert announced == [] and not AccessToken.objects.exists()


def test_losing_what_binds_a_token_is_announced(bob, announced):
    token = make.token(bob, make.server())
    announced.clear()
    IssuedToken.objects.all().delete()
    assert announced == [key_of(token)]


def test_using_a_token_is_not_announced(bob, announced):
    make.token(bob, make.server())
    announced.clear()
    IssuedToken.objects.get().save(update_fields=["last_used_at"])
    assert announced == []


def test_person_saved_by_the_orm_is_announced(bob, announced):
    bob.is_active = False
    bob.save()
    assert announced == [f"user:{bob.pk}"]


def test_logging_in_is_not_announced(bob, announced):
    bob.save(update_fields=["last_login"])
    assert announced == []


def test_person_deleted_by_a_query_is_announced_with_their_tokens(bob, announced):
    token = make.token(bob, make.server())
    announced.clear()
    user_key = f"user:{bob.pk}"
    User.objects.filter(pk=bob.pk).delete()
    assert {user_key, key_of(token)} <= set(announced)


def test_membership_through_the_orm_is_announced(bob, charlie, announced):
    Membership.objects.filter(user=bob).delete()
    Team.objects.get(name="data").members.add(charlie)
    make.member(make.team(), bob)
    assert announced[0] == f"user:{bob.pk}"
    assert announced[-1] == f"user:{bob.pk}"


def test_teams_deleted_by_a_query_are_announced(bob, announced):
    team_key = f"team:{Team.objects.get().pk}"
    Team.objects.all().delete()
    assert announced == [team_key]


def test_client_saved_or_deleted_is_announced(db, announced):
    client = OAuthClient.objects.create(name="Editor", client_type="public")
    key = f"client:{client.pk}"
    client.blocked = True
    client.save()
    OAuthClient.objects.all().delete()
    assert announced == [key, key]
