"""What is stopped answers with the reason, to those who may use it; what runs of it ends."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.scopes import PROMPTS, READ, WRITE
from catalog.models import Entry, Source
from monitoring import audit, metrics
from monitoring.models import AuditEvent
from servers import services
from servers.models import Stop
from tests import make
from tests.hub import HANDSHAKE, REVISIONS, STATELESS, published
from tests.streams import heard, listen, listen_in, open_door, serve, walking

ADD = {"name": "add", "arguments": {"a": 1, "b": 1}}
ALL = (READ, WRITE, PROMPTS)
REASON = "It books twice."
TOLD = "Stopped by an administrator: It books twice. Nothing was run;"
ENDED = "Stopped by an administrator: It books twice. What it began may have happened."


@pytest.fixture
def closed(hub, bob):
    """A server for bob's team alone."""
    server = published("closed", Source.objects.get(), team=bob.teams.get())
    hub.refresh()
    return server


@pytest.fixture
def consent(bob, closed):
    return make.consent(bob, make.client("editor"), closed, scopes=" ".join(ALL))


@pytest.fixture
def token(consent) -> str:
    return make.connected(consent)


def stop(hub, target) -> Stop:
    """Stop something, as the hub hears of it."""
    made = services.stop(actor=None, target=target, reason=REASON)
    hub.refresh()
    return made


TARGETS = {
    "everything": lambda consent: None,
    "server": lambda consent: consent.server_row,
    "source": lambda consent: Source.objects.get(),
    "entry": lambda consent: Entry.objects.get(name="add"),
    "user": lambda consent: consent.user,
    "client": lambda consent: consent.client,
}


def target(kind, consent, server):
    consent.server_row = server
    return TARGETS[kind](consent)


@pytest.mark.behaviour("H20")
@pytest.mark.parametrize("revision", REVISIONS)
def test_stopped_tool_answers_with_the_reason(hub, closed, token, revision):
    stop(hub, closed)
    answer = hub.post("closed", "tools/call", ADD, token=token, revision=revision)
    assert answer.status == 200
    assert answer.result["isError"] is True and answer.text.startswith(TOLD)


@pytest.mark.parametrize("kind", TARGETS)
def test_each_stop_holds_until_it_is_lifted(hub, consent, closed, token, kind):
    made = stop(hub, target(kind, consent, closed))
    assert hub.post("closed", "tools/call", ADD, token=token).text.startswith(TOLD)
    services.lift(actor=None, stop=made)
    hub.refresh()
    assert hub.post("closed", "tools/call", ADD, token=token).text == "2"


@pytest.mark.parametrize("kind", ["server", "entry", "user", "client"])
def test_others_go_on(hub, bob, consent, closed, token, kind):
    stop(hub, target(kind, consent, closed))
    others = {
        "server": lambda: hub.post("open", "tools/call", ADD).text,
        "entry": lambda: (
            hub.post(
                "closed", "tools/call", {"name": "pooled", "arguments": {"text": "2"}}, token=token
            ).text
        ),
        "user": lambda: hub.post("open", "tools/call", ADD).text,
        "client": lambda: hub.post("closed", "tools/call", ADD, token=make.token(bob, closed)).text,
    }
    assert "Stopped" not in others[kind]()


@pytest.mark.behaviour("H20")
@pytest.mark.parametrize("revision", REVISIONS)
@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("resources/read", {"uri": "test://by/anna/1"}),
        ("prompts/get", {"name": "ask", "arguments": {"about": "x"}}),
        (
            "completion/complete",
            {
                "ref": {"type": "ref/prompt", "name": "ask"},
                "argument": {"name": "about", "value": ""},
            },
        ),
    ],
)
def test_what_is_no_tool_is_refused_with_the_reason(hub, closed, token, method, params, revision):
    stop(hub, closed)
    answer = hub.post("closed", method, params, token=token, revision=revision)
    assert (answer.status, answer.code) == (200, 423)
    assert answer.error["message"].startswith(TOLD)


@pytest.mark.behaviour("H20")
@pytest.mark.parametrize("kind", TARGETS)
@pytest.mark.parametrize("revision", REVISIONS)
def test_who_has_no_access_hears_nothing_of_a_stop(hub, consent, closed, token, kind, revision):
    ask = {"token": token, "revision": revision}
    make.rule(closed, effect="deny", pattern="add")
    hub.refresh()
    before = hub.post("closed", "tools/call", ADD, **ask)
    stop(hub, target(kind, consent, closed))
    after = hub.post("closed", "tools/call", ADD, **ask)
    assert after.message == before.message and after.code == -32602


@pytest.mark.behaviour("H20")
@pytest.mark.parametrize("revision", REVISIONS)
def test_what_is_stopped_is_still_listed(hub, closed, token, revision):
    def names():
        answer = hub.post("closed", "tools/list", token=token, revision=revision)
        return [tool["name"] for tool in answer.result["tools"]]

    before = names()
    stop(hub, None)
    assert names() == before and "add" in before


def test_stop_is_told_before_a_lacking_scope(hub, bob, closed):
    stop(hub, closed)
    token = make.token(bob, closed, scopes=(READ,))
    answer = hub.post("closed", "tools/call", ADD, token=token)
    assert answer.status == 200 and answer.text.startswith(TOLD)


def test_stopped_call_is_recorded_and_counted(hub, closed, token):
    counter = metrics.child(metrics.denials, "stopped")
    before = counter._value.get()
    stop(hub, closed)
    hub.post("closed", "tools/call", ADD, token=token)
    audit.flush()
    event = AuditEvent.objects.get(action="tools/call")
    assert (event.verdict, event.reason, event.outcome) == ("deny", "stopped", "denied")
    assert counter._value.get() == before + 1


def test_judging_what_is_stopped_asks_nothing(hub, bob, closed, token):
    stop(hub, User.objects.get(username="bob"))
    hub.post("closed", "tools/call", ADD, token=token)
    before = hub.offloaded
    with CaptureQueriesContext(connection) as captured:
        hub.post("closed", "tools/call", ADD, token=token)
    assert (len(captured), hub.offloaded - before) == (0, 0)


def test_call_whose_body_comes_after_the_stop_is_refused(hub, closed, token):
    hub.post("closed", "tools/list", token=token)
    headers, body = hub._message("closed", "tools/call", ADD, token=token)
    late = hub.open("POST", "/mcp/closed", list(headers.items()), body[:10], later=body[10:])
    stop(hub, closed)
    late.send_rest()
    assert late.finish().text.startswith(TOLD)


# --- what runs ------------------------------------------------------------------------------------


@pytest.fixture
def streams(hub, bob):
    """A server of bob's team with the tools that talk, and a token of a client for it."""
    server = serve(hub, "private", team=bob.teams.get())
    consent = make.consent(bob, make.client("talker"), server)
    return consent, server, make.connected(consent)


@pytest.mark.parametrize("kind", TARGETS)
def test_running_call_ends_with_the_reason_and_listeners_stay(hub, streams, kind):
    consent, server, token = streams
    consent.server_row = server
    session = hub.session("private", HANDSHAKE[-1], token)
    held = [listen(hub, slug="private", token=token), listen_in(hub, session)]
    call = walking(hub, token)
    walk = Entry.objects.get(name="walk")
    stopped = {"source": walk.source, "entry": walk}.get(kind) or TARGETS[kind](consent)
    stop(hub, stopped)
    answer = call.finish()
    assert answer.result["isError"] and answer.text == ENDED
    assert not any(exchange.answer.ended for exchange in held)
    assert heard(held[0]) == ["notifications/subscriptions/acknowledged"]
    audit.flush()
    event = AuditEvent.objects.get(action="tools/call")
    assert (event.verdict, event.outcome) == ("allow", "cancelled")


@pytest.mark.behaviour("H20")
@pytest.mark.parametrize("revision", REVISIONS)
def test_running_call_ends_in_every_revision(hub, streams, revision):
    call = walking(hub, streams[2], revision=revision)
    stop(hub, None)
    answer = call.finish()
    assert answer.ended and answer.result["isError"] and answer.text == ENDED


def test_running_call_of_others_goes_on(hub, streams, bob):
    consent, server, token = streams
    others = walking(hub, make.token(bob, server))
    call = walking(hub, token)
    stop(hub, consent.client)
    assert call.finish().text == ENDED
    open_door(hub, "walk")
    assert others.finish().text == "arrived"


def test_question_to_the_client_is_waited_for_no_longer(hub, streams):
    _consent, server, token = streams
    session = hub.session("private", HANDSHAKE[-1], token, {"elicitation": {}})
    call = hub.begin(
        "private", "tools/call", {"name": "question", "arguments": {}},
        token=token, session=session, revision=HANDSHAKE[-1],
    )  # fmt: skip
    open_door(hub, "question")
    call.asked()
    stop(hub, server)
    assert call.finish().text == ENDED
    assert not hub.runtime.hub.desk.replies._waiting


def test_nothing_is_kept_of_calls_that_ended(hub, closed, token):
    hub.post("closed", "tools/call", ADD, token=token)
    stop(hub, closed)
    hub.post("closed", "tools/call", ADD, token=token, revision=STATELESS)
    assert not hub.runtime.hub.corridor._working
