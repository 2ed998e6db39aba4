"""What clients read before they have a token: RFC 9728 of a server, RFC 8414 of the hub. Pure.

Promises: every address in a document begins with the base the document was asked under, `issuer` is
that base byte for byte, and no scope is listed that a client should not ask for by itself: clients
ask for every scope they see (SDKs fall back from the challenge to the first document, and from
there to the second). So the destructive scope is in neither, and "offline_access" does not exist:
every code brings a refresh token.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from accounts.scopes import DEFAULT

RESOURCE = "/.well-known/oauth-protected-resource"
AUTHORIZATION_SERVER = "/.well-known/oauth-authorization-server"
OPENID = "/.well-known/openid-configuration"
"""Asked by clients that look there only; answered with the same document (RFC 8414 section 5)."""

AUTHORIZE, TOKEN, REGISTER, REVOKE = "/authorize", "/token", "/register", "/revoke"
"""At the root, where clients of 2025-03-26 that find no document expect them."""

AUTH_METHODS = ["none", "client_secret_post", "client_secret_basic"]


@dataclass(frozen=True, slots=True)
class Offered:
    """What of the authorization server depends on settings and on what an admin decided."""

    registration: bool
    client_documents: bool


def resource_metadata_address(base: str, slug: str) -> str:
    """Return where a server's metadata is: path form only (RFC 9728 section 3.1)."""
    return f"{base}{RESOURCE}/mcp/{slug}"


def protected_resource(base: str, slug: str, name: str, scopes: Iterable[str]) -> dict[str, Any]:
    """Return a server's metadata (RFC 9728 section 2); `scopes` are what it is used with by default.

    `resource` is what a person types into a client, byte for byte: clients compare it as text.
    """
    return {
        "resource": f"{base}/mcp/{slug}",
        "authorization_servers": [base],
        "scopes_supported": list(scopes),
        "bearer_methods_supported": ["header"],
        "resource_name": name,
    }


def authorization_server(base: str, offered: Offered) -> dict[str, Any]:
    """Return the hub's metadata as authorization server (RFC 8414 section 2)."""
    document: dict[str, Any] = {
        "issuer": base,
        "authorization_endpoint": base + AUTHORIZE,
        "token_endpoint": base + TOKEN,
        "revocation_endpoint": base + REVOKE,
        "scopes_supported": list(DEFAULT),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": AUTH_METHODS,
        "revocation_endpoint_auth_methods_supported": AUTH_METHODS,
        "authorization_response_iss_parameter_supported": True,
    }
    if offered.registration:
        document["registration_endpoint"] = base + REGISTER
    if offered.client_documents:
        document["client_id_metadata_document_supported"] = True
    return document
