"""principals.py: what the database says of a token, or of a person without one."""

import uuid
from dataclasses import replace

import pytest
from oauth2_provider.models import get_access_token_model

from accounts.caller import PLAYGROUND
from accounts.models import IssuedToken, OAuthClient, TokenFamily, User
from accounts.principals import read_person, read_principal, still_standing
from accounts.tokens import digest
from monitoring import audit
from monitoring.models import AuditPerson
from tests import make

SERVER = uuid.uuid4()


def test_name_behind_a_token_is_kept_for_the_audit_trail(bob):
    read_principal(digest(make.token(bob, make.server())))
    assert AuditPerson.objects.get(pk=bob.public_id).label == "bob"


def test_erased_name_does_not_come_back_with_the_next_call(bob):
    token = digest(make.token(bob, make.server()))
    read_principal(token)
    audit.erase_person(bob.public_id)
    read_principal(token)
    assert AuditPerson.objects.get(pk=bob.public_id).label == ""


def test_token_that_opens_nothing_leaves_no_name(bob):
    read_principal(digest(make.token(bob, make.server(), days=-1)))
    assert not AuditPerson.objects.exists()


def test_person_without_a_token_is_a_caller_with_what_they_may_now(bob):
    principal = read_person(bob.pk, SERVER, ["mcp:write"])
    caller, team = principal.caller, bob.teams.get()
    assert (caller.user, caller.username, caller.server) == (bob.pk, "bob", SERVER)
    assert caller.scopes == {"mcp:write", "mcp:read"} and caller.teams == {team.pk}
    assert (caller.client, caller.expires_at) == ("stdio", float("inf"))
    assert set(principal.keys) == {f"user:{bob.pk}", f"team:{team.pk}"}
    assert AuditPerson.objects.get(pk=bob.public_id).label == "bob"


def test_person_who_is_inactive_or_gone_is_no_caller(bob):
    bob.is_active = False
    bob.save()
    assert read_person(bob.pk, SERVER, []) is None
    assert read_person(bob.pk + 1, SERVER, []) is None
    assert not AuditPerson.objects.exists()


def test_use_of_a_token_is_noted_at_its_connection_and_outlives_it(bob):
    consent = make.consent(bob, make.client(), make.server())
    read_principal(digest(make.connected(consent)))
    get_access_token_model().objects.all().delete()
    consent.refresh_from_db()
    assert consent.last_used_at is not None


def test_use_is_noted_at_most_once_a_minute(bob, django_assert_num_queries):
    consent = make.consent(bob, make.client(), make.server())
    token = digest(make.connected(consent))
    read_principal(token)
    consent.refresh_from_db()
    first = consent.last_used_at
    with django_assert_num_queries(2):  # the token, its person's teams
        read_principal(token)
    consent.refresh_from_db()
    assert consent.last_used_at == first


@pytest.mark.parametrize("state", [{"blocked": True}, {"approved": False}])
def test_token_of_a_client_that_may_do_nothing_opens_nothing(bob, state):
    token = digest(make.connected(make.consent(bob, make.client(**state), make.server())))
    assert read_principal(token) is None


def test_caller_is_kept_under_all_that_may_end_it(bob):
    consent = make.consent(bob, make.client(), make.server())
    token = digest(make.connected(consent))
    principal = read_principal(token)
    assert principal.keys == principal.caller.keys
    assert set(principal.keys) == {
        f"token:{token}",
        f"user:{bob.pk}",
        f"client:{consent.client_id}",
        f"family:{consent.families.get().pk}",
        f"server:{consent.server}",
        f"team:{bob.teams.get().pk}",
    }


# --- whether a call that runs may go on ---


def test_refreshed_and_expired_tokens_take_nothing_back(bob):
    caller = read_principal(
        digest(make.connected(make.consent(bob, make.client(), make.server())))
    ).caller
    get_access_token_model().objects.all().delete()
    assert still_standing([caller]) == {caller}


@pytest.mark.parametrize(
    "take", ["family", "consent", "block", "unapprove", "inactive", "person", "client"]
)
def test_leave_that_is_taken_back_is_told(bob, charlie, take):
    server = make.server()
    consent = make.consent(bob, make.client(), server)
    others = [
        make.connected(make.consent(charlie, make.client(), server)),
        make.token(charlie, server),
    ]
    caller = read_principal(digest(make.connected(consent))).caller
    kept = {read_principal(digest(token)).caller for token in others}
    {
        "family": lambda: TokenFamily.objects.filter(consent=consent).delete(),
        "consent": consent.delete,
        "block": lambda: OAuthClient.objects.filter(pk=consent.client_id).update(blocked=True),
        "unapprove": lambda: OAuthClient.objects.filter(pk=consent.client_id).update(
            approved=False
        ),
        "inactive": lambda: User.objects.filter(pk=bob.pk).update(is_active=False),
        "person": bob.delete,
        "client": consent.client.delete,
    }[take]()
    assert still_standing([caller, *kept]) == kept


def test_token_of_ones_own_stands_while_it_is_there(bob):
    caller = read_principal(digest(make.token(bob, make.server()))).caller
    assert still_standing([caller]) == {caller}
    IssuedToken.objects.all().delete()
    assert still_standing([caller]) == set()


def test_token_of_ones_own_that_expired_stands_unless_it_was_taken_back(bob):
    token = make.token(bob, make.server())
    caller = replace(read_principal(digest(token)).caller, expires_at=1.0)
    assert still_standing([caller]) == {caller}
    IssuedToken.objects.all().delete()
    assert still_standing([caller]) == set()


def test_token_of_the_playground_may_be_swept_away_once_expired(bob):
    caller = read_principal(digest(make.token(bob, make.server()))).caller
    played = replace(caller, client=f"{PLAYGROUND}{bob.public_id}", expires_at=1.0)
    IssuedToken.objects.all().delete()
    assert still_standing([played]) == {played}
    assert still_standing([replace(played, expires_at=caller.expires_at)]) == set()


def test_person_without_a_token_stands_while_active(bob):
    caller = read_person(bob.pk, SERVER, ["mcp:read"]).caller
    assert still_standing([caller]) == {caller}
    User.objects.update(is_active=False)
    assert still_standing([caller]) == set()


def test_any_number_of_calls_is_looked_at_with_the_same_queries(bob, django_assert_num_queries):
    server = make.server()
    tokens = [make.connected(make.consent(make.user(), make.client(), server)) for _ in range(5)]
    callers = [read_principal(digest(token)).caller for token in [*tokens, make.token(bob, server)]]
    with django_assert_num_queries(2):
        assert len(still_standing(callers)) == 6
