"""completion/complete: what an argument may become, and for whom."""

import pytest

from accounts.scopes import DEFAULT
from catalog import services as catalog
from catalog.models import Entry
from monitoring import audit
from monitoring.models import AuditEvent
from servers import services as servers
from tests import make
from tests.hub import REVISIONS, STATELESS, Hub
from tests.streams import serve

every_revision = pytest.mark.parametrize("revision", REVISIONS)
PROMPT = {"type": "ref/prompt", "name": "typed"}
RIVERS = {"type": "ref/resource", "uri": "streams://by/{land}/{river}"}


@pytest.fixture
def hub(hub: Hub) -> Hub:
    """A hub that serves arguments that complete, as `streams` to all."""
    serve(hub)
    return hub


def complete(hub, ref=PROMPT, name="many", value="", *, slug="streams", context=None, **options):
    """Ask for completions."""
    params = {"ref": ref, "argument": {"name": name, "value": value}}
    if context is not None:
        params["context"] = context
    return hub.post(slug, "completion/complete", params, **options)


def offered(answer):
    """Return what was offered."""
    return answer.result["completion"]


@pytest.mark.behaviour("J9")
@every_revision
def test_completion_is_declared(hub, revision):
    if revision == STATELESS:
        result = hub.post("streams", "server/discover").result
    else:
        params = {"protocolVersion": revision, "capabilities": {}, "clientInfo": {"name": "x"}}
        result = hub.post("streams", "initialize", params, revision=revision, session=False).result
    assert result["capabilities"]["completions"] == {}


@pytest.mark.behaviour("J10")
@every_revision
def test_arguments_of_prompts_and_templates_complete(hub, revision):
    found = offered(complete(hub, value="", revision=revision))
    assert found == {"values": ["0", "1", "2"], "total": 3, "hasMore": False}
    found = offered(complete(hub, RIVERS, "river", "Rh", revision=revision))
    assert found == {"values": ["Rh?"], "total": 1, "hasMore": False}
    found = offered(complete(hub, name="sure", value="T", revision=revision))
    assert found["values"] == ["true"]
    nothing = {"values": [], "total": 0, "hasMore": False}
    assert offered(complete(hub, RIVERS, "land", "x", revision=revision)) == nothing


@pytest.mark.behaviour("J10")
@every_revision
@pytest.mark.parametrize(("many", "told"), [(99, 99), (100, 100), (101, 100), (5_000, 100)])
def test_at_most_a_hundred_values_are_told(hub, revision, many, told):
    found = offered(complete(hub, value=str(many), revision=revision))
    assert len(found["values"]) == told and found["total"] == many
    assert found["hasMore"] is (many > told)
    assert found["values"][0] == f"{many}0"


@pytest.mark.behaviour("J12")
@pytest.mark.parametrize("revision", REVISIONS[1:])
def test_completer_knows_what_was_chosen_before(hub, revision):
    context = {"arguments": {"land": "Hessen", "more": "x"}}
    answer = complete(hub, RIVERS, "river", "Ma", context=context, revision=revision)
    assert offered(answer)["values"] == ["MaHessen"]
    assert offered(complete(hub, RIVERS, "river", "Ma", context={}))["values"] == ["Ma?"]


@pytest.mark.parametrize(
    "context", [7, [], "x", {"arguments": 7}, {"arguments": {"land": 7}}, {"arguments": None}]
)
def test_context_of_other_types_is_an_invalid_parameter(hub, context):
    assert complete(hub, context=context).code == -32602


@pytest.mark.behaviour("J10")
@every_revision
@pytest.mark.parametrize(
    "ref",
    [
        {"type": "ref/prompt", "name": "none"},
        {"type": "ref/prompt", "name": "mixed"},
        {"type": "ref/prompt", "uri": "typed"},
        {"type": "ref/resource", "uri": "streams://seen"},
        {"type": "ref/resource", "uri": "streams://by/a/b"},
        {"type": "ref/resource", "name": "by"},
        {"type": "ref/tool", "name": "mixed"},
        {"type": ["ref/prompt"], "name": "typed"},
        {"type": "ref/prompt", "name": None},
        {"name": "typed"},
        {},
        7,
        None,
    ],
)
def test_unknown_reference_is_an_invalid_parameter(hub, ref, revision):
    answer = complete(hub, ref, revision=revision)
    assert (answer.status, answer.code) == (200, -32602)


@every_revision
@pytest.mark.parametrize("name", ["none", "", "ctx", "x" * 1_000])
def test_unknown_argument_is_an_invalid_parameter(hub, revision, name):
    answer = complete(hub, name=name, revision=revision)
    assert (answer.status, answer.code) == (200, -32602)
    assert answer.error["message"] == f"Invalid arguments: no argument {name[:64]!r}"


@pytest.mark.parametrize(
    "argument",
    [7, None, {}, {"name": "many"}, {"value": ""}, {"name": 7, "value": ""},
     {"name": "many", "value": None}, {"name": "many", "value": "x" * 4_097}],
)  # fmt: skip
def test_argument_without_name_and_value_is_an_invalid_parameter(hub, argument):
    params = {"ref": PROMPT, "argument": argument}
    assert hub.post("streams", "completion/complete", params).code == -32602


# --- what a completer does ------------------------------------------------------------------------


@every_revision
@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("raise", "internal error (reference "),
        ("key", "internal error (reference "),
        ("exit", "internal error (reference "),
        ("refuse", "not today"),
        ("text", "a function for completion returned no list of texts"),
        ("number", "a function for completion returned no list of texts"),
    ],
)
def test_completer_that_fails_is_a_clear_error(hub, revision, value, text):
    answer = complete(hub, name="bad", value=value, revision=revision)
    assert (answer.status, answer.code) == (200, -32603)
    assert answer.error["message"].startswith(text) and "secret" not in answer.body.decode()
    assert offered(complete(hub, revision=revision))["total"] == 3


def test_values_that_are_no_texts_are_told_as_texts(hub):
    assert offered(complete(hub, name="bad", value="mixed"))["values"] == ["1", "null", "a"]


@pytest.mark.parametrize("value", ["stop", "exit"])
def test_completer_in_a_thread_that_raises_what_threads_may_not_is_a_clear_error(hub, value):
    answer = complete(hub, name="blocking", value=value)
    assert (answer.status, answer.code) == (200, -32603)


def test_completer_that_may_block_runs_where_tools_do(hub):
    assert offered(complete(hub, name="blocking"))["values"] == ["tool"]


def test_completer_that_never_ends_is_stopped(hub, monkeypatch):
    monkeypatch.setattr("servers.capabilities.functions.capability.DEFAULT_SECONDS", 0.05)
    answer = complete(hub, name="bad", value="wait")
    assert (answer.status, answer.code) == (200, -32603)
    assert "did not finish in time" in answer.error["message"]


@pytest.mark.behaviour("E3", revisions=[STATELESS])
def test_completer_whose_client_left_is_stopped(hub):
    params = {"ref": PROMPT, "argument": {"name": "bad", "value": "wait"}}
    exchange = hub.begin("streams", "completion/complete", params)
    exchange.disconnect()
    exchange.finish()
    assert exchange.answer.body == b"" and not hub.runtime.hub.running.all


# --- for whom -------------------------------------------------------------------------------------


@pytest.mark.behaviour("J10")
def test_prompt_that_one_may_not_use_completes_like_one_that_is_not_there(hub, bob, charlie):
    server = serve(hub, "private", team=bob.teams.get())
    servers.add_rule(actor=None, server=server, effect="deny", pattern="typed")
    hub.refresh()
    hidden = complete(hub, slug="private", token=make.token(bob, server))
    nowhere = complete(hub, slug="private", token=make.token(charlie, server))
    unknown = complete(hub, {"type": "ref/prompt", "name": "typed2"})
    text = unknown.error["message"].replace("typed2", "typed")
    for answer in (hidden, nowhere):
        assert (answer.status, answer.code, answer.error["message"]) == (200, -32602, text)


def test_switched_off_prompt_completes_no_more(hub):
    entry = Entry.objects.get(name="typed")
    catalog.set_entry_enabled(actor=None, entry=entry, enabled=False)
    hub.refresh()
    assert complete(hub).code == -32602


def test_completing_needs_the_scope_for_reading_and_no_other(hub, bob):
    server = serve(hub, "private", team=bob.teams.get())
    reading = make.token(bob, server, scopes=["mcp:read"])
    prompting = make.token(bob, server, scopes=["mcp:prompts"])
    assert offered(complete(hub, slug="private", token=reading))["total"] == 3
    answer = complete(hub, slug="private", token=prompting)
    assert answer.status == 403 and "mcp:read" in answer.header("www-authenticate")
    answer = complete(hub, RIVERS, "river", slug="private", token=prompting)
    assert answer.status == 403


@every_revision
def test_completions_count_against_the_limit(hub, bob, revision):
    server = serve(hub, "limited", team=bob.teams.get())
    servers.update_server(actor=None, server=server, calls_per_minute=1, burst=2)
    hub.refresh()
    token = make.token(bob, server, scopes=DEFAULT)
    session = None if revision == STATELESS else hub.session("limited", revision, token)
    options = {"slug": "limited", "token": token, "revision": revision, "session": session}
    statuses = [complete(hub, **options).status for _ in range(3)]
    assert statuses == [200, 200, 429]


def test_completion_is_recorded_as_what_it_is(hub):
    complete(hub)
    complete(hub, {"type": "ref/prompt", "name": "none"})
    complete(hub, name="bad", value="raise")
    audit.flush()
    rows = AuditEvent.objects.filter(action="completion/complete").order_by("id")
    assert [(row.kind, row.entry, row.verdict, row.outcome) for row in rows] == [
        ("complete", "typed", "allow", "ok"),
        ("complete", "none", "deny", "denied"),
        ("complete", "typed", "allow", "failed"),
    ]
