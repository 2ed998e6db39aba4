"""The trail of a client: whatever becomes of it is an event that its id finds."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from oauth2_provider.models import get_refresh_token_model

from accounts import services
from accounts.models import IssuedToken, OAuthClient, User
from accounts.oauth import refusals
from accounts.oauth.denials import Reason
from accounts.oauth.refusals import Refusal
from accounts.oauth.registration import ClientMetadata
from accounts.services import Document
from accounts.services.expiry import UNUSED_FOR
from monitoring.admin.words import ACTIONS, REASONS
from monitoring.audit import flush
from monitoring.models import AuditEvent
from tests import make
from tests.accounts.asking import answer, page_in, request_of
from tests.connecting import Connecting

ID = "https://claude.ai/client.json"
SAID = ClientMetadata("Editor", (make.CALLBACK,))
OTHERWISE = ClientMetadata("Other", (make.CALLBACK,))


class Case:
    """A client at the hub: who decides about it, who allowed it, and its requests."""

    def __init__(self, connecting: Connecting, alice: User) -> None:
        self.connecting, self.alice = connecting, alice
        self.client, self.consent = connecting.client, connecting.consent
        self.bob = self.consent.user

    def browser(self) -> Client:
        """Bob's, logged in."""
        browser = Client()
        browser.force_login(self.bob)
        return browser

    def page(self, decision: str = "", **changes: str | None) -> None:
        """Open the consent page, and answer it."""
        browser = self.browser()
        shown = browser.get(request_of(self.client, **changes))
        if decision:
            answer(browser, page_in(shown), decision)

    def refresh_token(self) -> str:
        """One that the client holds."""
        token: str = self.connecting.redeem().json()["refresh_token"]
        return token


def known_by_document(case: Case, said: ClientMetadata) -> OAuthClient:
    until = timezone.now() + timedelta(hours=1)
    return services.know_document(document=Document(ID, said, until))


def add(case: Case) -> OAuthClient:
    return services.add_client(actor=case.alice, metadata=SAID).client


def register(case: Case) -> OAuthClient:
    return services.register_client(metadata=SAID, address="192.0.2.7").client


def change_document(case: Case) -> OAuthClient:
    known_by_document(case, SAID)
    return known_by_document(case, OTHERWISE)


def renew_secret(case: Case) -> OAuthClient:
    row = make.oauth_client(client_secret="x", registration_source="manual")
    services.renew_secret(actor=case.alice, client=row)
    return row


def update(case: Case) -> OAuthClient:
    row = make.oauth_client(registration_source="manual")
    services.update_client(actor=case.alice, client=row, name="x", redirect_uris=make.CALLBACK)
    return row


def approve(case: Case) -> OAuthClient:
    row = make.client(approved=False)
    services.approve_client(actor=case.alice, client=row)
    return row


def block(case: Case) -> None:
    services.block_client(actor=case.alice, client=case.client)


def unblock(case: Case) -> None:
    block(case)
    services.unblock_client(actor=case.alice, client=case.client)


def delete(case: Case) -> None:
    services.delete_client(actor=case.alice, client=case.client)


def expire(case: Case) -> OAuthClient:
    row = make.client()
    OAuthClient.objects.filter(pk=row.pk).update(updated=timezone.now() - 2 * UNUSED_FOR)
    services.expire_clients()
    return row


def end_one(case: Case) -> None:
    services.revoke_connection(actor=case.bob, consent=case.consent)


def end_all(case: Case) -> None:
    services.revoke_client(actor=case.alice, client=case.client)


def reuse(case: Case) -> None:
    token = case.refresh_token()
    case.connecting.refresh(token)
    long_ago = timezone.now() - timedelta(minutes=5)
    get_refresh_token_model().objects.filter(revoked__isnull=False).update(revoked=long_ago)
    case.connecting.refresh(token)


def replay(case: Case) -> None:
    code = case.connecting.code()
    case.connecting.redeem(code)
    case.connecting.redeem(code, code_verifier=None)


def revoke(case: Case) -> None:
    case.connecting.revoke(case.refresh_token())


def refuse(case: Case) -> None:
    case.connecting.redeem(code_verifier="wrong")


STEPS: dict[str, Callable[[Case], OAuthClient | None]] = {
    "client.add": add,
    "client.approve": approve,
    "client.block": block,
    "client.delete": delete,
    "client.document": change_document,
    "client.expire": expire,
    "client.register": register,
    "client.secret": renew_secret,
    "client.unblock": unblock,
    "client.update": update,
    "connection.revoke": end_one,
    "connection.revoke_client": end_all,
    "consent.allow": lambda case: case.page("allow"),
    "consent.ask": lambda case: case.page(),
    "consent.deny": lambda case: case.page("deny"),
    "consent.refuse": lambda case: case.page(code_challenge=None),
    "token.issue": lambda case: case.connecting.redeem() and None,
    "token.refresh": lambda case: case.connecting.refresh(case.refresh_token()) and None,
    "token.refuse": refuse,
    "token.replay": replay,
    "token.reuse": reuse,
    "token.revoke": revoke,
}
OF_NO_CLIENT = {
    "client.policy": "is about all of them",
    "connection.revoke_everything": "is about all of them",
    "connection.revoke_person": "is about many",
    "connection.revoke_server": "is about many",
    "token.mint": "has the token as its client, as its calls have",
    "token.play": "has the playground as its client, as its calls have",
    "token.view_as": "has the playground as its client, as its calls have",
}
OF_A_CLIENT = ("client.", "connection.", "consent.", "token.")


@pytest.fixture
def case(connecting: Connecting, alice: User) -> Case:
    return Case(connecting, alice)


def test_every_kind_of_event_is_in_the_table() -> None:
    named = {action for action in ACTIONS if action.startswith(OF_A_CLIENT)}
    assert named == {*STEPS, *OF_NO_CLIENT}


@pytest.mark.parametrize("action", STEPS)
def test_what_becomes_of_a_client_is_found_by_its_id(case: Case, action: str) -> None:
    client = STEPS[action](case) or case.client
    flush()
    event = AuditEvent.objects.get(action=action)
    assert event.client == str(client.public_id)
    if action.startswith(("consent.", "token.")):
        assert event.user == case.bob.public_id
    if action.startswith(("connection.revoke", "consent.", "token.")):
        whole = action in ("connection.revoke_client", "consent.refuse")
        assert event.server == ("" if whole else "demo")


def test_every_reason_for_a_refusal_has_words() -> None:
    told = {each.reason for each in vars(refusals).values() if isinstance(each, Refusal)}
    said = {str(reason) for reason in Reason} - {str(Reason.DENIED)}
    assert told | said | {"used_before"} <= REASONS.keys()


def minted(case: Case, server: Any) -> IssuedToken:
    return services.mint_token(
        actor=case.bob,
        user=case.bob,
        server=server,
        name="script",
        scopes=("mcp:read",),
        days=1,
        origin=IssuedToken.Origin.SELF,
    ).issued


def test_token_without_a_client_is_found_as_its_calls_are(case: Case, directory: Any) -> None:
    server = directory.servers[0]
    issued = minted(case, server)
    own = str(issued.public_id)
    services.revoke_token(actor=case.bob, issued=issued)
    asked = {"actor": case.bob, "user": case.bob, "server": server, "scopes": ("mcp:read",)}
    services.mint_playground_token(**asked)
    flush()
    found = AuditEvent.objects.order_by("id").values_list("action", "client")
    assert list(found) == [
        ("token.mint", own),
        ("token.revoke", own),
        ("token.play", f"playground:{case.bob.public_id}"),
    ]
