"""services about authorization requests: kept, allowed, denied, once."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import IntegrityError, connection
from django.test import TestCase
from django.utils import timezone
from oauth2_provider.models import get_grant_model

from accounts import services
from accounts.errors import Refused, ServerNotUsable, UnknownScope
from accounts.models import AuthorizationRequest, Consent, User
from accounts.oauth import engine
from accounts.oauth.answers import Back
from accounts.oauth.codes import digest
from accounts.oauth.denials import Reason
from accounts.principals import read_principal
from accounts.services.consenting import MOST_OPEN
from tests import make
from tests.connecting import Connecting

Grant = get_grant_model()
SESSION = "a session's key"


@pytest.fixture
def server(directory, db):
    return directory.add("demo", "bob")


def keep(user, server=None, client=None, **changes):
    asked = services.Asked(
        client=client or make.oauth_client("Claude"),
        back=Back(make.CALLBACK, "state"),
        code_challenge=make.CHALLENGE,
        server=server,
        **changes,
    )
    return services.keep_request(actor=user, session_key=SESSION, asked=asked)


def allow(user, shown, server, scopes=("mcp:read",)):
    return services.allow_request(actor=user, shown=shown, server=server, scopes=scopes)


def test_kept_request_holds_no_session_s_key(bob, server):
    kept = keep(bob, server, scopes=("mcp:read", "mcp:write"))
    assert SESSION not in str(kept.__dict__) and kept.scopes == "mcp:read mcp:write"
    assert "state" not in str(kept)


def test_past_and_surplus_pages_of_a_person_are_forgotten(bob, charlie, server):
    theirs = keep(charlie, server)
    past = keep(bob, server)
    AuthorizationRequest.objects.filter(pk=past.pk).update(expires_at=timezone.now())
    kept = [keep(bob, server).pk for _ in range(MOST_OPEN + 2)]
    left = AuthorizationRequest.objects.values_list("pk", flat=True)
    assert set(left) == {theirs.pk, *kept[2:]}


@pytest.mark.parametrize(
    ("scopes", "told"),
    [([], "Choose at least one"), (["mcp:read", "mcp:all"], "There is no scope 'mcp:all'")],
)
def test_senseless_scopes_decide_nothing(bob, server, scopes, told):
    shown = keep(bob, server)
    with pytest.raises(UnknownScope, match=told):
        allow(bob, shown, server, scopes)
    assert allow(bob, shown, server)


def test_server_is_the_one_that_was_shown_and_may_be_used(bob, server, directory):
    with pytest.raises(ServerNotUsable):
        allow(bob, keep(bob, server), directory.add("weather", "bob"))
    with pytest.raises(ServerNotUsable):
        allow(bob, keep(bob), directory.add("secret", "alice"))
    assert not Consent.objects.exists()


def test_page_of_somebody_else_is_not_valid(bob, charlie, server, directory):
    shown = keep(bob, server)
    directory.users["demo"].add("charlie")
    with pytest.raises(Refused) as refused:
        allow(charlie, shown, server)
    assert refused.value.reason is Reason.PAGE_GONE


def test_expired_page_is_not_valid(bob, server):
    shown = keep(bob, server)
    AuthorizationRequest.objects.update(expires_at=timezone.now())
    with pytest.raises(Refused) as refused:
        services.deny_request(actor=bob, shown=shown)
    assert refused.value.reason is Reason.PAGE_GONE


def test_consent_code_and_answer_stand_or_fall_together(bob, server, monkeypatch):
    shown = keep(bob, server)

    def fail(*args, **kwargs):
        raise IntegrityError

    with monkeypatch.context() as broken, pytest.raises(IntegrityError):
        broken.setattr(engine, "make_code", fail)
        allow(bob, shown, server)
    assert not Consent.objects.exists()
    assert AuthorizationRequest.objects.get().decided_at is None
    assert allow(bob, shown, server)


def test_codes_differ_and_are_long(bob, server):
    codes = {allow(bob, keep(bob, server), server) for _ in range(5)}
    assert len(codes) == 5 and all(len(code) == 43 for code in codes)


def test_consent_remembers_the_last_answer(bob, server, recorded):
    client = make.oauth_client()
    allow(bob, keep(bob, server, client), server, ["mcp:destructive"])
    allow(bob, keep(bob, server, client), server, ["mcp:prompts"])
    consent = Consent.objects.get()
    assert (consent.scopes, consent.redirect_uri) == ("mcp:prompts", make.CALLBACK)
    assert recorded() == ["consent.allow", "consent.allow"]


def test_what_is_not_allowed_again_is_taken_from_tokens_at_once(connecting, directory, announced):
    """What the page says is gone opens nothing any more, on no process; what is left is renewed."""
    (server,), bob, client = directory.servers, connecting.consent.user, connecting.client
    wide = connecting.redeem().json()
    narrow = connecting.refresh(wide["refresh_token"], scope="mcp:prompts").json()
    code = connecting.code()
    with TestCase.captureOnCommitCallbacks(execute=True):
        allow(bob, keep(bob, server, client), server, ["mcp:prompts"])
    assert announced == [f"token:{digest(wide['access_token'])}"]
    assert read_principal(digest(wide["access_token"])) is None
    assert read_principal(digest(narrow["access_token"])).caller.scopes == {"mcp:prompts"}
    assert connecting.refresh(narrow["refresh_token"]).json()["scope"] == "mcp:prompts"
    assert connecting.redeem(code).json()["scope"] == "mcp:prompts"


@pytest.mark.parametrize(
    "scopes", [["mcp:destructive", "mcp:prompts"], ["mcp:write", "mcp:prompts"]]
)
def test_allowing_as_much_or_more_ends_nothing(connecting, directory, announced, scopes):
    (server,), bob = directory.servers, connecting.consent.user
    token = digest(connecting.redeem().json()["access_token"])
    with TestCase.captureOnCommitCallbacks(execute=True):
        allow(bob, keep(bob, server, connecting.client), server, scopes)
    assert announced == [] and read_principal(token)


def test_what_others_and_other_servers_hold_stays(connecting, directory, charlie):
    (server,), bob, client = directory.servers, connecting.consent.user, connecting.client
    other = directory.add("other", "bob")
    directory.users["demo"].add("charlie")
    consents = (make.consent(bob, client, other), make.consent(charlie, client, server))
    held = [Connecting(each, client).redeem().json()["access_token"] for each in consents]
    allow(bob, keep(bob, server, client), server, ["mcp:prompts"])
    assert all(read_principal(digest(token)) for token in held)


@pytest.mark.django_db(transaction=True)
def test_of_many_answers_at_once_one_counts(directory):
    bob = make.user("bob")
    server = directory.add("demo", "bob")
    shown = keep(bob, server)

    def press(number):
        try:
            if number % 2:
                return services.deny_request(actor=bob, shown=shown) or "denied"
            return allow(bob, AuthorizationRequest.objects.get(pk=shown.pk), server)
        except Refused as refused:
            return refused.reason
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(press, range(8)))
    assert len([each for each in told if not isinstance(each, Reason)]) == 1, told
    assert Grant.objects.count() == Consent.objects.count() <= 1


def test_who_was_shut_out_since_the_page_was_shown_gives_nothing(bob, server):
    shown = keep(bob, server)
    services.disable_user(actor=None, user=User.objects.get(pk=bob.pk))
    with pytest.raises(Refused):
        allow(bob, shown, server)
    assert not Consent.objects.exists()
