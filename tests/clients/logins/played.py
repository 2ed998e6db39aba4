"""A client at the end of a script, for what no test can run: it sends what it is said that a client sends.

Standard library; its browser is tests/person.py. Each answer is (status, headers, body), the body read as
JSON if it is any. With TLS, a name leads to loopback, as a public hub's would to the hub.
"""

import base64
import hashlib
import http.client
import json
import secrets
import socket
import ssl
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from tests.person import Person

REVISION = "2025-06-18"
SECONDS = 30.0


class Inward(urllib.request.HTTPSHandler):
    """Reaches every https address at loopback, by the port it names."""

    def __init__(self, trust: ssl.SSLContext) -> None:
        super().__init__()
        self._trust = trust

    def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        """Open an address."""
        return self.do_open(_Connection, req, context=self._trust)


class _Connection(http.client.HTTPSConnection):
    def connect(self) -> None:
        plain = socket.create_connection(("127.0.0.1", self.port), self.timeout)
        self.sock = self._context.wrap_socket(plain, server_hostname=self.host)  # type: ignore[attr-defined]


@dataclass
class Answer:
    """What a hub answered."""

    status: int
    headers: Any
    body: Any

    @property
    def error(self) -> tuple[int, str]:
        """Status and error of a refusal in JSON."""
        return self.status, self.body["error"]


@dataclass
class Played:
    """A client of the server at `resource`: what it knows, and a step of its script a method."""

    resource: str
    redirect_uri: str
    trust: ssl.SSLContext | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    server: dict[str, Any] = field(default_factory=dict)
    client: dict[str, Any] = field(default_factory=dict)
    tokens: dict[str, Any] = field(default_factory=dict)

    def send(self, url: str, body: bytes | None = None, method: str = "", **headers: str) -> Answer:
        """Send a request and return the answer, whatever it is."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(url, body, named, method=method or None)
        try:
            with self._opener().open(request, timeout=SECONDS) as answer:
                return _read(answer.status, answer)
        except urllib.error.HTTPError as refused:
            with refused:
                return _read(refused.code, refused)

    def form(self, url: str, fields: dict[str, str], **headers: str) -> Answer:
        """Send a form."""
        kind = "application/x-www-form-urlencoded"
        return self.send(url, urlencode(fields).encode(), content_type=kind, **headers)

    def discover(self) -> str:
        """401, what it names, the server that this names; return the scopes that are asked for."""
        refused = self.rpc("initialize")
        assert refused.status == 401, refused
        challenge = refused.headers["www-authenticate"]
        self.metadata = self.send(_quoted(challenge, "resource_metadata")).body
        (issuer,) = self.metadata["authorization_servers"]
        self.server = self.send(f"{issuer}/.well-known/oauth-authorization-server").body
        assert self.server["issuer"] == issuer
        return _quoted(challenge, "scope")

    def register(self, **said: Any) -> None:
        """Register itself."""
        uris = {"redirect_uris": [self.redirect_uri]}
        body = json.dumps({**uris, **said}).encode()
        url = self.server["registration_endpoint"]
        answer = self.send(url, body, content_type="application/json")
        assert answer.status == 201, answer.body
        self.client = answer.body

    def authorize(self, person: Person, scope: str, button: str = "Allow") -> dict[str, str]:
        """Send a person to the hub, who comes back; return what the client is told."""
        self.verifier, state = secrets.token_urlsafe(48), secrets.token_urlsafe(16)
        digest = hashlib.sha256(self.verifier.encode()).digest()
        asked = {
            "response_type": "code",
            "client_id": self.client["client_id"],
            "redirect_uri": self.redirect_uri,
            "state": state,
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
            "scope": scope,
            "resource": self.metadata["resource"],
        }
        url = f"{self.server['authorization_endpoint']}?{urlencode(asked)}"
        back = person.answer(url, button)
        assert back.startswith(self.redirect_uri), back
        told = dict(parse_qsl(urlsplit(back).query))
        assert (told["state"], told["iss"]) == (state, self.server["issuer"])
        return told

    def redeem(self, code: str) -> Answer:
        """Ask for tokens by a code, and keep them."""
        fields = {"code": code, "code_verifier": self.verifier, "redirect_uri": self.redirect_uri}
        return self._token(grant_type="authorization_code", **fields)

    def refresh(self) -> Answer:
        """Ask for new tokens, and keep them."""
        return self._token(grant_type="refresh_token", refresh_token=self.tokens["refresh_token"])

    def _token(self, **fields: str) -> Answer:
        fields |= {"client_id": self.client["client_id"], "resource": self.metadata["resource"]}
        if "client_secret" in self.client:
            fields["client_secret"] = self.client["client_secret"]
        answer = self.form(self.server["token_endpoint"], fields)
        if answer.status == 200:
            self.tokens = answer.body
        return answer

    def call(self, tool: str, **arguments: Any) -> str:
        """Open a session, call a tool, and return the text of its result."""
        opened = self.rpc("initialize")
        assert opened.status == 200, opened.body
        session = opened.headers["mcp-session-id"]
        params = {"name": tool, "arguments": arguments}
        answer = self.rpc("tools/call", params, mcp_session_id=session)
        return str(answer.body["result"]["content"][0]["text"])

    def rpc(self, method: str, params: dict[str, Any] | None = None, **headers: str) -> Answer:
        """Send a request of MCP, with the token if there is one."""
        if self.tokens:
            headers["authorization"] = f"Bearer {self.tokens['access_token']}"
        opening = {"protocolVersion": REVISION, "capabilities": {}, "clientInfo": INFO}
        message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params or opening}
        return self.send(
            self.resource,
            json.dumps(message).encode(),
            content_type="application/json",
            accept="application/json, text/event-stream",
            mcp_protocol_version=REVISION,
            **headers,
        )

    def _opener(self) -> urllib.request.OpenerDirector:
        handlers = [Inward(self.trust)] if self.trust else []
        return urllib.request.build_opener(urllib.request.ProxyHandler({}), *handlers)


INFO = {"name": "played", "version": "1"}


def _read(status: int, answer: Any) -> Answer:
    body = answer.read()
    kind = answer.headers.get_content_type()
    return Answer(status, answer.headers, json.loads(body) if kind == "application/json" else body)


def _quoted(challenge: str, name: str) -> str:
    """Return a quoted value of a challenge."""
    return challenge.partition(f'{name}="')[2].partition('"')[0]
