"""Places for streams: one too many is 429 before anything has left, and calls are served all the same."""

import asyncio

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import services as accounts
from accounts.models import IssuedToken
from accounts.tokens import digest
from mcphub import hearing
from monitoring import audit, metrics
from monitoring.models import AuditEvent
from servers.models import Server
from servers.transports import http_exchange
from tests import gates, make
from tests.hub import HANDSHAKE, META, REVISIONS, STATELESS, Hub
from tests.streams import datas, ids, listen, listen_in, open_door, serve

every_revision = pytest.mark.parametrize("revision", REVISIONS)
LISTEN = "subscriptions/listen"
NOTHING = {"notifications": {}}
RESUMABLE = "2025-11-25"
ADD = {"name": "add", "arguments": {"a": 1, "b": 1}}
WALK = {"name": "walk", "arguments": {}}
ONLY_STREAM = {"accept": "text/event-stream"}
OF_USER = "Too many of your streams are open on this server; try again in 5 s."
OF_ADDRESS = "Too many streams from your address are open on this server; try again in 5 s."
OF_ALL = "The hub has as many streams open as it can hold; try again in 15 s."


@pytest.fixture
def hub(hub: Hub, bob) -> Hub:
    """A hub with two places each, that serves tools that talk to bob's team alone and to all."""
    serve(hub)
    serve(hub, "closed", team=bob.teams.get())
    serve(hub, "other", team=bob.teams.get())
    hub.runtime.hub.places.each = 2
    return hub


def places(hub) -> int:
    """Return how many places are taken."""
    return len(hub.runtime.hub.places)


def token_of(person, slug="closed"):
    """Return a new token of a person for a server."""
    return make.token(person, Server.objects.get(slug=slug))


def opened(hub, revision, slug="streams", token=None):
    """Open a stream that stays open, in the way of a revision."""
    if revision == STATELESS:
        return listen(hub, {}, slug=slug, token=token)
    return listen_in(hub, hub.session(slug, revision, token))


def refused(hub, revision, slug="streams", token=None):
    """Ask for a stream that is refused, and return the answer."""
    if revision == STATELESS:
        return hub.post(slug, LISTEN, NOTHING, token=token, id="mine")
    return listen_in(hub, hub.session(slug, revision, token)).finish()


def left(hub, *exchanges):
    """Have clients leave, and wait until the hub is through with them."""
    for exchange in exchanges:
        exchange.disconnect()
        exchange.finish()


async def _until(condition):
    while not condition():
        await asyncio.sleep(0.005)


def until(hub, condition):
    """Wait until something is so."""

    async def wait():
        async with asyncio.timeout(20):
            await _until(condition)

    hub.run(wait())


def counted(reason):
    return metrics.child(metrics.streams_refused, reason)._value.get()


def denied():
    audit.flush()
    rows = AuditEvent.objects.filter(kind="stream").order_by("id")
    return [(row.action, row.server, row.verdict, row.reason, row.detail) for row in rows]


# --- one too many ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("slug", "reason", "text"), [("streams", "address", OF_ADDRESS), ("closed", "user", OF_USER)]
)
@every_revision
def test_one_stream_too_many_is_refused_before_anything_has_left(
    hub, bob, revision, slug, reason, text
):
    token = token_of(bob) if slug == "closed" else None
    held = [opened(hub, revision, slug, token) for _ in range(2)]
    before = counted(reason)
    answer = refused(hub, revision, slug, token)
    assert (answer.status, answer.header("retry-after")) == (429, "5")
    assert answer.header("content-type") == "application/json"
    named = {"id": "mine"} if revision == STATELESS else {}
    assert answer.message == {"jsonrpc": "2.0", **named, "error": {"code": 429, "message": text}}
    assert denied() == [("stream.open", slug, "deny", "too_many_streams", text)]
    assert counted(reason) - before == 1
    left(hub, held[0])
    assert opened(hub, revision, slug, token).answer.status == 200


def test_all_clients_and_revisions_of_a_user_are_counted_together(hub, bob):
    tokens = [token_of(bob) for _ in range(3)]
    opened(hub, STATELESS, "closed", tokens[0])
    opened(hub, HANDSHAKE[0], "closed", tokens[1])
    assert refused(hub, RESUMABLE, "closed", tokens[2]).status == 429


def test_other_people_and_other_servers_have_their_own(hub, bob):
    carla = make.member(bob.teams.get(), make.user("carla")).user
    for _ in range(2):
        opened(hub, STATELESS, "closed", token_of(bob))
    assert opened(hub, STATELESS, "closed", token_of(carla)).answer.status == 200
    assert opened(hub, STATELESS, "other", token_of(bob, "other")).answer.status == 200
    assert opened(hub, STATELESS).answer.status == 200
    assert refused(hub, STATELESS, "closed", token_of(bob)).status == 429


@pytest.mark.parametrize("revision", [STATELESS, RESUMABLE])
def test_without_a_token_each_network_counts(hub, revision):
    hub.runtime.hub.places.each = 1
    told = []
    for hub.address in ("192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:db8:0:1::1"):
        told.append(opened(hub, revision).answer.status)
    for hub.address in ("192.0.2.1", "2001:db8::ffff:2"):
        told.append(refused(hub, revision).status)
    assert told == [200] * 4 + [429] * 2


@every_revision
def test_hub_that_is_full_refuses_everybody_and_serves_their_calls(hub, bob, revision):
    opened(hub, revision, "closed", token_of(bob))
    hub.runtime.hub.places.in_all = 1
    before = counted("process")
    answer = refused(hub, revision)
    assert (answer.status, answer.header("retry-after")) == (429, "15")
    assert answer.error == {"code": 429, "message": OF_ALL}
    assert counted("process") - before == 1
    assert hub.post("open", "tools/call", ADD, revision=revision).text == "2"


def test_place_is_not_asked_for_before_the_request_is_known_to_be_good(hub):
    for _ in range(2):
        opened(hub, STATELESS)
    assert hub.post("streams", LISTEN, {}).code == -32602
    headers = {"accept": "application/json"}
    assert hub.post("streams", LISTEN, NOTHING, headers=headers).status == 406
    session = hub.session("streams", RESUMABLE)
    assert hub.raw("GET", "streams", {"accept": "text/html", **session.headers}).status == 406


# --- answers that would become streams ------------------------------------------------------------


def full(hub, slug="open"):
    """Take all places there are for who calls."""
    return [opened(hub, STATELESS, slug) for _ in range(2)]


@pytest.mark.behaviour("C7")
@every_revision
def test_call_without_a_place_is_answered_in_json_and_what_comes_before_is_dropped(hub, revision):
    full(hub)
    hub.loop.call_soon_threadsafe(gates.opened.set)
    hold = {"name": "hold", "arguments": {"steps": 2}}
    answer = hub.post("open", "tools/call", hold, revision=revision, meta={"progressToken": 1})
    assert (answer.status, answer.header("content-type")) == (200, "application/json")
    assert answer.text == "let go" and len(answer.messages) == 1
    assert places(hub) == 2 and denied() == []


@every_revision
def test_silent_call_without_a_place_stays_json(hub, revision, monkeypatch):
    monkeypatch.setattr(http_exchange, "SILENT_SECONDS", 0.0)
    full(hub)
    params = {"name": "endless", "arguments": {}}
    answer = hub.post("open", "tools/call", params, revision=revision)
    assert answer.header("content-type") == "application/json" and answer.result["isError"]


@every_revision
def test_client_that_takes_only_a_stream_is_refused_before_anything_runs(hub, revision):
    session = None if revision == STATELESS else hub.session("open", revision)
    full(hub)
    gates.done.clear()
    options = {"revision": revision, "session": session, "headers": ONLY_STREAM, "id": 9}
    answer = hub.post("open", "tools/call", {"name": "destroy"}, **options)
    assert (answer.status, answer.header("retry-after")) == (429, "5")
    assert answer.message["id"] == 9 and answer.code == 429
    assert gates.done == []


@every_revision
def test_answers_that_become_streams_hold_places_while_they_last(hub, revision):
    session = None if revision == STATELESS else hub.session("streams", revision)
    options = {"revision": revision, "session": session, "meta": {"progressToken": 1}}
    calls = [hub.begin("streams", "tools/call", WALK, **options, id=n) for n in (1, 2)]
    for each in calls:
        each.wait_for(lambda answer: b"progress" in answer.body)
    assert places(hub) == 2 and refused(hub, revision).status == 429
    open_door(hub, "walk")
    assert [each.finish().text for each in calls] == ["arrived"] * 2
    assert places(hub) == 0


@pytest.mark.parametrize("revision", HANDSHAKE[1:])
def test_call_that_must_ask_is_told_that_there_is_no_place(hub, revision):
    session = hub.session("streams", revision, can={"elicitation": {}})
    full(hub, "streams")
    open_door(hub, "question")
    params = {"name": "question", "arguments": {}}
    answer = hub.post("streams", "tools/call", params, revision=revision, session=session)
    assert answer.header("content-type") == "application/json" and answer.result["isError"]
    assert answer.text == http_exchange.NO_PLACE


def test_call_that_must_ask_takes_a_place_that_became_free(hub):
    session = hub.session("streams", RESUMABLE, can={"elicitation": {}})
    held = full(hub, "streams")
    params = {"name": "question", "arguments": {}}
    options = {"revision": RESUMABLE, "session": session, "meta": {"progressToken": 1}}
    before = counted("address")
    call = hub.begin("streams", "tools/call", params, **options)
    until(hub, lambda: counted("address") > before)
    left(hub, held[0])
    open_door(hub, "question")
    asked = call.asked()
    assert hub.reply(session, asked["id"], result={"action": "decline"}).status == 202
    assert call.finish().text == "decline"


def test_calls_that_never_stream_ask_for_no_place_and_cost_nothing_more(hub, monkeypatch):
    asked = []
    monkeypatch.setattr(hub.runtime.hub.places, "take", lambda *given: asked.append(given))
    hub.post("open", "tools/call", ADD)
    before = hub.offloaded
    with CaptureQueriesContext(connection) as captured:
        for _ in range(3):
            assert hub.post("open", "tools/call", ADD).text == "2"
    assert (asked, len(captured), hub.offloaded - before) == ([], 0, 0)


# --- who comes back -------------------------------------------------------------------------------


@pytest.mark.parametrize("revision", HANDSHAKE)
def test_session_that_comes_back_is_not_refused_because_of_its_own_dead_connection(hub, revision):
    hub.runtime.hub.places.each = 1
    session = hub.session("streams", revision)
    older = listen_in(hub, session)
    for _ in range(5):
        newer = listen_in(hub, session)
        assert newer.answer.status == 200
        assert older.finish().ended
        older = newer
    assert places(hub) == 1
    assert refused(hub, revision).status == 429


@pytest.mark.parametrize("revision", HANDSHAKE)
def test_another_session_of_the_user_takes_no_place_of_it(hub, revision):
    hub.runtime.hub.places.each = 1
    stream = opened(hub, revision)
    assert refused(hub, revision).status == 429 and not stream.answer.ended


def test_who_resumes_has_the_place_of_the_connection_before(hub):
    hub.runtime.hub.places.each = 1
    session = hub.session("streams", RESUMABLE)
    options = {"revision": RESUMABLE, "session": session, "meta": {"progressToken": 1}}
    first = hub.begin("streams", "tools/call", WALK, **options)
    first.wait_for(lambda answer: len(datas(answer.body)) == 2)
    last = {"last-event-id": ids(first.answer.body)[-1]}
    backs = []
    for _ in range(3):
        backs.append(listen_in(hub, session, **last))
        assert backs[-1].answer.status == 200
    first.wait_for(lambda answer: answer.ended)
    until(hub, lambda: places(hub) == 1)
    assert refused(hub, RESUMABLE).status == 429
    open_door(hub, "walk")
    assert len(datas(backs[-1].finish().body)) == 3
    for each in (first, *backs):
        each.finish()
    assert places(hub) == 0


def test_full_hub_takes_a_session_that_comes_back(hub):
    session = hub.session("streams", RESUMABLE)
    older = listen_in(hub, session)
    hub.runtime.hub.places.in_all = 1
    newer = listen_in(hub, session)
    assert newer.answer.status == 200 and older.finish().ended


def test_stream_that_was_taken_over_before_it_was_open_ends(hub):
    """Its client does not read: it hangs where it would begin, and must not outlive the newer one."""
    session = hub.session("streams", RESUMABLE)
    headers = {**ONLY_STREAM, **session.headers}
    older = hub.open("GET", "/mcp/streams", list(headers.items()))
    older.reading(False)
    slow = hub.open("GET", "/mcp/streams", list(headers.items()))
    slow.reading(False)
    newer = listen_in(hub, session)
    slow.reading(True)
    older.reading(True)
    assert slow.finish().ended and older.finish().ended
    assert not newer.answer.ended and places(hub) == 1


# --- what others hear ---


def test_what_is_open_is_announced_while_the_bus_is_there(hub, monkeypatch):
    sent = []
    monkeypatch.setattr(hub.runtime.hub.places, "_shared", True)
    monkeypatch.setattr(hearing.bus, "publish", lambda *said: sent.append(said))
    for alive in (False, True, True):
        opened(hub, STATELESS, slug="open" if alive else "streams")
        monkeypatch.setattr(hearing.bus, "alive", lambda alive=alive: alive)
        sent.clear()
        hub.runtime.hearing.share_places()
        assert len(sent) == alive
    ((topic, payload),) = sent
    assert topic == "places" and payload.endswith(":2:")


def test_what_others_announce_counts_here(hub):
    opened(hub, STATELESS)
    (holder,) = hub.runtime.hub.places._holders.values()
    for count, status in ((1, 429), (0, 200)):
        hearing.bus._call("places", f"another {holder.name}:{count}:")
        answer = hub.begin("streams", LISTEN, NOTHING)
        answer.wait_for(lambda told: bool(told.status))
        assert answer.answer.status == status


# --- nothing is left ------------------------------------------------------------------------------


ROUNDS = 20


@every_revision
def test_no_place_is_lost_when_clients_leave(hub, revision):
    hub.runtime.hub.places.each = 10
    for _ in range(ROUNDS):
        left(hub, *[opened(hub, revision) for _ in range(5)])
    assert places(hub) == 0


@every_revision
def test_no_place_is_lost_when_calls_are_left(hub, revision):
    session = None if revision == STATELESS else hub.session("streams", revision)
    options = {"revision": revision, "session": session, "meta": {"progressToken": 1}}
    for number in range(ROUNDS):
        call = hub.begin("streams", "tools/call", WALK, **options, id=number)
        call.wait_for(lambda answer: b"progress" in answer.body)
        call.disconnect()
        until(hub, lambda: places(hub) == 0)
    open_door(hub, "walk")


@pytest.mark.parametrize("revision", HANDSHAKE)
def test_no_place_is_lost_when_sessions_end(hub, revision):
    for _ in range(ROUNDS):
        session = hub.session("streams", revision)
        stream = listen_in(hub, session)
        assert hub.raw("DELETE", "streams", session.headers).status == 204
        stream.finish()
    assert places(hub) == 0


@every_revision
def test_no_place_is_lost_when_leave_is_taken_back(hub, bob, revision):
    for _ in range(5):
        token = token_of(bob)
        stream = opened(hub, revision, "closed", token)
        issued = IssuedToken.objects.get(access_token__token_checksum=digest(token))
        accounts.revoke_token(actor=None, issued=issued)
        stream.finish()
    assert places(hub) == 0


@every_revision
def test_no_place_is_lost_when_the_hub_itself_fails(hub, revision, monkeypatch):
    def broken(*_given):
        raise RuntimeError("broken")

    monkeypatch.setattr(hub.runtime.hub.listeners, "added", broken)
    for _ in range(5):
        if revision == STATELESS:
            answer = hub.post("streams", LISTEN, NOTHING)
            assert "internal error" in answer.error["message"]
        else:
            assert listen_in(hub, hub.session("streams", revision)).finish().ended
    assert places(hub) == 0


@every_revision
def test_no_place_is_lost_when_refusals_come_first(hub, revision):
    headers = {**ONLY_STREAM}
    for _ in range(5):
        answer = hub.post(
            "streams", "tools/call", {"name": "?"}, revision=revision, headers=headers
        )
        assert answer.code == -32602
    assert places(hub) == 0


def test_no_place_is_lost_when_the_hub_stops(hub):
    streams = [opened(hub, revision) for revision in (STATELESS, RESUMABLE)]
    hub.runtime.hub.places.each = 10
    params = {"name": "walk", "arguments": {}}
    session = hub.session("streams", RESUMABLE)
    options = {"revision": RESUMABLE, "session": session, "meta": {"progressToken": 1}}
    call = hub.begin("streams", "tools/call", params, **options)
    call.wait_for(lambda answer: b"progress" in answer.body)
    hub.run(hub.runtime.drain(0.0))
    for each in (*streams, call):
        each.finish()
    assert places(hub) == 0


def test_log_that_needs_a_stream_is_dropped_without_a_place(hub):
    full(hub)
    answer = hub.post("open", "tools/call", {"name": "tell"}, meta={f"{META}logLevel": "debug"})
    assert answer.header("content-type") == "application/json" and answer.text == "told"
