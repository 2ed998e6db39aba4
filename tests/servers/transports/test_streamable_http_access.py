"""Streamable HTTP: who may speak, what is told to those who may not, and what is recorded."""

import asyncio
import json
import time

import pytest
from django.db.models import Q
from oauth2_provider.models import get_access_token_model

from accounts.scopes import DESTRUCTIVE, PROMPTS, READ, SCOPES, WRITE
from accounts.words import words_of
from catalog.models import Source
from monitoring import audit
from monitoring.audit import writer
from monitoring.models import AuditEvent
from servers.models import Server
from tests import gates, make
from tests.hub import REVISIONS, STATELESS, opening, published

PING = b'{"jsonrpc":"2.0","id":1,"method":"ping"}'
WORDS = {each.scope: each.detail for each in words_of(SCOPES)}
every_revision = pytest.mark.parametrize("revision", REVISIONS)
METADATA = "http://127.0.0.1:8000/.well-known/oauth-protected-resource/mcp/"
ALL = (READ, WRITE, DESTRUCTIVE, PROMPTS)


DEFAULT = "mcp:read mcp:write mcp:prompts"


@pytest.fixture
def closed(hub, bob) -> Server:
    """A server for bob's team alone."""
    server = published("closed", Source.objects.get(), team=bob.teams.get())
    hub.refresh()
    return server


@pytest.fixture
def reading(hub, closed) -> Server:
    """The same with nothing to write and no prompts."""
    server = published("reading", Source.objects.get(), team=closed.team)
    kept = Q(exposed_name="add") | Q(kind="resource")
    server.entries.exclude(kept).delete()
    hub.refresh()
    return server


def recorded():
    """Return the calls in the audit trail, in order."""
    audit.flush()
    return list(AuditEvent.objects.exclude(kind__in=["change", "system"]).order_by("id"))


# --- 401 ------------------------------------------------------------------------------------------


def unauthorized(hub, verb, slug, authorization):
    headers = {"content-type": "application/json"}
    if authorization is not None:
        headers["authorization"] = authorization
    body = PING if verb == "POST" else b""
    answer = hub.raw(verb, slug, headers, body)
    assert answer.status == 401, answer
    return answer


@pytest.fixture(params=["none", "garbage", "empty", "basic", "unknown", "expired", "other", "long"])
def bad(request, closed, bob):
    """A header that opens nothing on `closed`, whatever is wrong with it."""
    tokens = {
        "none": lambda: None,
        "garbage": lambda: "Bearer \xe9 \x01",
        "empty": lambda: "Bearer ",
        "basic": lambda: "Basic Ym9iOmNvcnJlY3QgaG9yc2U=",
        "unknown": lambda: "Bearer mcphub_unknown",
        "expired": lambda: f"Bearer {make.token(bob, closed, days=-1)}",
        "other": lambda: f"Bearer {make.token(bob, Server.objects.get(slug='open'))}",
        "long": lambda: "Bearer " + "x" * 5000,
    }
    return tokens[request.param]()


@pytest.mark.behaviour("C10", "P2", "P3", "P4", "P7", "P8", "P11")
def test_bad_token_is_told_where_to_get_a_good_one_and_for_what(hub, bad):
    for verb in ("POST", "GET", "DELETE", "HEAD"):
        answer = unauthorized(hub, verb, "closed", bad)
        challenge = answer.header("www-authenticate")
        assert challenge.startswith(
            f'Bearer resource_metadata="{METADATA}closed", scope="{DEFAULT}"'
        )
        assert ('error="invalid_token", error_description="' in challenge) == (bad is not None)
        if verb != "HEAD":
            told = json.loads(answer.body)
            assert told["error"] == ("unauthorized" if bad is None else "invalid_token")
            assert "token" in told["error_description"]


def test_server_that_is_not_there_answers_like_a_hidden_one_to_read_from(hub, reading, bad):
    for verb in ("POST", "GET", "DELETE"):
        hidden = unauthorized(hub, verb, "reading", bad)
        absent = unauthorized(hub, verb, "nosuch", bad)
        assert absent.body == hidden.body
        headers = [(name, value.replace("/nosuch", "/reading")) for name, value in absent.headers]
        assert headers == hidden.headers
        assert unauthorized(hub, verb, "closed", bad).body == absent.body


@pytest.mark.behaviour("P10")
@pytest.mark.parametrize("query", ["access_token={0}", "token={0}", "bearer={0}"])
def test_token_in_an_address_opens_nothing(hub, closed, bob, query):
    asked = query.format(make.token(bob, closed))
    assert hub.ask("POST", f"/mcp/closed?{asked}").status == 401


def test_server_that_may_be_asked_for_stays_hidden_on_the_wire(hub, closed, charlie):
    bodies = []
    token = make.token(charlie, Server.objects.get(slug="open"))
    for discoverable in (False, True):
        Server.objects.filter(pk=closed.pk).update(discoverable=discoverable)
        hub.refresh()
        answers = [
            unauthorized(hub, "POST", slug, authorization)
            for slug in ("closed", "nosuch")
            for authorization in (None, f"Bearer {token}")
        ]
        bodies.append([answer.body for answer in answers])
        assert bodies[-1][:2] == bodies[-1][2:]
    assert bodies[0] == bodies[1]


def test_server_that_is_switched_off_answers_like_one_that_is_not_there(hub, closed, bob):
    token = make.token(bob, closed)
    Server.objects.update(enabled=False)
    hub.refresh()
    absent = unauthorized(hub, "POST", "nosuch", f"Bearer {token}")
    for slug in ("closed", "open"):
        off = unauthorized(hub, "POST", slug, f"Bearer {token}")
        assert off.body == absent.body


def test_bad_token_is_refused_on_a_public_server_too(hub):
    unauthorized(hub, "POST", "open", "Bearer mcphub_unknown")


@pytest.mark.parametrize("host", ["localhost:9999", "LocalHost:9999", "[::1]", "127.0.0.1:1"])
def test_metadata_is_under_the_name_the_hub_was_asked_by(hub, closed, host):
    answer = hub.raw("GET", "closed", host=host)
    assert f'"http://{host.lower()}/.well-known/' in answer.header("www-authenticate")


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_scheme_may_be_written_in_any_case(hub, closed, bob, scheme):
    header = {"authorization": f"{scheme}   {make.token(bob, closed)} "}
    assert hub.post("closed", "tools/list", headers=header).status == 200


@pytest.mark.behaviour("D5")
def test_stream_of_the_hubs_own_is_not_offered_yet(hub, closed, bob):
    header = {"authorization": f"Bearer {make.token(bob, closed)}"}
    assert hub.raw("GET", "closed", header).status == 405
    assert hub.raw("GET", "open").status == 405


@pytest.mark.behaviour("C10")
def test_token_that_was_revoked_opens_nothing(hub, closed, bob):
    token = make.token(bob, closed)
    assert hub.post("closed", "tools/list", token=token).status == 200
    get_access_token_model().objects.all()[0].delete()
    assert hub.post("closed", "tools/list", token=token).status == 401


def test_token_that_expires_while_it_is_remembered_opens_nothing(hub, closed, bob, monkeypatch):
    token = make.token(bob, closed, days=1)
    assert hub.post("closed", "tools/list", token=token).status == 200
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 86_401)
    assert hub.post("closed", "tools/list", token=token).status == 401


def test_user_who_was_disabled_has_no_tokens(hub, closed, bob):
    token = make.token(bob, closed)
    assert hub.post("closed", "tools/list", token=token).status == 200
    bob.is_active = False
    bob.save()
    assert hub.post("closed", "tools/list", token=token).status == 401


def test_failed_authentication_is_no_call(hub, closed):
    hub.post("closed", "tools/call", {"name": "add", "arguments": {"a": 1, "b": 2}})
    assert recorded() == [] and gates.done == []


# --- 403: access, but not the scope ---------------------------------------------------------------


WRITES = {"name": "write", "arguments": {"text": "x"}}
ADDS = {"name": "add", "arguments": {"a": 1, "b": 2}}
ASKS = {"name": "ask", "arguments": {"about": "x"}}


@pytest.mark.behaviour("H4", "P5", "P7")
@pytest.mark.parametrize(
    ("held", "method", "params", "lacking", "scope"),
    [
        ((READ,), "tools/call", WRITES, WRITE, "mcp:write"),
        ((READ, PROMPTS), "tools/call", WRITES, WRITE, "mcp:write mcp:prompts"),
        ((WRITE,), "tools/call", {"name": "destroy"}, DESTRUCTIVE, "mcp:destructive"),
        ((READ,), "tools/call", {"name": "destroy"}, DESTRUCTIVE, "mcp:destructive"),
        ((PROMPTS,), "tools/call", ADDS, READ, "mcp:read mcp:prompts"),
        ((), "tools/call", ADDS, READ, "mcp:read"),
        ((PROMPTS,), "resources/read", {"uri": "test://note"}, READ, "mcp:read mcp:prompts"),
        ((PROMPTS,), "resources/read", {"uri": "test://by/a/1"}, READ, "mcp:read mcp:prompts"),
        ((DESTRUCTIVE,), "prompts/get", ASKS, PROMPTS, "mcp:destructive mcp:prompts"),
    ],
)
@every_revision
def test_client_is_told_to_ask_for_what_is_lacking_and_what_it_has(
    hub, closed, bob, held, method, params, lacking, scope, revision
):
    token = make.token(bob, closed, scopes=held)
    answer = hub.post("closed", method, params, revision=revision, token=token)
    assert answer.status == 403 and answer.message["id"] == 1 and answer.error
    challenge = answer.header("www-authenticate")
    assert challenge.startswith('Bearer error="insufficient_scope"')
    assert f', scope="{scope}", ' in challenge
    assert f', resource_metadata="{METADATA}closed", ' in challenge
    assert challenge.endswith(f'error_description="The token lacks {lacking} ({WORDS[lacking]})."')
    assert gates.done == []
    (event,) = recorded()
    assert (event.verdict, event.reason, event.outcome) == ("deny", "insufficient_scope", "denied")


@pytest.mark.behaviour("P6")
@pytest.mark.parametrize(
    ("held", "tool"),
    [
        ((READ,), "add"),
        ((WRITE,), "add"),
        ((WRITE,), "write"),
        ((DESTRUCTIVE,), "write"),
        ((DESTRUCTIVE,), "destroy"),
    ],
)
def test_scope_implies_the_lesser_ones(hub, closed, bob, held, tool):
    arguments = {"add": {"a": 1, "b": 1}, "write": {"text": "x"}}.get(tool, {})
    params = {"name": tool, "arguments": arguments}
    token = make.token(bob, closed, scopes=held)
    assert hub.post("closed", "tools/call", params, token=token).result["isError"] is False
    assert len(gates.done) == 1


@every_revision
def test_lists_do_not_look_at_scopes(hub, closed, bob, revision):
    token = make.token(bob, closed, scopes=(PROMPTS,))
    result = hub.post("closed", "tools/list", revision=revision, token=token).result
    assert "destroy" in [tool["name"] for tool in result["tools"]]


@pytest.mark.parametrize("method", ["initialize", "ping", "server/discover"])
def test_greeting_needs_no_scope(hub, closed, bob, method):
    revision = STATELESS if method == "server/discover" else "2025-11-25"
    params = opening(revision) if method == "initialize" else {}
    token = make.token(bob, closed, scopes=())
    assert hub.post("closed", method, params, revision=revision, token=token).result is not None


# --- unknown: no access ---------------------------------------------------------------------------


@pytest.mark.behaviour("K5")
@pytest.mark.parametrize("by", ["pattern", "disabled", "missing", "stranger", "tag"])
@pytest.mark.parametrize(
    ("method", "key", "denied", "unknown", "list_method"),
    [
        ("tools/call", "name", "destroy", "nothing", "tools/list"),
        ("prompts/get", "name", "ask", "sky", "prompts/list"),
        ("resources/read", "uri", "test://note", "test://void", "resources/list"),
    ],
)
def test_denied_thing_answers_byte_for_byte_like_an_unknown_one(
    hub, closed, bob, charlie, by, method, key, denied, unknown, list_method
):
    entry = closed.entries.get(exposed_name=denied).entry
    who = charlie if by == "stranger" else bob
    if by == "pattern":
        make.rule(closed, effect="deny", pattern=denied)
    elif by == "tag":
        tag = entry.tags.create(name="dangerous")
        make.rule(closed, effect="deny", user=bob, tag=tag)
    elif by == "disabled":
        entry.enabled = False
    elif by == "missing":
        entry.state = "missing"
    entry.save()
    hub.refresh()
    for revision in REVISIONS:
        token = make.token(who, closed, scopes=ALL)
        asked = {"revision": revision, "token": token}
        hidden = hub.post("closed", method, {key: denied}, **asked)
        absent = hub.post("closed", method, {key: unknown}, **asked)
        assert hidden.body.replace(denied.encode(), unknown.encode()) == absent.body
        assert [h for h in hidden.headers if h[0] != "content-length"] == [
            h for h in absent.headers if h[0] != "content-length"
        ]
        assert hidden.status == absent.status == 200
        assert denied.encode() not in hub.post("closed", list_method, **asked).body
    assert gates.done == []


def test_denied_call_is_recorded_with_its_reason(hub, closed, bob):
    make.rule(closed, effect="deny", pattern="dest*")
    hub.refresh()
    hub.post("closed", "tools/call", {"name": "destroy"}, token=make.token(bob, closed))
    hub.post("closed", "tools/call", {"name": "nothing"}, token=make.token(bob, closed))
    denied, unknown = recorded()
    assert (denied.entry, denied.verdict, denied.reason) == ("destroy", "deny", "denied_by_rule")
    assert denied.version and denied.user == bob.public_id and denied.server == "closed"
    assert (unknown.entry, unknown.reason, unknown.version) == ("nothing", "unknown", "")


def test_rule_widens_a_server(hub, closed, charlie):
    make.rule(closed, user=charlie, pattern="add")
    hub.refresh()
    token = make.token(charlie, closed)
    result = hub.post("closed", "tools/list", token=token).result
    assert [tool["name"] for tool in result["tools"]] == ["add"]
    params = {"name": "add", "arguments": {"a": 1, "b": 1}}
    assert hub.post("closed", "tools/call", params, token=token).text == "2"


def test_superuser_passes_by_no_rule(hub, closed, alice):
    answer = hub.post("closed", "tools/call", {"name": "add"}, token=make.token(alice, closed))
    assert answer.code == -32602
    assert hub.post("closed", "tools/list", token=make.token(alice, closed)).result["tools"] == []


# --- what is recorded -----------------------------------------------------------------------------


@every_revision
def test_each_call_leaves_one_event(hub, closed, bob, revision):
    token = make.token(bob, closed, scopes=ALL)
    for method, params in [
        ("tools/call", {"name": "add", "arguments": {"a": 1, "b": 1}}),
        ("tools/call", {"name": "fail"}),
        ("tools/call", {"name": "add", "arguments": {}}),
        ("resources/read", {"uri": "test://by/anna/1"}),
        ("resources/read", {"uri": "test://broken"}),
        ("prompts/get", {"name": "ask", "arguments": {"about": "x"}}),
        ("tools/list", {}),
    ]:
        hub.post("closed", method, params, revision=revision, token=token)
    found = [(each.kind, each.entry, each.verdict, each.outcome) for each in recorded()]
    assert found == [
        ("call", "add", "allow", "ok"),
        ("call", "fail", "allow", "error"),
        ("call", "add", "allow", "error"),
        ("read", "test://by/{name}/{page}", "allow", "ok"),
        ("read", "test://broken", "allow", "failed"),
        ("get", "ask", "allow", "ok"),
    ]
    assert {each.reason for each in recorded()} == {"team"}


@pytest.mark.behaviour("A17")
def test_event_names_trace_and_client(hub, closed, bob):
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    header = {"traceparent": f"00-{trace}-00f067aa0ba902b7-01"}
    params = {"name": "add", "arguments": {"a": 1, "b": 1}}
    hub.post("closed", "tools/call", params, token=make.token(bob, closed), headers=header)
    (event,) = recorded()
    assert event.trace_id == trace and event.client
    assert event.team == str(closed.team.public_id) and event.duration_us > 0


@pytest.mark.parametrize("name", ["a\x00b", "\ud800", "x" * 4000])
def test_no_name_loses_an_event(hub, name):
    hub.post("open", "tools/call", {"name": name}, revision="2025-11-25")
    hub.post("open", "resources/read", {"uri": name}, revision="2025-11-25")
    hub.post("open", "prompts/get", {"name": name}, revision="2025-11-25")
    assert [each.kind for each in recorded()] == ["call", "read", "get"]


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("tools/call", {"name": "add", "arguments": {"a": 1, "b": 1}}),
        ("resources/read", {"uri": "test://note"}),
        ("prompts/get", {"name": "ask", "arguments": {"about": "x"}}),
    ],
)
def test_nothing_runs_that_could_not_be_recorded(hub, method, params, monkeypatch):
    monkeypatch.setattr(writer, "QUEUE_LIMIT", 1)
    monkeypatch.setattr(writer, "PATIENCE", 0.0)
    audit.record(audit.Event(kind="call", action="fills the queue"))
    answer = hub.post("open", method, params)
    assert answer.status == 503 and int(answer.header("retry-after")) > 0
    assert answer.error["code"] == -32603 and gates.done == []
    assert hub.post("open", "tools/list").status == 200
    audit.flush()
    assert hub.post("open", method, params).status == 200


def test_call_that_ran_while_the_queue_was_full_waits_for_room(hub, monkeypatch):
    monkeypatch.setattr(writer, "QUEUE_LIMIT", 1)
    audit.record(audit.Event(kind="call", action="fills the queue"))
    exchange = hub.begin("open", "tools/call", {"name": "add", "arguments": {"a": 1, "b": 1}})
    hub.run(_until(lambda: gates.done == ["add"]))
    assert not exchange.answer.ended
    audit.flush()
    assert exchange.finish().text == "2"
    assert [each.entry for each in recorded()] == ["", "add"]


async def _until(met):
    while not met():
        await asyncio.sleep(0.01)
