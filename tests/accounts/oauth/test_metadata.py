"""oauth/metadata.py: what the two documents say, and what they must never say."""

import pytest

from accounts.oauth.metadata import (
    Offered,
    authorization_server,
    protected_resource,
    resource_metadata_address,
)
from accounts.scopes import DESTRUCTIVE

BASES = ["https://hub.example.com", "http://127.0.0.1:8000", "http://[::1]:8000"]
every_base = pytest.mark.parametrize("base", BASES)


def addresses(document):
    return [value for key, value in document.items() if key.endswith("_endpoint")]


@every_base
def test_issuer_is_the_base_and_every_endpoint_is_under_it(base):
    document = authorization_server(base, Offered(registration=True, client_documents=False))
    assert document["issuer"] == base
    paths = ["/authorize", "/token", "/revoke", "/register"]
    assert addresses(document) == [base + path for path in paths]


@pytest.mark.behaviour("Q5")
def test_only_what_is_safe_is_offered():
    document = authorization_server(BASES[0], Offered(registration=True, client_documents=True))
    assert document["response_types_supported"] == ["code"]
    assert document["response_modes_supported"] == ["query"]
    assert document["grant_types_supported"] == ["authorization_code", "refresh_token"]
    assert document["code_challenge_methods_supported"] == ["S256"]
    methods = ["none", "client_secret_post", "client_secret_basic"]
    assert document["token_endpoint_auth_methods_supported"] == methods
    assert document["revocation_endpoint_auth_methods_supported"] == methods
    assert document["authorization_response_iss_parameter_supported"] is True


@pytest.mark.behaviour("P11")
def test_scopes_listed_are_those_that_a_client_may_ask_for_by_itself():
    document = authorization_server(BASES[0], Offered(registration=True, client_documents=True))
    assert document["scopes_supported"] == ["mcp:read", "mcp:write", "mcp:prompts"]
    assert DESTRUCTIVE not in document["scopes_supported"]


@pytest.mark.parametrize("registration", [True, False])
@pytest.mark.parametrize("documents", [True, False])
def test_what_is_switched_off_is_not_mentioned(registration, documents):
    document = authorization_server(BASES[0], Offered(registration, documents))
    assert ("registration_endpoint" in document) is registration
    told = document.get("client_id_metadata_document_supported")
    assert told is (True if documents else None)


@every_base
def test_resource_is_what_a_person_types(base):
    assert protected_resource(base, "demo", "Demo", ["mcp:read"]) == {
        "resource": f"{base}/mcp/demo",
        "authorization_servers": [base],
        "scopes_supported": ["mcp:read"],
        "bearer_methods_supported": ["header"],
        "resource_name": "Demo",
    }


def test_metadata_is_where_rfc_9728_puts_it():
    address = "https://hub.example.com/.well-known/oauth-protected-resource/mcp/demo"
    assert resource_metadata_address(BASES[0], "demo") == address
