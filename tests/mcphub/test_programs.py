"""programs.py: an ASGI application for the addresses that programs ask."""

import json

import pytest

from accounts.oauth.form_reading import LARGEST
from mcphub.making import guards
from mcphub.programs import Programs
from servers.transports.guards import Refused

FORM = [(b"content-type", b"application/x-www-form-urlencoded"), (b"host", b"127.0.0.1")]


async def ask(parts, headers=FORM, path="/token", method="POST"):
    """Send a request in these parts; return what was answered, and how many parts were taken."""
    waiting = list(parts)
    sent = []

    async def receive():
        body = waiting.pop(0)
        if body is None:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": body, "more_body": bool(waiting)}

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": method, "path": path, "headers": headers}
    await Programs()({**scope, "query_string": b"", "client": ("127.0.0.1", 5)}, receive, send)
    return sent, len(parts) - len(waiting)


@pytest.fixture
def answered(transactional_db):
    """A database that the application's threads see."""


async def test_request_is_answered_with_what_all_pages_send(answered):
    (start, body), _ = await ask([b"grant_type=x&cli", b"ent_id=gone"])
    headers = dict(start["headers"])
    assert start["status"] == 401 and headers[b"cache-control"] == b"no-store"
    assert headers[b"content-type"] == b"application/json"
    assert b"content-security-policy" in headers and b"x-content-type-options" in headers
    assert json.loads(body["body"])["error"] == "invalid_client"
    assert headers[b"content-length"] == b"%d" % len(body["body"])


async def test_no_more_is_read_than_the_view_takes(answered):
    part = b"x" * 4096
    (start, _), taken = await ask([part] * 1_000)
    assert start["status"] == 413 and taken == LARGEST // 4096 + 1


HOSTS = [
    b"evil.example",
    b"localhost.:8000",
    b"127.0.0.1:",
    b"a@127.0.0.1",
    b"127.0.0.1:port",
    None,
]


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("method", ["POST", "OPTIONS"])
async def test_foreign_host_is_refused_as_where_the_documents_are(answered, host, method):
    headers = [(b"host", host)] if host else []
    (start, body), taken = await ask([b"grant_type=x"], headers, method=method)
    head = dict(start["headers"])
    assert (start["status"], taken) == (403, 0)
    assert (head[b"content-type"], head[b"cache-control"]) == (b"application/json", b"no-store")
    assert head[b"access-control-allow-origin"] == b"*"
    assert json.loads(body["body"])["error"] == "invalid_request"
    with pytest.raises(Refused):
        guards().check_host(host)


async def test_header_that_decides_is_not_given_twice(answered):
    (start, body), _ = await ask([b""], [*FORM, (b"authorization", b"a"), (b"authorization", b"b")])
    assert start["status"] == 400 and "given twice" in body["body"].decode()


async def test_other_methods_and_unknown_addresses_are_answered_by_django(answered):
    (start, _), _ = await ask([b""], method="GET")
    assert start["status"] == 405
    (start, _), _ = await ask([b""], path="/nothing")
    assert start["status"] == 404


async def test_nothing_is_sent_to_a_client_that_left(answered):
    sent, _ = await ask([b"grant_type=", None])
    assert sent == []
