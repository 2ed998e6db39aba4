"""Discovery: a server's metadata, and the places where clients look for it in vain."""

import json

import pytest
from django.db import OperationalError

from accounts.models import ClientPolicy
from accounts.oauth.offering import offered
from catalog.models import Entry, Source
from servers import services as servers
from servers.models import Server
from tests import make
from tests.hub import published

HUBS = ("/.well-known/oauth-authorization-server", "/.well-known/openid-configuration")
every_address = pytest.mark.parametrize("address", HUBS)
WELL_KNOWN = "/.well-known/oauth-protected-resource/mcp/"
ALLOWED = {"authorization", "content-type", "mcp-protocol-version"}


@pytest.fixture
def closed(hub, bob) -> Server:
    """A server for bob's team alone."""
    server = published("closed", Source.objects.get(), team=bob.teams.get())
    servers.update_server(actor=None, server=server, title="The merger")
    hub.refresh()
    return server


def document(hub, slug, **options):
    return read(hub, WELL_KNOWN + slug, **options)


def read(hub, path, **options):
    answer = hub.ask("GET", path, **options)
    assert answer.status == 200 and answer.header("content-type") == "application/json"
    return json.loads(answer.body)


def scopes(hub, slug="open"):
    return document(hub, slug)["scopes_supported"]


# --- the document ---------------------------------------------------------------------------------


@pytest.mark.behaviour("P1", "P3", "P12", "P13")
def test_document_names_the_server_and_who_gives_tokens_for_it(hub):
    assert document(hub, "open") == {
        "resource": "http://127.0.0.1:8000/mcp/open",
        "authorization_servers": ["http://127.0.0.1:8000"],
        "scopes_supported": ["mcp:read", "mcp:write", "mcp:prompts"],
        "bearer_methods_supported": ["header"],
        "resource_name": "Open",
    }


@pytest.mark.behaviour("P13")
def test_each_server_is_a_resource_of_its_own(hub, closed):
    assert document(hub, "closed")["resource"] == "http://127.0.0.1:8000/mcp/closed"
    assert document(hub, "open")["resource"] == "http://127.0.0.1:8000/mcp/open"


def test_title_is_told_of_a_public_server_alone(hub, closed):
    assert document(hub, "closed")["resource_name"] == "closed"
    assert b"merger" not in hub.ask("GET", WELL_KNOWN + "closed").body


@pytest.mark.behaviour("P1", "P3")
def test_challenge_leads_to_the_document_that_names_what_was_asked(hub, closed):
    for host in ("127.0.0.1:8000", "localhost:9", "LOCALHOST:9", "[::1]:8000", "localhost"):
        challenge = hub.raw("POST", "closed", host=host).header("www-authenticate")
        base = f"http://{host.lower()}"
        assert f'resource_metadata="{base}{WELL_KNOWN}closed"' in challenge
        told = document(hub, "closed", host=host)
        assert told["resource"] == f"{base}/mcp/closed"
        assert told["authorization_servers"] == [base]
        assert f'scope="{" ".join(told["scopes_supported"])}"' in challenge


# --- scopes ---------------------------------------------------------------------------------------


@pytest.mark.behaviour("P4", "P11")
@pytest.mark.parametrize(
    ("kept", "told"),
    [
        (("add",), ["mcp:read"]),
        (("write",), ["mcp:read", "mcp:write"]),
        (("destroy",), ["mcp:read"]),
        (("ask",), ["mcp:read", "mcp:prompts"]),
        (("write", "ask", "destroy"), ["mcp:read", "mcp:write", "mcp:prompts"]),
        ((), ["mcp:read"]),
    ],
)
def test_scopes_are_what_the_entries_need_but_never_the_destructive_one(hub, kept, told):
    Server.objects.get().entries.exclude(exposed_name__in=kept).delete()
    hub.refresh()
    assert scopes(hub) == told


@pytest.mark.parametrize("what", ["entry", "missing", "source"])
def test_what_is_switched_off_needs_no_scope(hub, what):
    Server.objects.get().entries.exclude(exposed_name__in=["add", "write"]).delete()
    entry = Entry.objects.get(name="write")
    if what == "entry":
        Entry.objects.filter(pk=entry.pk).update(enabled=False)
    elif what == "missing":
        Entry.objects.filter(pk=entry.pk).update(state=Entry.State.MISSING)
    else:
        Source.objects.update(enabled=False)
    hub.refresh()
    assert scopes(hub) == ["mcp:read"]


def test_scopes_do_not_depend_on_who_may_use_what(hub, closed, bob):
    make.rule(closed, effect="deny", pattern="*")
    hub.refresh()
    assert scopes(hub, "closed") == ["mcp:read", "mcp:write", "mcp:prompts"]


# --- the hub as authorization server --------------------------------------------------------------


@pytest.mark.behaviour("Q2", "Q3", "Q4")
def test_both_addresses_give_the_same_document(hub):
    first, second = (hub.ask("GET", address) for address in HUBS)
    assert (first.status, first.body) == (200, second.body)
    assert json.loads(first.body)["issuer"] == "http://127.0.0.1:8000"
    assert len(first.body) < 1_000


@pytest.mark.behaviour("P12", "Q4")
@every_address
@pytest.mark.parametrize("host", ["127.0.0.1:8000", "LocalHost:8000", "[::1]:8000", "localhost"])
def test_each_loopback_name_is_an_issuer_of_its_own(hub, address, host):
    told = read(hub, address, host=host)
    assert told["issuer"] == f"http://{host.lower()}"
    assert told["token_endpoint"] == f"http://{host.lower()}/token"
    assert document(hub, "open", host=host)["authorization_servers"] == [told["issuer"]]


@every_address
def test_policy_that_changes_is_in_the_next_document(hub, address):
    assert "registration_endpoint" in read(hub, address)
    ClientPolicy.objects.create(pk=1, registration=ClientPolicy.Registration.CLOSED)
    assert "registration_endpoint" not in read(hub, address)


def test_document_that_cannot_be_read_may_be_asked_for_again(hub, monkeypatch):
    def away():
        raise OperationalError("the inner secret")

    monkeypatch.setattr(offered, "_read", away)
    answer = hub.ask("GET", HUBS[0])
    assert (answer.status, answer.header("retry-after")) == (503, "2")
    assert json.loads(answer.body)["error"] == "temporarily_unavailable"
    assert b"secret" not in answer.body


# --- memory ---------------------------------------------------------------------------------------


def test_documents_come_from_memory(hub, closed, django_assert_num_queries):
    read(hub, HUBS[0])
    before = hub.offloaded
    with django_assert_num_queries(0):
        for path in (*HUBS, WELL_KNOWN + "open", WELL_KNOWN + "closed"):
            read(hub, path)
        assert hub.ask("GET", WELL_KNOWN + "nosuch").status == 404
    assert hub.offloaded == before


def test_what_changes_is_in_the_next_document(hub):
    assert hub.ask("GET", WELL_KNOWN + "open").header("cache-control") == "no-cache"
    server = Server.objects.get()
    servers.update_server(actor=None, server=server, title="Renamed")
    hub.refresh()
    assert document(hub, "open")["resource_name"] == "Renamed"
    servers.set_server_enabled(actor=None, server=server, enabled=False)
    hub.refresh()
    assert hub.ask("GET", WELL_KNOWN + "open").status == 404


# --- where there is nothing -----------------------------------------------------------------------

NOWHERE = (
    "/.well-known/oauth-protected-resource/mcp/nosuch",
    "/.well-known/oauth-protected-resource/mcp/Open",
    "/.well-known/oauth-protected-resource/mcp/open/",
    "/.well-known/oauth-protected-resource/mcp/open/sse",
    "/.well-known/oauth-protected-resource/mcp/" + "x" * 64,
    "/.well-known/oauth-protected-resource/mcp",
    "/.well-known/oauth-protected-resource",
    "/.well-known/oauth-authorization-server/mcp/open",
    "/.well-known/oauth-authorization-server/",
    "/.well-known/openid-configuration/mcp/open",
    "/mcp/open/.well-known/oauth-protected-resource",
    "/mcp/open/.well-known/oauth-authorization-server",
    "/mcp/open/.well-known/openid-configuration",
    "/mcp/.well-known/oauth-protected-resource",
    "/.well-known/",
    "/.well-known/\x00é%",
    "/.well-known/" + "x" * 10_000,
)


@pytest.mark.behaviour("P3")
@pytest.mark.parametrize("path", NOWHERE, ids=lambda path: ascii(path[:70]))
def test_elsewhere_a_client_is_told_at_once_that_there_is_nothing(
    hub, path, django_assert_num_queries
):
    before = hub.offloaded
    with django_assert_num_queries(0):
        answer = hub.ask("GET", path)
    assert (answer.status, answer.header("content-type")) == (404, "application/json")
    assert json.loads(answer.body)["error"] == "not_found" and len(answer.body) < 200
    assert answer.header("access-control-allow-origin") == "*"
    assert hub.offloaded == before and answer.header("set-cookie") is None


# --- verbs, hosts, pages --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", [WELL_KNOWN + "open", WELL_KNOWN + "nosuch", "/.well-known/x", *HUBS]
)
def test_head_is_get_without_its_body(hub, path):
    got, head = hub.ask("GET", path), hub.ask("HEAD", path)
    assert (head.status, head.headers, head.body) == (got.status, got.headers, b"")


@pytest.mark.parametrize("path", [WELL_KNOWN + "open", "/.well-known/x", *HUBS])
@pytest.mark.parametrize("verb", ["POST", "PUT", "DELETE", "PATCH", "TRACE", "BREW" * 50])
def test_other_verbs_do_nothing(hub, path, verb):
    answer = hub.ask(verb, path)
    assert (answer.status, answer.header("allow")) == (405, "GET, HEAD, OPTIONS")
    assert json.loads(answer.body)["error"] == "invalid_request" and len(answer.body) < 200


@pytest.mark.parametrize("host", ["evil.example", "", "127.0.0.1.evil.example", "hub.example.com"])
@pytest.mark.parametrize("verb", ["GET", "HEAD", "OPTIONS", "POST"])
def test_foreign_host_is_refused(hub, host, verb):
    for path in (WELL_KNOWN + "open", "/.well-known/x", *HUBS):
        answer = hub.ask(verb, path, host=host)
        assert answer.status == 403 and b"evil" not in answer.body


def test_host_given_twice_is_refused(hub):
    twice = [("host", "127.0.0.1"), ("host", "evil.example")]
    assert hub.ask("GET", WELL_KNOWN + "open", twice, host="").status == 400


@pytest.mark.parametrize("origin", ["https://inspector.example.com", "null", "http://localhost:1"])
def test_page_of_any_origin_may_read_it_without_a_cookie(hub, origin):
    for path in (WELL_KNOWN + "open", WELL_KNOWN + "nosuch", *HUBS):
        answer = hub.ask("GET", path, {"origin": origin})
        assert answer.header("access-control-allow-origin") == "*"
        assert answer.header("access-control-allow-credentials") is None


def test_preflight_is_answered(hub):
    asked = {
        "origin": "https://inspector.example.com",
        "access-control-request-method": "GET",
        "access-control-request-headers": "mcp-protocol-version",
    }
    for path in (WELL_KNOWN + "open", WELL_KNOWN + "nosuch", "/mcp/open/.well-known/x", *HUBS):
        answer = hub.ask("OPTIONS", path, asked)
        assert (answer.status, answer.body) == (204, b"")
        assert answer.header("access-control-allow-origin") == "*"
        allowed = answer.header("access-control-allow-headers").lower().split(", ")
        assert set(allowed) >= ALLOWED


# --- behind a proxy, under a public address -------------------------------------------------------


@pytest.fixture
def proxied(settings):
    """A hub that a proxy of this machine stands before; ask for it before `hub`."""
    settings.TRUSTED_PROXIES = ["127.0.0.1/32"]


@pytest.mark.parametrize("proto", ["https", "https, http"])
def test_proxy_that_is_trusted_says_that_the_client_came_by_tls(proxied, hub, proto):
    told = document(hub, "open", headers={"x-forwarded-proto": proto}, host="localhost")
    assert told["resource"] == "https://localhost/mcp/open"


@pytest.mark.parametrize("proto", ["https", "gopher"])
def test_nobody_else_says_so(hub, proto):
    told = document(hub, "open", headers={"x-forwarded-proto": proto}, host="localhost")
    assert told["resource"] == "http://localhost/mcp/open"


@pytest.fixture
def public(settings):
    """A hub on a network, under a name of its own; ask for it before `hub`."""
    settings.PUBLIC_URL, settings.PUBLIC_URL_GIVEN = "https://hub.example.com", True
    settings.ALLOWED_HOSTS = ["hub.example.com", "other.example.com"]


@pytest.mark.parametrize("host", ["hub.example.com", "other.example.com:8443"])
def test_public_address_is_the_only_one(public, hub, host):
    told = document(hub, "open", host=host)
    assert told["resource"] == "https://hub.example.com/mcp/open"
    assert told["authorization_servers"] == ["https://hub.example.com"]
    for address in HUBS:
        assert read(hub, address, host=host)["issuer"] == "https://hub.example.com"
    assert hub.ask("GET", WELL_KNOWN + "open", host="localhost").status == 403
