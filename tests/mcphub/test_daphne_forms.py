"""serving/daphne.py: forms are left to Django; under no server does one end or hold a connection."""

import contextlib
import http.client
import json
import re
from http.cookies import SimpleCookie
from types import SimpleNamespace
from urllib.parse import urlencode

import pytest
from twisted.internet.testing import StringTransport

from mcphub.serving.daphne import BoundedRequest

URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=b0"
DISPOSITION = b'--b0\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
NESTED = b"--b%d\r\nContent-Type: multipart/mixed; boundary=b%d\r\n\r\n"

FORMS = {
    "urlencoded": (URLENCODED, b"a=1&" * 1000),
    "multipart": (MULTIPART, DISPOSITION % (b"a", b"1") + b"--b0--\r\n"),
    "no boundary": ("multipart/form-data", DISPOSITION % (b"a", b"1") + b"--b0--\r\n"),
    "name in RFC 2231": (
        MULTIPART,
        b"--b0\r\nContent-Disposition: form-data; name*=utf-8''a\r\n\r\n1\r\n--b0--\r\n",
    ),
    "nested": (MULTIPART, b"".join(NESTED % (depth, depth + 1) for depth in range(5_000))),
}


@contextlib.contextmanager
def connected(hub):
    """Connect once: a request after the connection was closed fails."""
    connection = http.client.HTTPConnection("127.0.0.1", hub.port, timeout=30)
    connection.connect()
    connection.auto_open = 0
    with contextlib.closing(connection):
        yield connection


def ask(connection, verb, path, body=None, **headers):
    connection.request(
        verb, path, body, {name.replace("_", "-"): headers[name] for name in headers}
    )
    answer = connection.getresponse()
    return answer, answer.read()


@pytest.mark.parametrize("form", FORMS)
def test_form_to_an_endpoint_is_no_json_and_the_connection_goes_on(live_hub, form):
    media, body = FORMS[form]
    with connected(live_hub) as connection:
        answer, text = ask(connection, "POST", "/mcp/demo", body, content_type=media)
        assert answer.status == 415 and answer.headers["content-type"] == "application/json"
        assert "application/json" in json.loads(text)["error"]["message"]
        assert ask(connection, "GET", "/health/live")[0].status == 200


def encoded(media: str, fields: dict[str, str]) -> bytes:
    """Write a form's fields as its media type has them."""
    if media == URLENCODED:
        return urlencode(fields).encode()
    pairs = fields.items()
    parts = (DISPOSITION % (name.encode(), value.encode()) for name, value in pairs)
    return b"".join(parts) + b"--b0--\r\n"


@pytest.mark.parametrize("media", [URLENCODED, MULTIPART])
def test_log_in_form_reaches_django(live_hub, media):
    with connected(live_hub) as connection:
        page, text = ask(connection, "GET", "/login/")
        found = re.search(rb'name="csrfmiddlewaretoken" value="(\w+)"', text)
        assert found
        cookie = "; ".join(
            f"{name}={morsel.value}"
            for name, morsel in SimpleCookie(page.headers["set-cookie"]).items()
        )
        fields = {
            "csrfmiddlewaretoken": found[1].decode(),
            "username": "admin",
            "password": live_hub.environ["MCPHUB_ADMIN_PASSWORD"],
            "next": "/me/tokens/",
        }
        body = encoded(media, fields)
        answer, _ = ask(connection, "POST", "/login/", body, content_type=media, cookie=cookie)
    assert (answer.status, answer.headers["location"]) == (302, "/me/tokens/")


# --- a request by hand ----------------------------------------------------------------------------


class Channel:
    """Twisted's side of one connection to a daphne that notes the scopes it is given."""

    def __init__(self):
        self.scopes, self.refused = [], False
        self.transport = StringTransport()
        self.getPeer, self.getHost = self.transport.getPeer, self.transport.getHost
        server = SimpleNamespace(
            protocol_connected=lambda _request: None,
            create_application=lambda _request, scope: self.scopes.append(scope),
            proxy_forwarded_address_header=None,
            root_path="",
        )
        self.factory = SimpleNamespace(server=server)

    def isSecure(self):
        return False

    def _respondToBadRequestAndDisconnect(self):
        self.refused = True


@pytest.mark.parametrize("form", FORMS)
def test_twisted_reads_no_form(form):
    media, body = FORMS[form]
    channel = Channel()
    request = BoundedRequest(channel)
    request.requestHeaders.addRawHeader(b"Content-Type", media.encode())
    request.gotLength(len(body))
    request.handleContentChunk(body)
    request.requestReceived(b"POST", b"/login/?next=/", b"HTTP/1.1")
    with contextlib.closing(request.content) as content:
        assert request.args == {b"next": [b"/"]} and not channel.refused
        assert channel.scopes[0]["headers"] == [(b"content-type", media.encode())]
        assert content.read() == body
