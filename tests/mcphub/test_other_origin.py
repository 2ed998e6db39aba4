"""A client that is a web page of another origin, in Chromium: discovery, refusals, calls, streams."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.hub import META, STATELESS
from tests.pair import until

pytestmark = pytest.mark.browser
CHROMIUM = "/usr/bin/chromium"

ASK = """async ([url, token, name, args]) => {
  const headers = {
    "content-type": "application/json", "accept": "application/json, text/event-stream",
    "mcp-protocol-version": "REVISION", "mcp-method": "tools/call", "mcp-name": name,
  };
  if (token) headers.authorization = `Bearer ${token}`;
  const params = {name, arguments: args, _meta: {
    "METAprotocolVersion": "REVISION", "METAclientCapabilities": {}, progressToken: "p",
  }};
  const body = JSON.stringify({jsonrpc: "2.0", id: 1, method: "tools/call", params});
  const answer = await fetch(url, {method: "POST", headers, body});
  const reader = answer.body.getReader(), pieces = [], text = new TextDecoder();
  for (let each = await reader.read(); !each.done; each = await reader.read())
    pieces.push(text.decode(each.value));
  return {status: answer.status, challenge: answer.headers.get("www-authenticate"), pieces};
}""".replace("REVISION", STATELESS).replace("META", META)
READ = """async (url) => {
  const answer = await fetch(url, {headers: {"mcp-protocol-version": "REVISION"}});
  return [answer.status, await answer.json()];
}""".replace("REVISION", STATELESS)
BEGIN = """async (url) => {
  const post = (to, type, body) => fetch(to, {method: "POST", headers: {"content-type": type}, body});
  const read = async (from) => (await fetch(from)).json();
  const refused = await post(url, "application/json", "{}");
  const challenge = refused.headers.get("www-authenticate");
  const said = (name) => challenge.match(new RegExp(`${name}="([^"]*)"`))[1];
  const {resource, authorization_servers: [issuer]} = await read(said("resource_metadata"));
  const server = await read(`${issuer}/.well-known/oauth-authorization-server`);
  const redirect_uri = `${location.origin}/callback`;
  const registered = await post(server.registration_endpoint, "application/json", JSON.stringify({
    client_name: "A page", redirect_uris: [redirect_uri], token_endpoint_auth_method: "none",
  }));
  const {client_id} = await registered.json();
  const plain = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes)))
    .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  const code_verifier = plain(crypto.getRandomValues(new Uint8Array(32)));
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(code_verifier));
  const kept = {token_endpoint: server.token_endpoint, client_id, code_verifier, redirect_uri, resource};
  sessionStorage.setItem("kept", JSON.stringify(kept));
  const asked = new URLSearchParams({
    response_type: "code", client_id, redirect_uri, resource, scope: said("scope"), state: "s",
    code_challenge: plain(hash), code_challenge_method: "S256",
  });
  return `${server.authorization_endpoint}?${asked}`;
}"""
FINISH = """async (search) => {
  const {token_endpoint, ...kept} = JSON.parse(sessionStorage.getItem("kept"));
  const code = new URLSearchParams(search).get("code");
  const body = new URLSearchParams({grant_type: "authorization_code", code, ...kept});
  return (await (await fetch(token_endpoint, {method: "POST", body})).json()).access_token;
}"""
POPUP = """(address) => {
  window.told = new Promise((resolve) => addEventListener("message", ({origin, data}) => {
    if (origin === location.origin) resolve(data);
  }));
  window.open(address, "log-in", "popup");
}"""
FAILS = "async (url) => { try { await fetch(url); return false; } catch (error) { return true; } }"


class Empty(BaseHTTPRequestHandler):
    """A page with nothing on it; opened by another one, it tells that with what it was called."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>A client</title>")
        self.wfile.write(b"<script>opener?.postMessage(location.search, location.origin)</script>")

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium."""
    with sync_playwright() as play:
        started = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page on a port of its own."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Empty)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    shown = browser.new_page()
    shown.goto(f"http://127.0.0.1:{server.server_port}/")
    yield shown
    shown.close()
    server.shutdown()
    server.server_close()


def origin(page):
    return page.url.rstrip("/")


@pytest.fixture
def listed(page, live_hub, tmp_path):
    """The page, whose origin an admin has listed."""
    file = tmp_path / "hub.yaml"
    file.write_text(f"origins:\n  - {origin(page)}\n")
    live_hub.manage("apply", str(file))
    url = f"{live_hub.url}/mcp/demo-private"
    until(lambda: page.evaluate(FAILS, url) is False)
    return page


def test_listed_page_finds_its_way_and_is_answered_as_the_tool_goes_on(listed, live_hub):
    url = f"{live_hub.url}/mcp/demo-private"
    refused = listed.evaluate(ASK, [url, "", "slow", {"steps": 3}])
    assert refused["status"] == 401
    metadata = refused["challenge"].partition('resource_metadata="')[2].partition('"')[0]
    status, resource = listed.evaluate(READ, metadata)
    assert (status, resource["resource"]) == (200, url)
    issuer = resource["authorization_servers"][0]
    status, server = listed.evaluate(READ, f"{issuer}/.well-known/oauth-authorization-server")
    assert (status, server["issuer"]) == (200, issuer)
    token = live_hub.token("demo-private")
    streamed = listed.evaluate(ASK, [url, token, "slow", {"steps": 3}])
    assert streamed["status"] == 200 and len(streamed["pieces"]) > 1
    assert "3 steps done" in streamed["pieces"][-1]


def test_listed_page_registers_logs_in_by_popup_connects_and_streams(listed, live_hub):
    url = f"{live_hub.url}/mcp/demo-private"
    address = listed.evaluate(BEGIN, url)
    with listed.expect_popup() as opened:
        listed.evaluate(POPUP, address)
    allow(opened.value)
    token = listed.evaluate(FINISH, listed.evaluate("window.told"))
    assert streams(listed, url, token)


def test_listed_page_that_goes_away_to_log_in_comes_back_connects_and_streams(listed, live_hub):
    url = f"{live_hub.url}/mcp/demo-private"
    home = origin(listed)
    listed.goto(listed.evaluate(BEGIN, url))
    allow(listed)
    listed.wait_for_url(f"{home}/callback?**")
    token = listed.evaluate(FINISH, listed.evaluate("location.search"))
    assert streams(listed, url, token)


def allow(window):
    """Log in and press Allow."""
    window.get_by_label("Username").fill("admin")
    window.get_by_label("Password").fill("a password for a test")
    window.get_by_role("button", name="Log in").click()
    window.get_by_role("button", name="Allow", exact=True).click()


def streams(page, url, token):
    """Call a tool that reports while it works; tell whether the page hears it piece by piece."""
    told = page.evaluate(ASK, [url, token, "slow", {"steps": 3}])
    return told["status"] == 200 and len(told["pieces"]) > 1 and "3 steps" in told["pieces"][-1]


def test_listed_page_may_read_which_scopes_to_ask_for(listed, live_hub):
    words = ("--user", "admin", "--server", "demo-private", "--scope", "mcp:prompts")
    token = live_hub.manage("mint_token", *words)
    refused = listed.evaluate(
        ASK, [f"{live_hub.url}/mcp/demo-private", token, "slow", {"steps": 1}]
    )
    assert refused["status"] == 403
    assert 'scope="mcp:read mcp:prompts"' in refused["challenge"]


def test_other_pages_may_read_the_documents_and_nothing_else(page, live_hub):
    status, _ = page.evaluate(READ, f"{live_hub.url}/.well-known/openid-configuration")
    assert status == 200
    resource = f"{live_hub.url}/.well-known/oauth-protected-resource/mcp"
    assert page.evaluate(READ, f"{resource}/demo")[0] == 200
    assert page.evaluate(READ, f"{resource}/nosuch")[0] == 404
    for path in ("/mcp/demo", "/mcp/demo-private", "/login/", "/authorize"):
        assert page.evaluate(FAILS, live_hub.url + path)
