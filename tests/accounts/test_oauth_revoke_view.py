"""views/oauth_revoke.py: a client gives its tokens back (RFC 7009)."""

import pytest

from accounts.models import IssuedToken, TokenFamily
from monitoring.models import AuditEvent
from tests import make
from tests.accounts.test_redeeming import alive
from tests.connecting import error_of


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
@pytest.mark.parametrize("hint", [None, "access_token", "refresh_token", "something"])
def test_either_token_ends_the_whole_family_at_once(connecting, announced, recorded, kind, hint):
    given, family = connecting.redeem().json(), TokenFamily.objects.get()
    connecting.refresh(given["refresh_token"])
    answer = connecting.revoke(given[kind], token_type_hint=hint)
    assert error_of(answer) == (200, "")
    assert not alive() and not TokenFamily.objects.exists()
    assert announced == [f"family:{family.pk}"]
    assert recorded() == ["token.issue", "token.refresh", "token.revoke"]
    event = AuditEvent.objects.last()
    assert (event.outcome, event.client) == ("ok", str(connecting.client.public_id))


def test_consent_stays_when_its_tokens_are_given_back(connecting):
    connecting.revoke(connecting.redeem().json()["refresh_token"])
    assert connecting.redeem().status_code == 200


def test_unknown_token_is_answered_like_a_known_one(connecting, recorded):
    assert error_of(connecting.revoke("nobody's")) == (200, "")
    assert recorded() == []


def test_another_clients_token_stays_and_nothing_tells_of_it(connecting, recorded):
    given = connecting.redeem().json()
    other = make.oauth_client().client_id
    for token in (given["access_token"], given["refresh_token"]):
        assert error_of(connecting.revoke(token, client_id=other)) == (200, "")
    assert connecting.refresh(given["refresh_token"]).status_code == 200
    assert "token.revoke" not in recorded()


def test_token_that_no_client_got_is_nobodys_to_revoke(connecting, bob, directory):
    token = make.token(bob, directory.servers[0])
    assert error_of(connecting.revoke(token)) == (200, "")
    assert IssuedToken.objects.exists()


def test_client_that_was_blocked_may_still_give_back(connecting):
    given = connecting.redeem().json()
    connecting.client.blocked = True
    connecting.client.save()
    assert error_of(connecting.revoke(given["access_token"])) == (200, "")
    assert not alive()


def test_token_has_to_be_named_and_the_client_known(connecting):
    assert error_of(connecting.revoke(None)) == (400, "invalid_request")
    assert error_of(connecting.revoke("")) == (400, "invalid_request")
    assert error_of(connecting.revoke("x", client_id="nobody")) == (401, "invalid_client")


def test_only_post_is_answered(client, db):
    assert error_of(client.get("/revoke")) == (405, "invalid_request")
