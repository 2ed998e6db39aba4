"""services/expiring.py: what has had its time goes, and nothing else."""

import pytest
from django.core.management import call_command
from oauth2_provider.models import get_access_token_model, get_grant_model, get_refresh_token_model

from accounts.models import AuthorizationRequest, Consent, IssuedToken, TokenFamily
from accounts.services import expiring
from accounts.services.expiring import sweep_tokens
from tests import make

AccessToken, Grant = get_access_token_model(), get_grant_model()
RefreshToken = get_refresh_token_model()


def expire_access():
    AccessToken.objects.update(expires=make.ago(minutes=1))
    IssuedToken.objects.update(created_at=make.ago(minutes=16))


def expire_refresh():
    RefreshToken.objects.update(created=make.ago(days=31))


def test_what_lives_stays(connecting):
    connecting.code()
    connecting.refresh(connecting.redeem().json()["refresh_token"])
    assert sweep_tokens() == 0
    assert AccessToken.objects.count() == RefreshToken.objects.count() == 2


def test_codes_that_nobody_used_go(connecting):
    old, new = connecting.code(expires=make.ago(seconds=1)), connecting.code()
    assert sweep_tokens() == 1
    assert Grant.objects.get().code == make.sha256(new) != make.sha256(old)


def test_consent_pages_that_nobody_answered_go(connecting, bob):
    for state, minutes in (("old", 1), ("new", -1)):
        AuthorizationRequest.objects.create(
            user=bob,
            session_digest="x",
            client=connecting.client,
            state=state,
            expires_at=make.ago(minutes=minutes),
        )
    assert sweep_tokens() == 1 and AuthorizationRequest.objects.get().state == "new"


def test_expired_access_tokens_go_and_the_family_lives(connecting, announced):
    token = connecting.redeem().json()["refresh_token"]
    expire_access()
    assert sweep_tokens() == 1 and announced == []
    assert not AccessToken.objects.exists() and not IssuedToken.objects.exists()
    assert connecting.refresh(token).status_code == 200


def test_tokens_that_people_made_stay_in_their_list(connecting, bob, directory):
    make.token(bob, directory.servers[0], days=-1)
    IssuedToken.objects.update(created_at=make.ago(days=2))
    assert sweep_tokens() == 0 and IssuedToken.objects.count() == 1


def test_family_goes_with_its_last_refresh_token_and_the_consent_stays(connecting):
    connecting.refresh(connecting.redeem().json()["refresh_token"])
    RefreshToken.objects.filter(revoked__isnull=False).update(created=make.ago(days=31))
    sweep_tokens()
    assert RefreshToken.objects.count() == 1 and TokenFamily.objects.count() == 1
    expire_refresh()
    sweep_tokens()
    assert not RefreshToken.objects.exists() and not TokenFamily.objects.exists()
    assert Consent.objects.exists()


def test_used_refresh_token_is_kept_as_long_as_it_tells_of_reuse(connecting):
    connecting.refresh(connecting.redeem().json()["refresh_token"])
    RefreshToken.objects.update(created=make.ago(days=30))
    assert sweep_tokens() == 0


def test_refresh_token_without_a_family_does_not_keep_others_from_going(connecting):
    connecting.redeem()
    TokenFamily.objects.all().delete()
    connecting.redeem()
    expire_refresh()
    sweep_tokens()
    assert not RefreshToken.objects.exists()


def test_more_than_a_turn_takes_goes_in_turns(connecting, monkeypatch):
    monkeypatch.setattr(expiring, "AT_ONCE", 2)
    for _ in range(5):
        connecting.redeem()
    expire_access()
    expire_refresh()
    sweep_tokens()
    assert not AccessToken.objects.exists() and not RefreshToken.objects.exists()
    assert not TokenFamily.objects.exists()


def test_sweep_is_bounded(connecting, monkeypatch):
    monkeypatch.setattr(expiring, "AT_ONCE", 1)
    monkeypatch.setattr(expiring, "MOST_TURNS", 2)
    for _ in range(3):
        connecting.code(expires=make.ago(minutes=1))
    assert sweep_tokens() == 2


@pytest.mark.parametrize("families", [1, 6])
def test_sweep_that_finds_nothing_costs_the_same(
    connecting, families, django_assert_max_num_queries
):
    for _ in range(families):
        connecting.redeem()
    with django_assert_max_num_queries(16):
        sweep_tokens()


def test_command_of_django_oauth_toolkit_leaves_good_tokens_alone(connecting, capsys):
    token = connecting.redeem().json()["refresh_token"]
    expire_access()
    call_command("cleartokens")
    assert capsys.readouterr().out == "1 codes and tokens deleted\n"
    assert connecting.refresh(token).status_code == 200
