"""Clients that no test can run, played: what their makers' documentation says that they send.

Not the clients themselves: what is shown is that the hub answers these requests as they expect, behind a
proxy that speaks TLS, under a public name.
"""

import json

import pytest

from tests import front
from tests.clients.logins import hubs
from tests.clients.logins.hubs import PASSWORD, SLUG
from tests.clients.logins.played import Inward, Played
from tests.person import Person
from tests.tls import certified, said, serving

CLAUDE = ("https://claude.ai/api/mcp/auth_callback", "https://claude.com/api/mcp/auth_callback")
CHATGPT = "https://chatgpt.com/connector/oauth/q3Zy8fXw"
DOCUMENT = "https://chatgpt.com/oauth/q3Zy8fXw/client.json"
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
    """A hub under a public name, behind TLS, and an internet where ChatGPT's document stands."""
    folder = tmp_path_factory.mktemp("public")
    made = certified(folder, ("hub.example",))
    with (
        serving("chatgpt.com") as internet,
        front.standing("hub.example", made.shown) as proxy,
    ):
        (folder / "authority.pem").write_text(internet.authority)
        environ = {
            "MCPHUB_PUBLIC_URL": proxy.address,
            "MCPHUB_TRUSTED_PROXIES": "127.0.0.1",
            "DJANGO_SETTINGS_MODULE": "tests.clients.logins.internet",
            "TEST_INTERNET": str(internet.port),
            "TEST_AUTHORITY": str(folder / "authority.pem"),
        }
        for hub in hubs.running(prepared, folder / "data", "uvicorn", **environ):
            proxy.leads_to([hub.port])
            yield Public(hub, proxy, internet, made.trust)


class Public:
    """The hub, its front, the internet, and people and clients who come by the public name."""

    def __init__(self, hub, proxy, internet, trust):
        self.hub, self.proxy, self.internet, self._trust = hub, proxy, internet, trust

    def client(self, redirect_uri):
        return Played(f"{self.proxy.address}/mcp/{SLUG}", redirect_uri, self._trust)

    def person(self):
        return Person(self.proxy.address, "admin", PASSWORD, Inward(self._trust))


def test_addresses_that_clients_probe_are_quickly_no(public):
    client = public.client(CLAUDE[0])
    for path in PROBED:
        answer = client.send(public.proxy.address + path)
        assert (answer.status, answer.headers.get_content_type()) == (404, "application/json")


@pytest.mark.parametrize("redirect_uri", CLAUDE)
def test_claude_registers_logs_in_calls_and_registers_again_when_it_is_forgotten(
    public, redirect_uri
):
    client, person = public.client(redirect_uri), public.person()
    said = {
        "client_name": "Claude",
        "token_endpoint_auth_method": "none",
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "scope": client.discover(),
    }
    client.register(**said)
    assert client.client["client_name"] == "Claude"
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
    public.hub.manage("shell", "-c", ADD_CLIENT.format(uri=" ".join(CLAUDE)))
    client = public.client(CLAUDE[0])
    scope = client.discover()
    client.client = {"client_id": "by-hand", "client_secret": "a secret told once"}
    code = client.authorize(public.person(), scope)["code"]
    assert client.redeem(code).status == 200 and client.call("add", a=2, b=3) == "5"


def test_chatgpt_is_known_by_its_document_and_copies_the_resource(public):
    document = {
        "client_id": DOCUMENT,
        "client_name": "ChatGPT",
        "redirect_uris": [CHATGPT],
        "token_endpoint_auth_method": "none",
    }
    public.internet.scripts["/oauth/q3Zy8fXw/client.json"] = said(json.dumps(document).encode())
    client = public.client(CHATGPT)
    scope = client.discover()
    assert client.server["client_id_metadata_document_supported"] is True
    client.client = {"client_id": DOCUMENT}
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
