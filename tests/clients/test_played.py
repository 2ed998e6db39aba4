"""Clients that no test can run, played: what their makers' documentation says that they send.

Not the clients themselves: what is shown is that the hub answers these requests as they expect, behind a
proxy that speaks TLS, under a public name.
"""

import pytest

from tests.client_documents import CHATGPT_CONNECTOR, CLAUDE, DOCUMENTS
from tests.clients.logins.public import standing

BACK = ("https://claude.ai/api/mcp/auth_callback", "https://claude.com/api/mcp/auth_callback")
(CHATGPT,) = CHATGPT_CONNECTOR["redirect_uris"]
DOMAINS = ("claude.ai", "chatgpt.com", "vscode.dev", "opencode.ai")
PORTLESS, PORT = ("http://127.0.0.1/", "http://localhost/"), 49152
PROBED = (
    "/.well-known/oauth-protected-resource",
    "/.well-known/oauth-authorization-server/mcp/authored",
    "/.well-known/openid-configuration/mcp/authored",
    "/mcp/authored/.well-known/oauth-protected-resource",
    "/mcp/authored/.well-known/oauth-authorization-server",
    "/mcp/authored/.well-known/openid-configuration",
)
FORGET = "from accounts.models import OAuthClient as C; C.objects.get(client_id={!r}).delete()"
ADD_CLIENT = """
from accounts import services
from accounts.models import OAuthClient
made = OAuthClient(
    client_id="by-hand", name="Claude", client_type="confidential",
    auth_method="client_secret_post", authorization_grant_type="authorization-code",
    redirect_uris={uri!r}, client_secret="a secret told once", registration_source="manual",
)
made.save()
"""


@pytest.fixture(scope="module")
def public(prepared, tmp_path_factory):
    """A hub under a public name, and an internet where the documents of clients stand."""
    with standing(prepared, tmp_path_factory.mktemp("public"), *DOMAINS) as public:
        yield public


def test_addresses_that_clients_probe_are_quickly_no(public):
    client = public.client(BACK[0])
    for path in PROBED:
        answer = client.send(public.proxy.address + path)
        assert (answer.status, answer.headers.get_content_type()) == (404, "application/json")


@pytest.mark.parametrize("redirect_uri", BACK)
def test_claude_registers_logs_in_calls_and_registers_again_when_it_is_forgotten(
    public, redirect_uri
):
    client, person = public.client(redirect_uri), public.person()
    said = {
        "client_name": "Claude",
        "token_endpoint_auth_method": "none",
        "grant_types": CLAUDE["grant_types"],
        "response_types": ["code"],
        "scope": client.discover(),
    }
    client.register(**said)
    assert client.client["client_name"] == "Claude"
    assert client.client["grant_types"] == ["authorization_code", "refresh_token"]
    assert client.redeem(client.authorize(person, said["scope"])["code"]).status == 200
    assert client.call("add", a=2, b=3) == "5"
    assert client.refresh().status == 200 and client.call("add", a=2, b=3) == "5"
    public.hub.manage("shell", "-c", FORGET.format(client.client["client_id"]))
    assert client.refresh().error == (401, "invalid_client")
    client.tokens = {}
    client.register(**said)
    assert client.redeem(client.authorize(person, said["scope"])["code"]).status == 200
    assert client.call("add", a=2, b=3) == "5"


def test_claude_with_an_id_and_a_secret_that_an_admin_typed_in(public):
    public.hub.manage("shell", "-c", ADD_CLIENT.format(uri=" ".join(BACK)))
    client = public.client(BACK[0])
    scope = client.discover()
    client.client = {"client_id": "by-hand", "client_secret": "a secret told once"}
    code = client.authorize(public.person(), scope)["code"]
    assert client.redeem(code).status == 200 and client.call("add", a=2, b=3) == "5"


def address_of(document):
    """Where a client returns to: programs take the port that they get."""
    first = document["redirect_uris"][0]
    return first.replace("/callback", f":{PORT}/callback") if first.startswith(PORTLESS) else first


@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS)
def test_client_is_known_by_its_makers_document_and_copies_the_resource(public, document):
    public.publish(document)
    client = public.client(address_of(document))
    scope = client.discover()
    assert client.server["client_id_metadata_document_supported"] is True
    assert "none" in client.server["token_endpoint_auth_methods_supported"]
    client.client = {"client_id": document["client_id"]}
    assert client.metadata["resource"] == client.resource
    code = client.authorize(public.person(), scope)["code"]
    assert client.redeem(code).status == 200 and client.call("add", a=2, b=3) == "5"
    assert client.refresh().status == 200 and client.call("add", a=2, b=3) == "5"


def test_chatgpt_registers_where_it_has_no_document(public):
    client = public.client(CHATGPT)
    scope = client.discover()
    client.register(client_name="ChatGPT", token_endpoint_auth_method="none", scope=scope)
    told = client.authorize(public.person(), scope, "Deny")
    assert told["error"] == "access_denied"
    code = client.authorize(public.person(), scope)["code"]
    assert client.redeem(code).status == 200 and client.call("add", a=2, b=3) == "5"
