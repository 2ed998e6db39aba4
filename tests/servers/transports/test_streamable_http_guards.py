"""Streamable HTTP: hosts, origins and CORS, bodies and media, before anything is read."""

import pytest

from servers.models import AllowedOrigin
from servers.transports.guards import LARGEST_BODY
from tests.hub import VERSION, Hub

JSON = {"content-type": "application/json"}
VERBS = ("POST", "GET", "DELETE", "OPTIONS")
LISTED = "https://inspector.example.com"
PING = b'{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25"'
PING += b',"capabilities":{},"clientInfo":{"name":"x","version":"1"}}}'


@pytest.fixture
def listed(hub):
    """The list of origins, with one in it."""
    AllowedOrigin.objects.create(origin=LISTED)
    hub.refresh()


@pytest.fixture
def public(settings):
    """A hub on a network, under a name of its own; ask for it before `hub`."""
    settings.HOST = "0.0.0.0"
    settings.PUBLIC_URL = "https://hub.example.com"
    settings.PUBLIC_URL_GIVEN = True
    settings.ALLOWED_HOSTS = ["hub.example.com", "other.example.com"]


def post(hub: Hub, *, host="127.0.0.1:8000", slug="open", **headers):
    named = {**JSON, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return hub.raw("POST", slug, named, PING, host=host)


# --- hosts ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.0.0.1:8000", "localhost", "LocalHost:1", "[::1]", "[::1]:8000"]
)
def test_own_host_is_served(hub, host):
    assert post(hub, host=host).status == 200


@pytest.mark.behaviour("C3")
@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "127.0.0.1.evil.example",
        "localhost.evil.example:8000",
        "127.0.0.1:port",
        "evil.example@127.0.0.1",
        "127.0.0.1@evil.example",
        "127.0.0.1/evil",
        "127.0.0.1#x",
        "[::1",
        "127.0.0.1:99999",
        "0.0.0.0",
        "127.1",
        "2130706433",
        "127.0.0.2",
        "localhost.",
        "localhost:",
        "",
        " ",
        "127.0.0.1, evil.example",
        "hub.example.com",
    ],
)
def test_foreign_host_is_refused(hub, host):
    for verb in VERBS:
        answer = hub.raw(verb, "open", {**JSON, "host": host}, PING, host="")
        assert answer.status == 403


def test_request_without_host_is_refused(hub):
    assert post(hub, host="").status == 403


def test_public_name_is_the_only_one(public, hub):
    assert post(hub, host="hub.example.com").status == 200
    assert post(hub, host="other.example.com:443").status == 200
    assert post(hub, host="127.0.0.1:8000").status == 403


def test_metadata_is_under_the_public_address(public, hub):
    answer = post(hub, host="other.example.com", slug="nosuch")
    metadata = "https://hub.example.com/.well-known/oauth-protected-resource/mcp/nosuch"
    assert answer.status == 401 and f'"{metadata}"' in answer.header("www-authenticate")


# --- origins --------------------------------------------------------------------------------------


def cors(answer):
    return {name: value for name, value in answer.headers if name.startswith("access-control-")}


@pytest.mark.parametrize(
    "origin",
    [
        "http://127.0.0.1:8000",
        "http://localhost:6274",
        "https://localhost",
        "http://[::1]:1",
        "http://LOCALHOST:3000",
    ],
)
def test_page_of_this_machine_may_speak_to_a_hub_on_it(hub, origin):
    answer = post(hub, origin=origin)
    assert answer.status == 200 and cors(answer) == {}


@pytest.mark.behaviour("C1", "C2")
@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "https://evil.example",
        LISTED,
        "http://localhost.evil.example",
        "",
        " ",
        "file://",
        "http://127.0.0.1.evil.example",
        "http://localhost@evil.example",
        "http://evil.example#localhost",
        "http://evil.example?localhost",
        "http://evil.example/127.0.0.1",
        "localhost",
        "://localhost",
        "chrome-extension://localhost",
        "http://localhost:99999",
        "http://127.0.0.2",
        "http://",
    ],
)
def test_foreign_origin_is_refused(hub, origin):
    for verb in VERBS:
        answer = hub.raw(verb, "open", {**JSON, "origin": origin}, PING)
        assert answer.status == 403 and cors(answer) == {}


@pytest.mark.parametrize("origin", ["http://localhost:3000", "http://127.0.0.1:8000", "null"])
def test_page_of_this_machine_is_foreign_to_a_hub_on_a_network(public, hub, origin):
    assert post(hub, host="hub.example.com", origin=origin).status == 403


def test_own_origin_may_speak(public, hub):
    answer = post(hub, host="hub.example.com", origin="https://hub.example.com")
    assert answer.status == 200
    assert post(hub, host="hub.example.com", origin="http://hub.example.com").status == 403
    assert post(hub, host="hub.example.com", origin="https://hub.example.com:8443").status == 403


@pytest.mark.behaviour("C9")
def test_listed_origin_may_read_answers(listed, hub):
    answer = post(hub, origin=LISTED)
    assert answer.status == 200
    assert answer.header("access-control-allow-origin") == LISTED
    exposed = answer.header("access-control-expose-headers").lower()
    assert {"mcp-session-id", "www-authenticate", "retry-after"} == set(exposed.split(", "))
    assert answer.header("vary") == "Origin"
    assert "access-control-allow-credentials" not in cors(answer)


@pytest.mark.parametrize(
    "origin",
    [
        LISTED + ".evil.example",
        LISTED + ":444",
        "http://inspector.example.com",
        "null",
        "https://example.com",
    ],
)
def test_origin_that_resembles_a_listed_one_is_foreign(listed, hub, origin):
    assert post(hub, origin=origin).status == 403


@pytest.mark.parametrize("verb", ["POST", "GET", "DELETE"])
def test_listed_origin_may_read_a_challenge(listed, hub, verb):
    answer = hub.raw(verb, "nosuch", {**JSON, "origin": LISTED}, PING)
    assert answer.status == 401
    assert answer.header("access-control-allow-origin") == LISTED


@pytest.mark.behaviour("C8")
@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({"content-type": "text/plain"}, PING, 415),
        (JSON, b"{", 400),
        ({**JSON, "accept": "a/b"}, PING, 406),
        (JSON, b"x" * (LARGEST_BODY + 1), 413),
    ],
)
def test_listed_origin_may_read_a_refusal(listed, hub, headers, body, status):
    answer = hub.raw("POST", "open", {**headers, "origin": LISTED}, body)
    assert answer.status == status
    assert answer.header("access-control-allow-origin") == LISTED


@pytest.mark.behaviour("C9")
@pytest.mark.parametrize("slug", ["open", "nosuch"])
def test_preflight_is_answered_before_authentication(listed, hub, slug):
    asked = "authorization, content-type, mcp-protocol-version, mcp-param-city, x-evil"
    answer = hub.raw(
        "OPTIONS",
        slug,
        {
            "origin": LISTED,
            "access-control-request-method": "POST",
            "access-control-request-headers": asked,
        },
    )
    assert (answer.status, answer.body) == (204, b"")
    assert answer.header("access-control-allow-origin") == LISTED
    assert {"POST", "GET", "DELETE"} <= set(
        answer.header("access-control-allow-methods").split(", ")
    )
    allowed = set(answer.header("access-control-allow-headers").lower().split(", "))
    assert "x-evil" not in allowed and "mcp-param-city" in allowed
    assert {
        "authorization",
        "content-type",
        "accept",
        "mcp-protocol-version",
        "mcp-session-id",
        "mcp-method",
        "mcp-name",
        "last-event-id",
        "traceparent",
    } <= allowed


@pytest.mark.parametrize("asked", ["mcp-param-a\r\nset-cookie: x", "mcp-param-é", "mcp-param-*"])
def test_preflight_repeats_nothing_but_names(listed, hub, asked):
    answer = hub.raw("OPTIONS", "open", {"origin": LISTED, "access-control-request-headers": asked})
    assert "mcp-param" not in answer.header("access-control-allow-headers")


def test_preflight_of_an_empty_list_allows_nothing(hub):
    answer = hub.raw("OPTIONS", "open", {"origin": "http://localhost:3000"})
    assert answer.status == 204 and cors(answer) == {}


# --- bodies and media -----------------------------------------------------------------------------


def test_body_of_the_largest_size_is_read(hub):
    body = PING[:-1] + b',"x":"' + b"y" * (LARGEST_BODY - len(PING) - 7) + b'"}'
    assert len(body) == LARGEST_BODY
    assert hub.raw("POST", "open", JSON, body).status == 200


@pytest.mark.behaviour("C8")
@pytest.mark.parametrize("chunk", [1024, 65_536, LARGEST_BODY])
def test_body_is_refused_while_it_is_read(hub, chunk):
    parts = [b"x" * chunk] * (LARGEST_BODY // chunk + 1)
    exchange = hub.open("POST", "/mcp/open", list(JSON.items()), [*parts, b"more", b"more"])
    answer = exchange.finish()
    assert answer.status == 413
    assert exchange.received.qsize() >= 2


def test_body_that_announces_its_size_is_not_read_to_its_end(hub):
    headers = {**JSON, "content-length": str(LARGEST_BODY + 1)}
    exchange = hub.open("POST", "/mcp/open", list(headers.items()), [b"x", b"y"])
    assert exchange.finish().status == 413
    assert exchange.received.qsize() >= 1


@pytest.mark.parametrize("length", ["-1", "x", "9" * 5000, "1e9", "٣"])
def test_length_that_makes_no_sense_is_no_fault_of_the_hub(hub, length):
    answer = hub.raw("POST", "open", {**JSON, "content-length": length}, PING)
    assert answer.status in {200, 400, 413}


@pytest.mark.parametrize(
    "kind", ["application/json", "application/json; charset=utf-8", "Application/JSON ;x"]
)
def test_json_is_taken(hub, kind):
    assert hub.raw("POST", "open", {"content-type": kind}, PING).status == 200


@pytest.mark.behaviour("C8")
@pytest.mark.parametrize(
    "kind",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "application/jsonp",
        "application/vnd.api+json",
        "",
        "json",
        "text/plain;application/json",
    ],
)
def test_other_media_are_refused(hub, kind):
    assert hub.raw("POST", "open", {"content-type": kind}, PING).status == 415


def test_body_without_a_type_is_refused(hub):
    assert hub.raw("POST", "open", {}, PING).status == 415


@pytest.mark.behaviour("C5")
@pytest.mark.parametrize("verb", ["PUT", "PATCH", "HEAD", "TRACE", "BREW"])
def test_other_verbs_are_refused(hub, verb):
    answer = hub.raw(verb, "open", JSON, PING)
    assert answer.status == 405 and answer.header("allow") == "POST, GET, DELETE"


# --- headers that decide something, given twice ---------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "host",
        "origin",
        "authorization",
        "content-type",
        "mcp-session-id",
        VERSION,
        "mcp-method",
        "mcp-name",
        "mcp-param-region",
        "last-event-id",
    ],
)
def test_deciding_header_given_twice_is_refused(hub, name):
    good = {"host": "127.0.0.1", "origin": "http://localhost", "content-type": "application/json"}
    twice = [(name, good.get(name, "x"))] * 2
    for verb in VERBS:
        answer = hub.raw(verb, "open", twice, PING, host="" if name == "host" else "127.0.0.1")
        assert answer.status == 400


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        (["text/event-stream", "application/json"], 200),
        (["application/json", "text/html"], 200),
        (["text/html", "image/png"], 406),
        (["application/json;q=0", "text/event-stream; Q=0.000"], 406),
        (["application/json;charset=utf-8;q=0.0"], 406),
        (["application/json;q=0.001"], 200),
        (["application/json;q=0.5;x=0"], 200),
    ],
)
def test_what_a_client_takes_is_the_sum_of_its_lines(hub, lines, status):
    headers = [("content-type", "application/json"), *(("accept", line) for line in lines)]
    assert hub.raw("POST", "open", headers, PING).status == status


@pytest.mark.parametrize("name", ["accept", "cookie", "x-forwarded-for", "tracestate"])
def test_other_headers_may_come_twice(hub, name):
    twice = [("content-type", "application/json"), (name, "*/*"), (name, "*/*")]
    assert hub.raw("POST", "open", twice, PING).status == 200
