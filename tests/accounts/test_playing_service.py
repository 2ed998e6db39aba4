"""services.mint_playground_token: short, for oneself or for whom one may view as, and never unseen."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.utils import timezone
from oauth2_provider.models import get_access_token_model

from accounts import selectors, services
from accounts.errors import InactiveUser, NotAllowed, ServerNotUsable, UnknownScope
from accounts.models import IssuedToken, User
from accounts.oauth.directory import ServerFacts
from accounts.principals import read_principal
from accounts.services.expiring import sweep_tokens
from accounts.tokens import digest
from monitoring import audit, labels
from tests import make
from tests.admin_pages import changes

AccessToken = get_access_token_model()


@pytest.fixture
def demo(directory) -> ServerFacts:
    return directory.add("demo", "alice", "bob", "lesser")


@pytest.fixture
def lesser(db) -> User:
    """Somebody who may view as others, and is no superuser."""
    user = make.user("lesser", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_as"))
    return User.objects.get(pk=user.pk)


def play(actor, user, server, scopes=("mcp:read",)):
    return services.mint_playground_token(actor=actor, user=user, server=server, scopes=scopes)


def caller_of(minted):
    principal = read_principal(digest(minted.token))
    return principal and principal.caller


def test_token_lives_ten_minutes_and_is_shown_as_what_it_is(bob, demo):
    before = timezone.now()
    issued = play(bob, bob, demo).issued
    assert before + timedelta(minutes=9) < issued.access_token.expires
    assert issued.access_token.expires <= timezone.now() + timedelta(minutes=10)
    assert [(row.origin, row.name) for row in selectors.tokens_of(bob)] == [
        ("Playground", "Playground, by bob")
    ]


def test_oneself_needs_no_permission_and_leaves_a_trace(bob, demo):
    play(bob, bob, demo)
    (change,) = changes("token.play")
    assert change["user"] == bob.public_id and change["after"]["user"] == "bob"


def test_viewing_as_somebody_is_recorded_with_both_names(lesser, bob, demo):
    minted = play(lesser, bob, demo)
    (change,) = changes("token.view_as")
    assert change["user"] == lesser.public_id
    assert (change["after"]["by"], change["after"]["user"]) == ("lesser", "bob")
    assert minted.token not in str(change)
    assert caller_of(minted).username == "bob"


def test_calls_name_whose_playground_it_was_after_the_token_is_gone(lesser, bob, demo):
    client = caller_of(play(lesser, bob, demo)).client
    audit.flush()
    AccessToken.objects.all().delete()
    assert client == f"playground:{lesser.public_id}"
    assert selectors.client_name(client) == "Playground, by lesser"
    short = str(lesser.public_id)[:8]
    assert labels.label("client", client) == f"Playground, by lesser ({short})"
    audit.erase_person(lesser.public_id)
    assert selectors.client_name(client) == "Playground, by somebody whose name is gone"
    assert selectors.client_name("playground:x") == ""


def test_somebody_else_needs_the_permission(bob, charlie, demo):
    with pytest.raises(NotAllowed):
        play(charlie, bob, demo)
    assert not IssuedToken.objects.exists()


def test_nobody_lesser_views_as_a_superuser(lesser, alice, demo):
    with pytest.raises(NotAllowed, match="superuser"):
        play(lesser, alice, demo)


def test_superuser_views_as_anybody(alice, bob, demo):
    assert caller_of(play(alice, bob, demo)).user == bob.pk


def test_what_no_token_may_be_this_one_may_not_be(alice, bob, charlie, demo):
    with pytest.raises(ServerNotUsable):
        play(alice, charlie, demo)
    with pytest.raises(UnknownScope):
        play(bob, bob, demo, ["mcp:everything"])
    with pytest.raises(UnknownScope):
        play(bob, bob, demo, [])
    bob.is_active = False
    bob.save()
    with pytest.raises(InactiveUser):
        play(alice, bob, demo)


def test_token_opens_nothing_once_its_holder_is_shut_out(lesser, bob, demo, announced):
    minted = play(lesser, bob, demo)
    assert f"user:{lesser.pk}" in caller_of(minted).keys
    lesser.is_active = False
    lesser.save()
    assert caller_of(minted) is None


def test_token_ends_when_the_right_to_view_as_is_taken(lesser, alice, bob, demo, announced):
    minted, own = play(lesser, bob, demo), play(lesser, lesser, demo)
    services.grant_permissions(actor=alice, user=lesser, names=["accounts.view_user"])
    assert caller_of(minted) is None and caller_of(own).username == "lesser"
    assert not IssuedToken.objects.filter(pk=minted.issued.pk).exists()


def test_token_ends_when_who_views_as_is_superuser_no_longer(alice, bob, demo):
    other = make.user("other", is_superuser=True)
    minted = play(other, bob, demo)
    services.update_user(actor=alice, user=other, person=services.Person(username="other"))
    assert caller_of(minted) is None and not IssuedToken.objects.exists()


def test_token_opens_nothing_once_the_right_is_gone_by_whatever_path(lesser, bob, demo):
    minted = play(lesser, bob, demo)
    lesser.user_permissions.clear()
    assert caller_of(minted) is None


def test_token_opens_nothing_once_its_person_is_greater_than_its_holder(lesser, bob, demo):
    minted = play(lesser, bob, demo)
    bob.is_superuser = True
    bob.save()
    assert caller_of(minted) is None


def test_token_goes_with_its_holder(lesser, bob, demo):
    play(lesser, bob, demo)
    lesser.delete()
    assert not IssuedToken.objects.exists()


def test_expired_tokens_of_the_playground_are_swept_and_no_others(bob, demo, directory):
    play(bob, bob, demo)
    make.token(bob, directory.servers[0], days=-1)
    assert sweep_tokens() == 0
    AccessToken.objects.update(expires=make.ago(minutes=1))
    assert sweep_tokens() == 1
    assert IssuedToken.objects.get().origin == IssuedToken.Origin.COMMAND
