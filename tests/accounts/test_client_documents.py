"""Clients known by the document at their id, fetched from a live server with a certificate of its own."""

import json
from email.message import Message

import pytest
from django.db import IntegrityError
from django.utils import timezone
from oauthlib.common import Request

from accounts import services, throttle
from accounts.errors import ClientRefused, InvalidFields
from accounts.models import OAuthClient
from accounts.oauth import client_documents
from accounts.oauth.client_documents import ClientDocuments, documents_enabled
from accounts.oauth.registration import MetadataError
from accounts.oauth.validator import Validator
from accounts.outbound.fetch import Fetcher, Limits
from tests import make
from tests.admin_pages import changes
from tests.client_documents import CHATGPT, CLAUDE, DOCUMENTS
from tests.tls import said, serving

HOST = "client.example"
ID = f"https://{HOST}/oauth/client.json"
SAID = {
    "client_id": ID,
    "client_name": "Claude Code",
    "client_uri": "https://client.example",
    "redirect_uris": ["http://localhost/callback", "http://127.0.0.1/callback"],
    "grant_types": ["authorization_code", "refresh_token"],
    "response_types": ["code"],
    "token_endpoint_auth_method": "none",
}


class PortFetcher(Fetcher):
    """Fetches from the test's server what stands at port 443 in life."""

    def __init__(self, server) -> None:
        self.port = server.port
        super().__init__(
            Limits(ports=frozenset({server.port})),
            resolve=lambda *asked: ["127.0.0.1"],
            trust=server.trust,
            public=lambda place: True,
        )

    def get(self, address):
        return super().get(address.replace(HOST, f"{HOST}:{self.port}", 1))


@pytest.fixture(scope="module")
def shared():
    with serving(HOST) as server:
        yield server


@pytest.fixture
def server(shared, settings):
    settings.CLIENT_DOCUMENTS = True
    shared.heads, shared.connections, shared.scripts = [], 0, {}
    serve(shared)
    return shared


@pytest.fixture
def known(db, server, monkeypatch):
    """What finds clients, wired as in life but for the fetcher."""
    documents = ClientDocuments(PortFetcher(server))
    monkeypatch.setattr(client_documents, "documents", documents)
    return documents


def serve(server, *headers, path="/oauth/client.json", body=None, **fields):
    text = json.dumps({**SAID, **fields}).encode() if body is None else body
    server.scripts[path] = said(text, *headers)


def policy(**fields):
    decided = {"registration": "open", "redirect_hosts": "", "client_documents": True, **fields}
    services.set_client_policy(actor=None, **decided)


def expire():
    OAuthClient.objects.update(cimd_expires_at=timezone.now())


@pytest.mark.behaviour("Q7")
def test_client_is_learned_from_its_document(known, server):
    client = known.find(ID).client
    assert (client.client_id, client.name, client.registration_source) == (
        ID,
        "Claude Code",
        "cimd",
    )
    assert (client.client_type, client.auth_method, client.state) == ("public", "none", "in")
    assert client.redirect_uris.split() == SAID["redirect_uris"]
    assert client.redirect_uri_allowed("http://localhost:50123/callback")
    assert client.client_uri == "https://client.example" and not client.skip_authorization
    (change,) = changes("client.register")
    assert (change["user"], change["after"]["source"]) == (None, "cimd")


def test_document_is_fetched_once_while_it_holds(known, server):
    for _ in range(3):
        assert known.find(ID).client
    assert server.connections == 1


def test_validator_judges_a_client_that_was_learned(known, server):
    assert known.find(ID).learned
    request = Request("/authorize")
    assert Validator().validate_client_id(ID, request) and request.client.client_id == ID
    uri = "http://127.0.0.1:33418/callback"
    assert Validator().validate_redirect_uri(ID, uri, request)
    assert not Validator().validate_redirect_uri(ID, f"{uri}/other", request)
    assert not Validator().validate_client_id(f"{ID}x", Request("/authorize"))
    services.block_client(actor=None, client=request.client)
    assert not Validator().validate_client_id(ID, Request("/authorize"))


def test_validator_fetches_nothing(known, server):
    """It is asked inside transactions."""
    assert not Validator().validate_client_id(ID, Request("/authorize"))
    known.find(ID)
    expire()
    assert Validator().validate_client_id(ID, Request("/authorize"))
    assert server.connections == 1


@pytest.mark.parametrize("said", DOCUMENTS.values(), ids=DOCUMENTS)
def test_document_that_a_maker_publishes_is_taken_as_it_stands(said):
    client = client_documents.read_document(said["client_id"], said)
    assert (client.name, client.client_uri) == (said["client_name"], said["client_uri"])
    assert client.redirect_uris == tuple(said["redirect_uris"]) and client.auth_method == "none"


@pytest.mark.parametrize(
    "fields",
    [
        {"grant_types": CLAUDE["grant_types"]},
        {"grant_types": ["implicit", "authorization_code"], "response_types": ["token", "code"]},
        {name: CHATGPT[name] for name in CHATGPT if name.startswith("token_endpoint")},
        {"token_endpoint_auth_method": None, "grant_types": None, "response_types": None},
        {"client_uri": "javascript:alert(1)", "logo_uri": 7, "software_id": "x" * 500},
        {"client_uri": "https://a.example/" + "x" * 500, "scope": ["x"], "application_type": 1},
    ],
    ids=range(6),
)
def test_what_a_document_says_besides_does_not_keep_its_client_out(known, server, fields):
    serve(server, **fields)
    assert known.find(ID).client.redirect_uris.split() == SAID["redirect_uris"]


def test_of_too_many_addresses_the_first_count(known, server):
    uris = [f"https://a.example/{number}" for number in range(11)]
    serve(server, redirect_uris=uris)
    assert known.find(ID).client.redirect_uris.split() == uris[:10]


def test_changed_document_changes_the_client(known, server):
    before = known.find(ID).client
    serve(server, client_name="Claude\u202e 2", redirect_uris=["https://client.example/cb"])
    assert known.find(ID).client.name == "Claude Code"
    expire()
    after = known.find(ID).client
    assert (after.pk, after.name) == (before.pk, "Claude 2")
    assert after.redirect_uris == "https://client.example/cb"
    (change,) = changes("client.document")
    assert change["before"]["name"] == "Claude Code" and change["after"]["name"] == "Claude 2"


def test_unchanged_document_is_no_change(known, server):
    known.find(ID)
    expire()
    assert known.find(ID).client.cimd_expires_at > timezone.now()
    assert server.connections == 2 and changes("client.document") == []


def test_decisions_of_admins_outlive_the_document(known, server):
    client = known.find(ID).client
    services.block_client(actor=None, client=client)
    expire()
    serve(server, client_name="New")
    assert known.find(ID).client.state == "blocked"
    assert OAuthClient.objects.get().name == "New"


def test_block_during_the_fetch_stays(known, server, monkeypatch):
    known.find(ID)
    expire()
    fetch = known._fetch

    def fetching(client_id):
        document = fetch(client_id)
        services.block_client(actor=None, client=OAuthClient.objects.get())
        return document

    monkeypatch.setattr(known, "_fetch", fetching)
    known.find(ID)
    assert OAuthClient.objects.get().blocked


@pytest.mark.parametrize(
    "script", [said(b"", status="404 Not Found"), said(b"{}"), said(b"<html>")]
)
def test_known_client_stays_when_its_document_cannot_be_had(known, server, script):
    known.find(ID)
    expire()
    server.scripts["/oauth/client.json"] = script
    assert known.find(ID).client.name == "Claude Code"
    known.find(ID)
    assert server.connections == 2


def test_failure_is_not_tried_again_at_once_and_says_why(known, server):
    server.scripts["/oauth/client.json"] = said(b"", status="500 Oh")
    assert [known.find(ID).problem for _ in range(2)] == ["The answer has status 500, not 200."] * 2
    assert known.find(ID).reason == "document_unreadable"
    assert server.connections == 1 and not OAuthClient.objects.exists()


def test_client_is_learned_once(known, server):
    assert known.find(ID).learned and not known.find(ID).learned
    expire()
    assert not known.find(ID).learned and server.connections == 2


@pytest.mark.parametrize(
    "client_id",
    [
        "https://client.example",
        "https://client.example/",
        "https://client.example/a/../b",
        "https://client.example/a/./b",
        "https://client.example/a/%2e%2E/b",
        "https://client.example/..",
        "https://client.example/a?b=c",
        "https://client.example/a?",
        "https://client.example/a#b",
        "https://client.example/a#",
        "https://user@client.example/a",
        "https://user:pw@client.example/a",
        "https://client.example:443/a",
        "https://client.example:8443/a",
        "https://CLIENT.example/a",
        "https://127.0.0.1/a",
        "https://[::1]/a",
        "https://2130706433/a",
        "https://client.example\\@evil.example/a",
        "https://client.example/a b",
        "https://client.example/\x00",
        "https://cl\u00efent.example/a",
        "https://client.example/" + "a" * 240,
    ],
)
def test_id_that_is_no_address_of_a_document_is_not_fetched(known, server, client_id):
    found = known.find(client_id)
    assert found.client is None and found.problem.startswith("A client id")
    assert server.connections == 0


@pytest.mark.parametrize(
    "client_id",
    ["", "abc", "a\0b", "a" * 300, "http://client.example/a", "HTTPS://client.example/a"],
)
def test_other_ids_are_looked_up_and_nothing_else(known, server, client_id):
    assert known.find(client_id) == client_documents.Found(None)
    assert server.connections == 0


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"client_id": f"{ID}x"}, "not the address"),
        ({"client_id": None}, "not the address"),
        ({"client_id": ID.upper()}, "not the address"),
        ({"client_secret": "s"}, "no client_secret"),
        ({"client_secret": ""}, "no client_secret"),
        ({"client_secret_expires_at": 0}, "no client_secret"),
        ({"token_endpoint_auth_method": "client_secret_basic"}, "is none"),
        ({"token_endpoint_auth_method": "private_key_jwt"}, "is none"),
        (
            {
                "token_endpoint_auth_method": "private_key_jwt",
                "token_endpoint_auth_methods_supported": ["private_key_jwt"],
            },
            "is none",
        ),
        (
            {
                "token_endpoint_auth_method": "private_key_jwt",
                "token_endpoint_auth_methods_supported": "none",
            },
            "is none",
        ),
        ({"client_name": ""}, "no client_name"),
        ({"client_name": 7}, "client_name is a text"),
        ({"redirect_uris": []}, "at least one"),
        ({"redirect_uris": None}, "at least one"),
        ({"redirect_uris": "https://a.example/"}, "list of texts"),
        ({"redirect_uris": ["http://evil.example/"]}, "at least one"),
        ({"redirect_uris": ["javascript:alert(1)", 7, None]}, "at least one"),
        ({"redirect_uris": ["https://a.example/?code=1"]}, "at least one"),
        ({"grant_types": ["implicit"]}, "grant_types"),
        ({"response_types": ["token"]}, "response_types"),
    ],
    ids=range(20),
)
def test_document_that_describes_no_client_of_ours_is_refused(known, server, fields, told):
    serve(server, **fields)
    found = known.find(ID)
    assert found.client is None and told in found.problem


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"client_id":1,"client_id":2}', b"[" * 9_000])
def test_document_that_is_no_object_is_refused(known, server, body):
    serve(server, body=body)
    assert known.find(ID).client is None


def test_addresses_that_could_not_be_registered_here_are_left_out(known, server):
    serve(
        server, redirect_uris=["vscode://x/cb", "https://client.example/cb", "http://evil.example/"]
    )
    assert known.find(ID).client.redirect_uris == "https://client.example/cb"


def test_document_does_not_take_over_a_client_of_an_admin(known, server):
    row = make.client("mine", client_id=ID, registration_source="manual")
    assert known.find(ID).client == row and server.connections == 0
    with pytest.raises(ClientRefused):
        services.know_document(document=known._fetch(ID))
    row.refresh_from_db()
    assert row.name == "mine"


@pytest.mark.parametrize("error", [IntegrityError, InvalidFields])
def test_two_processes_that_learn_at_once_know_one_client(known, server, monkeypatch, error):
    def losing(**order):
        make.client("winner", client_id=ID, registration_source="cimd")
        raise error

    monkeypatch.setattr(client_documents, "know_document", losing)
    assert known.find(ID).client.name == "winner"


@pytest.mark.parametrize(
    ("decided", "state", "asked"),
    [
        ({"registration": "approval"}, "waits", 1),
        ({"registration": "closed"}, None, 0),
        ({"client_documents": False}, None, 0),
        ({"registration": "hosts", "redirect_hosts": "other.example"}, None, 0),
        ({"registration": "hosts", "redirect_hosts": "localhost"}, None, 0),
        ({"registration": "hosts", "redirect_hosts": HOST}, "in", 1),
    ],
    ids=str,
)
def test_policy_decides_before_anything_is_fetched(known, server, decided, state, asked):
    policy(**decided)
    client = known.find(ID).client
    assert (client.state if client else None, server.connections) == (state, asked)


def test_listed_domain_returns_to_listed_hosts_and_loopback_alone(known, server):
    policy(registration="hosts", redirect_hosts=HOST)
    serve(server, redirect_uris=["https://evil.example/cb"])
    found = known.find(ID)
    assert found.client is None and "listed hosts" in found.problem
    assert found.reason == known.find(ID).reason == "registration_host"


def test_known_client_is_followed_also_where_new_ones_are_not_let_in(known, server):
    known.find(ID)
    policy(registration="closed")
    expire()
    serve(server, client_name="New")
    assert known.find(ID).client.name == "New"


def test_new_documents_are_braked_and_known_ones_are_not(known, server, monkeypatch):
    monkeypatch.setattr(throttle, "DOCUMENTS", throttle.Brake("documents", 1, 3600))
    assert known.find(ID).client
    other = f"https://{HOST}/other.json"
    serve(server, path="/other.json", client_id=other)
    assert "Too many clients" in known.find(other).problem
    expire()
    assert known.find(ID).client and server.connections == 2


def test_one_source_does_not_use_up_what_all_have_together(known, server, monkeypatch):
    monkeypatch.setattr(throttle, "DOCUMENTS_OF", throttle.Brake("documents-of", 2, 600))
    monkeypatch.setattr(throttle, "DOCUMENTS", throttle.Brake("documents", 3, 3600))
    strange = [known.find(f"https://{HOST}/{number}.json", "192.0.2.7") for number in range(5)]
    assert ["too many" in found.problem for found in strange] == [False] * 2 + [True] * 3
    assert known.find(ID, "192.0.2.8").client


def test_document_that_cannot_be_had_is_no_new_one_each_time_it_is_asked_for(
    known, server, monkeypatch
):
    monkeypatch.setattr(throttle, "DOCUMENTS", throttle.Brake("documents", 2, 3600))
    for _ in range(5):
        assert known.find(f"https://{HOST}/gone.json").client is None
    assert known.find(ID).client


def test_only_so_many_are_fetched_at_once(known, server):
    places = [known._fetches.acquire(blocking=False) for _ in range(client_documents.MOST_AT_ONCE)]
    assert all(places) and "too many documents" in known.find(ID).problem
    for _ in places:
        known._fetches.release()
    assert known.find(ID).client


@pytest.mark.parametrize(
    ("control", "seconds"),
    [
        ([], 86_400),
        (["max-age=3600"], 3_600),
        (["public, max-age=600"], 600),
        (["Max-Age = 900"], 900),
        (["max-age=1"], 300),
        (["max-age=0"], 300),
        (["max-age=999999999"], 86_400),
        (["no-store"], 300),
        (["max-age=9000, no-cache"], 300),
        (["private"], 86_400),
        (["s-maxage=5"], 86_400),
        (["max-age=x"], 86_400),
        (["public", "max-age=700"], 700),
    ],
    ids=str,
)
def test_document_holds_as_long_as_it_says_within_bounds(control, seconds):
    headers = Message()
    for value in control:
        headers.add_header("Cache-Control", value)
    assert client_documents.lifetime(headers).total_seconds() == seconds


def test_lifetime_is_the_documents_own(known, server):
    serve(server, "Cache-Control: max-age=600")
    left = known.find(ID).client.cimd_expires_at - timezone.now()
    assert 500 < left.total_seconds() <= 600


def test_documents_are_offered_only_by_a_public_https_hub(db, settings):
    assert settings.CLIENT_DOCUMENTS is False and not documents_enabled()
    settings.CLIENT_DOCUMENTS = True
    assert documents_enabled()


@pytest.mark.parametrize(
    "decided", [{"client_documents": False}, {"registration": "closed"}], ids=str
)
def test_documents_are_not_offered_where_the_policy_is_against_it(db, settings, decided):
    settings.CLIENT_DOCUMENTS = True
    policy(**decided)
    assert not documents_enabled()


def test_asking_whether_documents_are_offered_fetches_and_changes_nothing(known, server):
    for _ in range(3):
        assert documents_enabled()
    assert server.connections == 0 and changes() == []


def test_reading_needs_nothing_but_the_text(settings):
    with pytest.raises(MetadataError):
        client_documents.read_document(ID, {})
    assert client_documents.read_document(ID, SAID).name == "Claude Code"
