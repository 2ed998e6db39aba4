"""Many requests of one code, or of one refresh token, at the same moment."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from oauth2_provider.models import get_access_token_model, get_refresh_token_model

from accounts.models import Consent, IssuedToken, TokenFamily
from accounts.principals import read_principal
from accounts.services.ending import end_consents
from accounts.services.expiring import sweep_tokens
from accounts.services.users import delete_user
from tests import make
from tests.connecting import Connecting

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*acts):
    """Do all of it at the same moment, each on a connection of its own; return what each gave."""
    together = Barrier(len(acts))

    def run(act):
        try:
            together.wait()
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def errors(answers):
    return [answer.json()["error"] for answer in answers if answer.status_code != 200]


def opens(access):
    return read_principal(make.sha256(access)) is not None


def test_of_fifty_redemptions_of_a_code_one_succeeds_and_its_token_works(connecting):
    code = connecting.code()
    answers = at_once(*[lambda: connecting.redeem(code)] * 50)
    (won,) = [answer.json() for answer in answers if answer.status_code == 200]
    assert errors(answers) == ["invalid_grant"] * 49
    assert opens(won["access_token"]) and TokenFamily.objects.count() == 1
    assert connecting.refresh(won["refresh_token"]).status_code == 200


def test_of_redemptions_that_differ_the_right_one_succeeds_or_its_tokens_end(connecting):
    code = connecting.code()
    wrong = [lambda: connecting.redeem(code, code_verifier="x" * 43)] * 8
    answers = at_once(lambda: connecting.redeem(code), *wrong)
    assert [answer.status_code for answer in answers] == [200, *[400] * 8]
    # Who came with the wrong verifier after the code was used has shown that it leaked.
    assert opens(answers[0].json()["access_token"]) is TokenFamily.objects.exists()


def test_a_storm_of_refreshes_leaves_one_living_family(connecting):
    token = connecting.redeem().json()["refresh_token"]
    answers = at_once(*[lambda: connecting.refresh(token)] * 20)
    pairs = [answer.json() for answer in answers]
    assert [answer.status_code for answer in answers] == [200] * 20
    assert len({pair["refresh_token"] for pair in pairs}) == 20
    assert all(opens(pair["access_token"]) for pair in pairs)
    assert TokenFamily.objects.count() == 1
    again = at_once(*[lambda t=pair["refresh_token"]: connecting.refresh(t) for pair in pairs])
    assert [answer.status_code for answer in again] == [200] * 20


def test_what_ends_at_once_with_a_refresh_leaves_nothing_behind(connecting):
    token = connecting.redeem().json()["refresh_token"]
    acts = [lambda: connecting.refresh(token)] * 6 + [lambda: connecting.revoke(token)]
    answers = at_once(*acts)
    assert {answer.status_code for answer in answers} <= {200, 400}
    assert not TokenFamily.objects.exists()
    assert not get_access_token_model().objects.exists()
    assert not get_refresh_token_model().objects.exists()


def test_consent_that_ends_at_once_with_a_redemption_gives_nothing(connecting):
    codes = [connecting.code() for _ in range(6)]
    redeeming = [lambda code=code: connecting.redeem(code) for code in codes]
    at_once(*redeeming, lambda: end_consents(Consent.objects.all()))
    assert not TokenFamily.objects.exists()
    assert not get_access_token_model().objects.exists()
    assert not get_refresh_token_model().objects.exists()


def test_person_who_is_deleted_meanwhile_is_a_grant_that_is_gone(connecting):
    token = connecting.redeem().json()["refresh_token"]
    refreshing = [lambda: connecting.refresh(token)] * 6
    person = connecting.consent.user
    *answers, _ = at_once(*refreshing, lambda: delete_user(actor=None, user=person))
    assert {answer.status_code for answer in answers} <= {200, 400}
    assert not get_access_token_model().objects.exists()


def test_sweeps_and_refreshes_do_not_wait_for_each_other_crosswise(connecting, directory):
    others = [
        Connecting(make.consent(make.user(), connecting.client, directory.servers[0]), None)
        for _ in range(4)
    ]
    directory.users["demo"] |= {other.consent.user.username for other in others}
    for other in others:
        other.client = connecting.client
    tokens = [other.redeem().json()["refresh_token"] for other in others]
    get_access_token_model().objects.update(expires=make.ago(minutes=1))
    IssuedToken.objects.update(created_at=make.ago(days=1))
    refreshing = [
        lambda other=other, token=token: other.refresh(token)
        for other, token in zip(others, tokens, strict=True)
    ]
    answers = at_once(*refreshing, sweep_tokens, sweep_tokens)
    assert [answer.status_code for answer in answers[:4]] == [200] * 4
    sweep_tokens()
    assert get_access_token_model().objects.count() == 4
