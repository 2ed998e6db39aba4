"""responses.py: challenges as the official SDK's client reads them, and as RFC 6750 allows them."""

import re

import pytest
from httpx2 import Response
from mcp.client.auth.utils import (
    build_protected_resource_metadata_discovery_urls,
    extract_field_from_www_auth,
    extract_resource_metadata_from_www_auth,
    extract_scope_from_www_auth,
)
from mcp.shared.auth import OAuthMetadata, ProtectedResourceMetadata
from mcp.shared.auth_utils import check_resource_allowed

from accounts.oauth.metadata import (
    Offered,
    authorization_server,
    protected_resource,
    resource_metadata_address,
)
from accounts.scopes import SCOPES
from servers.host import bad_token, no_token
from servers.protocol.errors import InsufficientScope
from servers.transports.responses import challenge, scope_challenge

BASE = "https://hub.example.com"
METADATA = resource_metadata_address(BASE, "demo")
ALLOWED = re.compile(r'Bearer (?:[a-z_]+="[\x20-\x21\x23-\x5b\x5d-\x7e]+"(?:, |\Z))+')


def answer(status, header):
    return Response(status, headers=[(header[0].decode(), header[1].decode())])


@pytest.mark.parametrize("refusal", [no_token(None), bad_token(None)])
def test_client_reads_where_the_metadata_is_and_for_what_to_ask(refusal):
    told = answer(401, challenge(refusal, METADATA))
    assert extract_resource_metadata_from_www_auth(told) == METADATA
    assert extract_scope_from_www_auth(told) == "mcp:read"
    assert extract_field_from_www_auth(told, "error") == (refusal.error or None)
    assert ALLOWED.fullmatch(told.headers["www-authenticate"])


@pytest.mark.parametrize(
    ("lacking", "held", "scope"),
    [
        (("mcp:write",), ("mcp:read", "mcp:prompts"), "mcp:write mcp:prompts"),
        (("mcp:read", "mcp:prompts"), (), "mcp:read mcp:prompts"),
        (("mcp:destructive", "mcp:prompts"), ("mcp:read",), "mcp:destructive mcp:prompts"),
        (tuple(SCOPES), (), "mcp:destructive mcp:prompts"),
    ],
)
def test_client_reads_all_that_it_should_ask_for_now(lacking, held, scope):
    told = answer(403, scope_challenge(InsufficientScope(*lacking, held=held), METADATA))
    assert extract_field_from_www_auth(told, "error") == "insufficient_scope"
    assert extract_scope_from_www_auth(told) == scope
    assert extract_resource_metadata_from_www_auth(told) == METADATA
    description = extract_field_from_www_auth(told, "error_description") or ""
    assert all(each in description for each in lacking)
    assert ALLOWED.fullmatch(told.headers["www-authenticate"])


def test_client_understands_both_documents():
    resource = protected_resource(BASE, "demo", "Demo", ["mcp:read"])
    read = ProtectedResourceMetadata.model_validate(resource)
    assert check_resource_allowed(f"{BASE}/mcp/demo", str(read.resource))
    assert read.scopes_supported == ["mcp:read"]
    document = authorization_server(BASE, Offered(registration=True, client_documents=True))
    server = OAuthMetadata.model_validate(document)
    assert str(server.registration_endpoint) == f"{BASE}/register"
    assert server.client_id_metadata_document_supported is True


def test_client_that_was_told_nothing_looks_where_the_metadata_is():
    addresses = build_protected_resource_metadata_discovery_urls(None, f"{BASE}/mcp/demo")
    assert addresses[0] == METADATA
