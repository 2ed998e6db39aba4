"""oauth/steps.py: registrations and token requests are noted, each with its reason and whose it is."""

import json
import uuid

import pytest

from accounts import services, throttle
from accounts.errors import FetchFailed
from accounts.models import AttemptStep, ConnectionAttempt, Consent
from accounts.oauth import client_documents, steps
from accounts.oauth.client_documents import ClientDocuments
from accounts.outbound.fetch import Fetcher
from accounts.tokens import digest
from accounts.views import asking
from monitoring import rollup
from tests import make
from tests.accounts.asking import SERVERS, answer, page_in, request_of
from tests.connecting import FORM

URI = "http://localhost:3000/cb"


class Unreached(Fetcher):
    """An internet where nobody answers."""

    def get(self, address):
        raise FetchFailed("client.example: no connection.")


def noted():
    """Write what was noted; return step and reason of each, in order."""
    services.write_noted()
    return list(AttemptStep.objects.order_by("id").values_list("step", "reason"))


def register(client, **said):
    body = json.dumps({"redirect_uris": [URI], "client_name": "Editor", **said})
    headers = {"User-Agent": "editor/1"}
    return client.post("/register", body, content_type="application/json", headers=headers)


# --- registration ---------------------------------------------------------------------------------


def test_registration_is_noted_with_its_client(client, db):
    register(client)
    assert noted() == [("registration", "")]
    attempt = ConnectionAttempt.objects.get()
    assert (attempt.client.name, attempt.user_agent) == ("Editor", "editor/1")


@pytest.mark.parametrize(
    ("policy", "said", "reason"),
    [
        ("closed", {}, "registration_closed"),
        ("hosts", {}, "registration_host"),
        ("open", {"redirect_uris": ["http://evil.example.com/"]}, "registration_redirect"),
        ("open", {"grant_types": ["password"]}, "registration_refused"),
        ("open", {"client_name": 7}, "registration_refused"),
    ],
)
def test_refused_registration_is_noted_with_its_reason(client, db, policy, said, reason):
    services.set_client_policy(
        actor=None, registration=policy, redirect_hosts="claude.ai", client_documents=True
    )
    assert register(client, **said).status_code >= 400
    assert noted() == [("registration", reason)]


def test_one_registration_too_many_is_noted(client, db, monkeypatch):
    monkeypatch.setattr(throttle, "REGISTER", throttle.Brake("register", 0, 600))
    assert register(client).status_code == 429
    assert noted() == [("registration", "registration_limited")]


@pytest.mark.parametrize(
    ("act", "reason"),
    [
        (lambda client: register(client, client_name=7), "registration_refused"),
        (lambda client: client.get("/authorize?client_id=gone"), "client_unknown"),
    ],
)
def test_refusal_is_rolled_up_in_the_trail(client, db, act, reason):
    rollup.drain(everything=True)
    act(client)
    (event,) = rollup.drain(everything=True)
    assert json.loads(event.data)["reasons"] == {reason: 1}


# --- token ----------------------------------------------------------------------------------------


def test_first_token_is_noted_with_person_client_and_server(connecting, bob, directory):
    connecting.redeem()
    assert noted() == [("token", "")]
    attempt = ConnectionAttempt.objects.get()
    assert (attempt.user, attempt.client) == (bob, connecting.client)
    assert attempt.server == directory.servers[0].public_id


def test_refreshing_is_no_step(connecting):
    given = connecting.redeem().json()
    connecting.refresh(given["refresh_token"])
    assert noted() == [("token", "")]


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"code_verifier": "x" * 43}, "verifier"),
        ({"redirect_uri": "http://127.0.0.1/other"}, "redirect_differs"),
        ({"resource": "http://localhost/mcp/other"}, "wrong_target"),
    ],
)
def test_refused_token_is_noted_with_the_reason_and_whose_it_is(connecting, bob, said, reason):
    assert connecting.redeem(**said).status_code == 400
    assert noted() == [("token", reason)]
    attempt = ConnectionAttempt.objects.get()
    assert (attempt.user, attempt.client) == (bob, connecting.client)


def test_code_of_a_connection_that_was_taken_back(connecting):
    Consent.objects.all().delete()
    assert connecting.redeem().status_code == 400
    assert noted() == [("token", "consent_gone")]


def test_client_that_was_disconnected_is_told_as_such_to_whose_it_was(connecting, bob, directory):
    given, server = connecting.redeem().json(), directory.servers[0].public_id
    noted()
    ConnectionAttempt.objects.all().delete()
    services.revoke_connection(actor=bob, consent=connecting.consent)
    connecting.refresh(given["refresh_token"])
    steps.note_challenge("192.0.2.9", "", server, digest(given["access_token"]))
    assert noted() == [("token", "consent_gone"), ("challenge", "consent_gone")]
    for attempt in ConnectionAttempt.objects.all():
        assert (attempt.user, attempt.client) == (bob, connecting.client)


def test_disconnected_clients_token_in_the_hands_of_another_client_names_nobody(connecting, bob):
    token = connecting.redeem().json()["refresh_token"]
    noted()
    services.revoke_connection(actor=bob, consent=connecting.consent)
    connecting.refresh(token, client_id=make.client("Other").client_id)
    assert noted()[-1] == ("token", "refresh_unknown")
    assert ConnectionAttempt.objects.get(client__name="Other").user is None


def test_disconnected_client_is_answered_as_any_whose_token_is_not_known(connecting, bob):
    token = connecting.redeem().json()["refresh_token"]
    services.revoke_connection(actor=bob, consent=connecting.consent)
    answers = [connecting.refresh(token), connecting.refresh("made-up")]
    assert answers[0].content == answers[1].content


def test_made_up_code_is_noted_as_the_clients_alone(connecting):
    connecting.redeem(code="made-up")
    assert noted() == [("token", "code_unknown")]
    assert ConnectionAttempt.objects.get().user is None


def test_client_that_is_not_known_is_noted_as_nobodys(client, db):
    body = "grant_type=authorization_code&code=x&client_id=gone"
    client.post("/token", body, content_type=FORM)
    assert noted() == [("token", "client_unknown")]
    assert ConnectionAttempt.objects.get().client is None


def test_revoking_is_no_step(client, connecting):
    body = f"token=x&client_id={connecting.client.client_id}"
    client.post("/revoke", body, content_type=FORM)
    client.post("/revoke", "token=x&client_id=gone", content_type=FORM)
    assert noted() == []


def test_flood_of_wrong_codes_is_few_rows(connecting):
    for number in range(40):
        connecting.redeem(code=f"made-up-{number}")
    assert len(noted()) <= 2


# --- authorize ------------------------------------------------------------------------------------


@pytest.fixture
def app(db):
    return make.oauth_client("Editor")


@pytest.fixture
def mine(client, bob, directory):
    """Bob's browser, with a server he may use."""
    directory.add("demo", "bob")
    client.force_login(bob)
    return client


def test_page_and_leave_are_noted_with_person_client_and_server(mine, app, bob, directory):
    page = page_in(mine.get(request_of(app)))
    assert answer(mine, page).status_code == 302
    assert noted() == [("authorize", ""), ("allowed", "")]
    attempt = ConnectionAttempt.objects.get()
    assert (attempt.user, attempt.client) == (bob, app)
    assert attempt.server == directory.servers[0].public_id


def test_browser_that_has_yet_to_log_in_is_noted_with_the_client_alone(client, app, directory):
    client.get(request_of(app))
    assert noted() == [("authorize", "")]
    attempt = ConnectionAttempt.objects.get()
    assert (attempt.user, attempt.client) == (None, app)


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({"client_id": "gone"}, "client_unknown"),
        ({"redirect_uri": "https://evil.example.com/"}, "redirect_mismatch"),
        ({"code_challenge": None}, "pkce_missing"),
        ({"code_challenge_method": "plain"}, "pkce_plain"),
        ({"scope": "everything"}, "scope_unknown"),
        ({"resource": f"{SERVERS}/secret"}, "resource_unknown"),
    ],
)
def test_refused_request_is_noted_with_its_reason(mine, app, bob, asked, reason):
    mine.get(request_of(app, **asked))
    assert noted() == [("authorize", reason)]
    assert ConnectionAttempt.objects.get().user == bob


DOCUMENT = "https://client.example/oauth/client.json"


@pytest.mark.parametrize(
    ("policy", "client_id", "reason"),
    [
        ("open", DOCUMENT, "document_unreadable"),
        ("open", "https://client.example/", "document_unreadable"),
        ("closed", DOCUMENT, "registration_closed"),
        ("hosts", DOCUMENT, "registration_host"),
    ],
)
def test_client_whose_document_is_not_taken_fails_at_its_registration(
    mine, app, settings, monkeypatch, policy, client_id, reason
):
    settings.CLIENT_DOCUMENTS = True
    monkeypatch.setattr(client_documents, "documents", ClientDocuments(Unreached()))
    services.set_client_policy(
        actor=None, registration=policy, redirect_hosts="claude.ai", client_documents=True
    )
    page = mine.get(request_of(app, client_id=client_id))
    assert page.status_code >= 400 and reason in page.content.decode()
    assert noted() == [("registration", reason)]


def test_one_unknown_document_too_many_is_told_and_noted(mine, app, settings, monkeypatch):
    settings.CLIENT_DOCUMENTS = True
    monkeypatch.setattr(throttle, "DOCUMENTS_OF", throttle.Brake("documents-of", 0, 600))
    page = mine.get(request_of(app, client_id=DOCUMENT))
    assert (page.status_code, page["Retry-After"]) == (429, "600")
    assert noted() == [("registration", "registration_limited")]


def test_client_that_is_learned_from_its_document_has_registered(mine, app, monkeypatch):
    found = client_documents.Found(app, learned=True)
    monkeypatch.setattr(asking, "find_client", lambda *asked: found)
    type(app).objects.update(client_id=DOCUMENT)
    mine.get(request_of(app, client_id=DOCUMENT))
    assert noted() == [("registration", ""), ("authorize", "")]
    assert ConnectionAttempt.objects.get().client == app


@pytest.mark.parametrize(
    ("state", "reason"),
    [({"blocked": True}, "client_blocked"), ({"approved": False}, "client_waits")],
)
def test_client_that_is_shut_out_is_noted(mine, app, state, reason):
    type(app).objects.filter(pk=app.pk).update(**state)
    mine.get(request_of(app))
    assert noted() == [("authorize", reason)]


def test_denial_and_second_answer_are_noted(mine, app):
    page = page_in(mine.get(request_of(app)))
    answer(mine, page, "deny")
    answer(mine, page)
    assert noted() == [("authorize", ""), ("authorize", "denied"), ("authorize", "already_decided")]


def test_page_that_was_not_this_browsers_is_noted(mine):
    answer(mine, str(uuid.uuid4()))
    assert noted() == [("authorize", "page_expired")]
