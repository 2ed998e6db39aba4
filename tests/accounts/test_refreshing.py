"""oauth/refreshing.py: rotation, the grace for a client's own races, and what reuse ends."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone
from oauth2_provider.models import get_access_token_model, get_refresh_token_model

from accounts.models import Consent, TokenFamily
from accounts.oauth.refreshing import GRACE, lifetime
from monitoring.models import AuditEvent
from tests import make
from tests.accounts.test_redeeming import GRANT, TAKEN_BACK, alive
from tests.connecting import error_of

RefreshToken = get_refresh_token_model()
SECOND = timedelta(seconds=1)


@pytest.fixture
def token(connecting):
    """A refresh token that was not used yet."""
    return connecting.redeem().json()["refresh_token"]


def use_long_ago(by=GRACE + SECOND):
    RefreshToken.objects.filter(revoked__isnull=False).update(revoked=timezone.now() - by)


@pytest.mark.behaviour("Q13")
def test_each_refresh_gives_a_new_pair_of_the_same_family(connecting, token):
    first = connecting.refresh(token).json()
    second = connecting.refresh(first["refresh_token"]).json()
    assert len({token, first["refresh_token"], second["refresh_token"]}) == 3
    assert first["access_token"] != second["access_token"]
    assert second["expires_in"] == 900 and second["token_type"] == "Bearer"
    family = TokenFamily.objects.get()
    assert family.issued.count() == 3 and family.refreshed_at is not None
    assert set(RefreshToken.objects.values_list("token_family", flat=True)) == {family.public_id}


def test_refresh_costs_the_same_few_queries(connecting, token, django_assert_max_num_queries):
    for _ in range(3):
        token = connecting.refresh(token).json()["refresh_token"]
    with django_assert_max_num_queries(11):  # the directory of these tests asks nothing
        connecting.refresh(token)


def test_the_old_access_token_lives_out_its_minutes(connecting, token):
    connecting.refresh(token)
    assert get_access_token_model().objects.filter(expires__gt=timezone.now()).count() == 2


def test_new_tokens_are_told_nobody(connecting, token, announced):
    connecting.refresh(token)
    assert announced == []


def test_used_token_gets_its_own_client_a_further_pair_for_a_while(connecting, token, recorded):
    pairs = [connecting.refresh(token).json() for _ in range(3)]
    assert len({pair["refresh_token"] for pair in pairs}) == 3
    for pair in pairs:
        assert connecting.refresh(pair["refresh_token"]).status_code == 200
    assert TokenFamily.objects.count() == 1 and "token.reuse" not in recorded()


def test_the_grace_begins_with_the_first_use(connecting, token):
    connecting.refresh(token)
    use_long_ago(GRACE - SECOND)
    assert connecting.refresh(token).status_code == 200
    use_long_ago()
    assert error_of(connecting.refresh(token)) == GRANT


def test_reuse_after_that_ends_the_family(connecting, token, recorded, announced):
    newest, family = connecting.refresh(token).json(), TokenFamily.objects.get()
    use_long_ago()
    assert error_of(connecting.refresh(token)) == GRANT
    assert not alive() and not TokenFamily.objects.exists()
    assert announced == [f"family:{family.pk}"]
    assert error_of(connecting.refresh(newest["refresh_token"])) == GRANT
    assert recorded()[-2:] == ["token.reuse", "token.refuse"]
    event = AuditEvent.objects.get(action="token.reuse")
    assert event.user == connecting.consent.user.public_id and event.outcome == "denied"
    assert json.loads(event.data) == {"address": "127.0.0.1"}


def test_another_clients_request_changes_nothing(connecting, token):
    other = make.oauth_client().client_id
    assert error_of(connecting.refresh(token, client_id=other)) == GRANT
    connecting.refresh(token)
    use_long_ago()
    assert error_of(connecting.refresh(token, client_id=other)) == GRANT
    assert TokenFamily.objects.count() == 1


def test_token_dies_when_it_is_not_used_for_a_month(connecting, token):
    RefreshToken.objects.update(created=timezone.now() - lifetime() + timedelta(minutes=1))
    newer = connecting.refresh(token).json()["refresh_token"]
    RefreshToken.objects.update(created=timezone.now() - lifetime(), revoked=None)
    assert error_of(connecting.refresh(newer)) == GRANT


@pytest.mark.parametrize("take_back", TAKEN_BACK)
def test_nothing_is_given_once_what_was_allowed_is_taken_back(
    connecting, directory, token, take_back
):
    take_back(connecting, directory)
    assert error_of(connecting.refresh(token)) == GRANT
    assert RefreshToken.objects.filter(revoked__isnull=False).count() == 0


def test_refused_refresh_leaves_the_token_as_it_was(connecting, token):
    assert error_of(connecting.refresh(token, scope="mcp:admin"))[1] == "invalid_scope"
    assert error_of(connecting.refresh(token, resource="http://localhost/mcp/x"))[0] == 400
    assert RefreshToken.objects.get().revoked is None


def test_scopes_may_be_fewer_for_one_access_token(connecting, token):
    narrowed = connecting.refresh(token, scope="mcp:read").json()
    assert narrowed["scope"] == "mcp:read"
    again = connecting.refresh(narrowed["refresh_token"]).json()
    assert again["scope"] == connecting.consent.scopes


def test_scope_that_another_implies_may_be_asked_for(connecting):
    token = connecting.redeem(connecting.code(scope="mcp:write")).json()["refresh_token"]
    assert connecting.refresh(token, scope="mcp:read").json()["scope"] == "mcp:read"


@pytest.mark.parametrize(
    "scope", ["mcp:destructive", "mcp:read mcp:destructive", "openid", "mcp:read  mcp:write", "é"]
)
def test_scopes_never_become_more(connecting, token, scope):
    assert error_of(connecting.refresh(token, scope=scope)) == (400, "invalid_scope")


def test_scope_that_the_person_took_back_since_is_not_given_again(connecting, token):
    Consent.objects.update(scopes="mcp:read")
    assert connecting.refresh(token).json()["scope"] == "mcp:read"
    Consent.objects.update(scopes="mcp:destructive")
    kept = connecting.refresh(token).json()["scope"]
    assert kept == "mcp:read mcp:write"
    Consent.objects.update(scopes="")
    assert error_of(connecting.refresh(token)) == GRANT


@pytest.mark.behaviour("Q6")
@pytest.mark.parametrize(
    ("resource", "status"),
    [("http://127.0.0.1/mcp/demo", 200), ("http://localhost/mcp/other", 400), ("demo", 400)],
)
def test_resource_has_to_name_the_server_of_the_token(
    connecting, directory, token, resource, status
):
    directory.add("other", "bob")
    answer = connecting.refresh(token, resource=resource)
    assert error_of(answer) == (status, "" if status == 200 else "invalid_target")
