"""/register: clients register themselves."""

import json

import pytest
from django.contrib.auth.hashers import check_password
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts import services, throttle
from accounts.models import OAuthClient
from accounts.services import registering
from monitoring import audit
from tests.admin_pages import changes

URI = "http://localhost:3000/cb"
ORDER = {"redirect_uris": [URI], "client_name": "Claude Code (demo)"}


def register(client, body=None, *, kind="application/json", **extra):
    sent = body if isinstance(body, bytes | str) else json.dumps({**ORDER, **(body or {})})
    return client.post("/register", sent, content_type=kind, **extra)


def policy(**fields):
    decided = {"registration": "open", "redirect_hosts": "", "client_documents": True, **fields}
    services.set_client_policy(actor=None, **decided)


@pytest.mark.behaviour("Q10")
def test_public_client_is_told_all_that_the_hub_knows(client, db):
    answer = register(client, {"token_endpoint_auth_method": "none", "client_uri": "https://a.ex/"})
    row = OAuthClient.objects.get()
    assert answer.status_code == 201 and answer.json() == {
        "client_id": row.client_id,
        "client_id_issued_at": int(row.created.timestamp()),
        "client_name": "Claude Code (demo)",
        "client_uri": "https://a.ex/",
        "redirect_uris": [URI],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
        "scope": "mcp:read mcp:write mcp:prompts",
    }
    assert answer["Cache-Control"] == "no-store" and answer["Content-Type"] == "application/json"
    assert (row.client_type, row.registration_source, row.state) == ("public", "dcr", "in")
    assert (row.authorization_grant_type, row.registered_from) == (
        "authorization-code",
        "127.0.0.1",
    )
    assert not row.skip_authorization


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post", None])
def test_confidential_client_gets_a_secret_that_is_kept_as_a_hash(client, db, method):
    told = register(client, {"token_endpoint_auth_method": method}).json()
    row = OAuthClient.objects.get()
    assert told["client_secret_expires_at"] == 0 and told["client_secret"] not in row.client_secret
    assert check_password(told["client_secret"], row.client_secret)
    assert told["token_endpoint_auth_method"] == row.auth_method == method or "client_secret_basic"
    assert told["client_secret"] not in str(changes())


@pytest.mark.parametrize("secret", ["", "!", "x"])
def test_public_client_has_no_secret_that_anybody_could_know(client, db, secret):
    register(client, {"token_endpoint_auth_method": "none"})
    row = OAuthClient.objects.get()
    assert row.client_secret != secret and not check_password(secret, row.client_secret)


def test_registering_is_recorded_without_a_person(client, db):
    told = register(client).json()
    (change,) = changes("client.register")
    assert (change["user"], change["after"]["client_id"]) == (None, told["client_id"])
    assert change["after"]["redirect_uris"] == [URI] and change["after"]["address"] == "127.0.0.1"


def test_address_of_the_endpoint_is_the_default_of_2025_03_26():
    assert reverse("accounts:register") == "/register"


@pytest.mark.parametrize("method", ["get", "put", "delete", "patch", "head"])
def test_other_methods_are_refused(client, db, method):
    answer = getattr(client, method)("/register")
    assert (answer.status_code, answer["Allow"]) == (405, "POST")


@pytest.mark.parametrize(
    ("body", "kind", "error"),
    [
        ({"redirect_uris": ["http://evil.example/cb"]}, None, "invalid_redirect_uri"),
        ({"redirect_uris": []}, None, "invalid_redirect_uri"),
        ({"redirect_uris": ["https://a.ex/?iss=x"]}, None, "invalid_redirect_uri"),
        ({"redirect_uris": [f"https://a.ex/{n}" for n in range(500)]}, None, "invalid_redirect_uri"),
        ({"grant_types": ["password"]}, None, "invalid_client_metadata"),
        ({"client_name": 5}, None, "invalid_client_metadata"),
        (b"", None, "invalid_client_metadata"),
        (b"{", None, "invalid_client_metadata"),
        (b"[]", None, "invalid_client_metadata"),
        (b'{"a":1,"a":2}', None, "invalid_client_metadata"),
        (b'{"client_name":"\\ud800","redirect_uris":["https://a.ex/"]}', None, "invalid_client_metadata"),
        (b"[" * 16_000, None, "invalid_client_metadata"),
        (b'{"x":' + b"1" * 10_000 + b"}", None, "invalid_client_metadata"),
        (b"\xff" * 100, None, "invalid_client_metadata"),
        (b" " * 17_000, None, "invalid_client_metadata"),
        ("redirect_uris=x", "application/x-www-form-urlencoded", "invalid_client_metadata"),
        (b"--x--", "multipart/form-data; boundary=x", "invalid_client_metadata"),
        ({}, "text/plain", "invalid_client_metadata"),
        ({}, "", "invalid_client_metadata"),
    ],
    ids=range(19),
)  # fmt: skip
def test_wrong_registration_is_the_error_of_the_rfc_as_json(client, db, body, kind, error):
    answer = register(client, body, kind=kind if kind is not None else "application/json")
    told = answer.json()
    assert (answer.status_code, told["error"]) == (400, error)
    assert told["error_description"].endswith(".") and answer["Cache-Control"] == "no-store"
    assert not OAuthClient.objects.exists()


def test_what_a_client_lists_beside_the_code_is_not_assigned(client, db):
    grants = ["authorization_code", "urn:ietf:params:oauth:grant-type:jwt-bearer", "implicit"]
    made = register(client, {"grant_types": grants, "response_types": ["token", "code"]}).json()
    assert made["grant_types"] == ["authorization_code", "refresh_token"]
    assert made["response_types"] == ["code"]


def test_charset_beside_the_type_is_fine(client, db):
    assert register(client, kind="application/json; charset=utf-8").status_code == 201


@pytest.mark.parametrize("name", ["A\u202eB", "\u0000x", "<script>alert(1)</script>", "\U000e0041"])
def test_name_is_cleaned_and_told_as_it_is_kept(client, db, name):
    told = register(client, {"client_name": name}).json()
    assert told["client_name"] == OAuthClient.objects.get().name
    assert not set(told["client_name"]) & set("\u202e\u0000\U000e0041")


def test_flood_of_one_address_meets_429(client, db):
    codes = [register(client).status_code for _ in range(throttle.REGISTER.most + 5)]
    assert codes == [201] * throttle.REGISTER.most + [429] * 5
    answer = register(client)
    assert answer["Retry-After"] == "600" and answer.json()["error"] == "temporarily_unavailable"
    assert answer["Cache-Control"] == "no-store"
    assert register(client, REMOTE_ADDR="192.0.2.9").status_code == 201


def test_wrong_ones_count_for_their_address_and_not_for_all(client, db, monkeypatch):
    monkeypatch.setattr(throttle, "REGISTER_ALL", throttle.Brake("all", 1, 60))
    for _ in range(throttle.REGISTER.most):
        register(client, b"{")
    assert register(client).status_code == 429
    assert register(client, REMOTE_ADDR="192.0.2.9").status_code == 201


def test_flood_of_many_addresses_meets_429(client, db, monkeypatch):
    monkeypatch.setattr(throttle, "REGISTER_ALL", throttle.Brake("all", 3, 3600))
    codes = [register(client, REMOTE_ADDR=f"192.0.2.{n}").status_code for n in range(5)]
    assert codes == [201, 201, 201, 429, 429] and OAuthClient.objects.count() == 3


@pytest.mark.parametrize("address", ["2001:db8:1:2::1", "2001:db8:1:2:ffff::9"])
def test_addresses_of_one_ipv6_network_are_one(client, db, address):
    for number in range(throttle.REGISTER.most):
        register(client, b"{", REMOTE_ADDR=f"2001:db8:1:2::{number + 2:x}")
    assert register(client, REMOTE_ADDR=address).status_code == 429


@pytest.mark.parametrize("address", ["", "unix", "fe80::1%eth0", "::ffff:192.0.2.1"])
def test_address_of_any_kind_is_kept_or_left_out(client, db, address):
    assert register(client, REMOTE_ADDR=address).status_code == 201


@pytest.mark.behaviour("Q10")
def test_closed_hub_registers_nobody(client, db):
    policy(registration="closed")
    answer = register(client)
    assert (answer.status_code, answer.json()["error"]) == (403, "access_denied")
    assert not OAuthClient.objects.exists()


def test_client_waits_where_admins_approve(client, db):
    policy(registration="approval")
    assert register(client).status_code == 201
    row = OAuthClient.objects.get()
    assert row.state == "waits" and not row.is_usable(None)


@pytest.mark.parametrize(
    ("uris", "status"),
    [
        (["https://claude.ai/cb"], 201),
        (["https://claude.ai/cb", "http://localhost/cb"], 201),
        (["https://claude.ai/cb", "https://evil.example/cb"], 400),
        (["https://claude.ai.evil.example/cb"], 400),
    ],
)
def test_only_clients_of_listed_hosts_register(client, db, uris, status):
    policy(registration="hosts", redirect_hosts="claude.ai\n127.0.0.1")
    answer = register(client, {"redirect_uris": uris})
    assert answer.status_code == status
    if status == 400:
        assert answer.json()["error"] == "invalid_redirect_uri"


def test_registering_asks_the_database_a_fixed_number_of_times(client, db):
    def queries():
        with CaptureQueriesContext(connection) as seen:
            register(client)
        return len(seen)

    register(client)
    few = queries()
    for _ in range(10):
        register(client)
    assert queries() == few < 20


def test_full_trail_refuses_what_it_cannot_record(client, db, monkeypatch):
    monkeypatch.setattr(audit.changes, "accepting", lambda: False)
    answer = register(client)
    assert (answer.status_code, answer.json()["error"]) == (503, "temporarily_unavailable")
    assert answer["Retry-After"] == "30" and answer["Cache-Control"] == "no-store"
    assert not OAuthClient.objects.exists()


def test_nothing_of_a_secret_is_in_the_representation_of_what_was_made(db):
    metadata = registering.ClientMetadata("x", (URI,), auth_method="client_secret_post")
    made = services.register_client(metadata=metadata, address="")
    assert made.secret.startswith("mcphub_secret_") and made.secret not in repr(made)
