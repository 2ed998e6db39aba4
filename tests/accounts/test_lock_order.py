"""Who waits for whom, on PostgreSQL: nothing an admin or a person does ends in a deadlock with what
clients do meanwhile. SQLite lets one write at a time and knows none.
"""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Event

import pytest
from django.db import connection, transaction
from oauth2_provider.models import get_access_token_model

from accounts import services
from accounts.models import AuthorizationRequest, Consent, OAuthClient, TokenFamily
from accounts.oauth.answers import Back
from accounts.services.consenting import Asked, allow_request, keep_request
from accounts.services.ending import end_consents
from tests import make

pytestmark = pytest.mark.django_db(transaction=True)

MOST_LOOKS = 10_000
WAITING = (
    "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    " AND datname = current_database()"
)


@pytest.fixture(autouse=True)
def postgresql(db):
    if connection.vendor != "postgresql":
        pytest.skip("needs PostgreSQL")


def crosswise(first, second, last=lambda: None):
    """Do `first` in a transaction, begin `second` on another connection, and when that waits do `last`
    and commit: it must neither fail nor make `second` fail."""
    holds = Event()

    def then():
        holds.wait()
        try:
            return second()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        try:
            with transaction.atomic():
                first()
                begun = pool.submit(then)
                holds.set()
                _until_somebody_waits(begun)
                last()
        finally:
            holds.set()
        return begun.result()


def _until_somebody_waits(begun):
    for _ in range(MOST_LOOKS):
        with connection.cursor() as cursor:
            cursor.execute(WAITING)
            if cursor.fetchone()[0] or begun.done():
                return
    raise AssertionError("nobody waited")


ENDS = {
    "disable": lambda it: services.disable_user(actor=None, user=it.consent.user),
    "delete": lambda it: services.delete_user(actor=None, user=it.consent.user),
    "sign out": lambda it: services.end_sessions(actor=None, user=it.consent.user, tokens_too=True),
    "delete client": lambda it: services.delete_client(actor=None, client=it.client),
    "revoke client": lambda it: services.revoke_client(actor=None, client=it.client),
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_what_ends_tokens_waits_for_a_refresh_and_then_ends_them(connecting, end):
    token = connecting.redeem().json()["refresh_token"]
    crosswise(lambda: connecting.refresh(token), partial(end, connecting))
    assert not TokenFamily.objects.exists() and not get_access_token_model().objects.exists()


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_what_ends_tokens_waits_for_a_redemption_and_then_ends_them(connecting, end):
    code = connecting.code()
    crosswise(lambda: connecting.redeem(code), partial(end, connecting))
    assert not TokenFamily.objects.exists() and not get_access_token_model().objects.exists()


def test_connection_that_ends_does_not_wait_for_who_decides_about_its_client(connecting):
    mine = Consent.objects.filter(pk=connecting.consent.pk)
    crosswise(
        lambda: mine.select_for_update().get(),
        partial(services.delete_client, actor=None, client=connecting.client),
        lambda: end_consents(mine),
    )
    assert not Consent.objects.exists() and not OAuthClient.objects.exists()


def test_client_that_is_deleted_while_somebody_allows_it_takes_that_with_it(connecting, directory):
    person, (server,) = connecting.consent.user, directory.servers
    asked = Asked(connecting.client, Back(make.CALLBACK), make.CHALLENGE, server=server)
    shown = keep_request(actor=person, session_key="k" * 32, asked=asked)
    crosswise(
        lambda: allow_request(actor=person, shown=shown, server=server, scopes=["mcp:read"]),
        partial(services.delete_client, actor=None, client=connecting.client),
    )
    assert not Consent.objects.exists() and not AuthorizationRequest.objects.exists()


def allowing(connecting, directory, *scopes):
    """What the person does who comes back and ticks these alone."""
    person, (server,) = connecting.consent.user, directory.servers
    asked = Asked(connecting.client, Back(make.CALLBACK), make.CHALLENGE, server=server)
    shown = keep_request(actor=person, session_key="k" * 32, asked=asked)
    return partial(allow_request, actor=person, shown=shown, server=server, scopes=scopes)


def test_who_allows_less_waits_for_a_refresh_and_takes_what_it_gave(connecting, directory):
    token = connecting.redeem().json()["refresh_token"]
    less = allowing(connecting, directory, "mcp:prompts")
    crosswise(lambda: connecting.refresh(token), less)
    assert not get_access_token_model().objects.exists() and TokenFamily.objects.exists()


def test_refresh_that_waits_for_who_allows_less_gives_no_more(connecting, directory):
    token = connecting.redeem().json()["refresh_token"]
    less = allowing(connecting, directory, "mcp:prompts")
    assert crosswise(less, lambda: connecting.refresh(token)).json()["scope"] == "mcp:prompts"


def test_redemption_that_waits_for_who_allows_less_gives_no_more(connecting, directory):
    code, less = connecting.code(), allowing(connecting, directory, "mcp:prompts")
    assert crosswise(less, lambda: connecting.redeem(code)).json()["scope"] == "mcp:prompts"
