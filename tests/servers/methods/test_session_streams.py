"""A session's own stream, and the resources it subscribes to (2025-03-26 to 2025-11-25)."""

import pytest

from accounts import services as accounts
from catalog import services as catalog
from catalog.models import Entry
from servers import listening
from servers import services as servers
from servers.kept import wishes
from servers.models import ResourceSubscription
from servers.protocol.handshake import LIFETIME
from tests import make
from tests.hub import HANDSHAKE, Hub
from tests.streams import (
    HIDDEN,
    PROMPTS,
    RESOURCES,
    SEEN,
    TOOLS,
    frames,
    heard,
    hears,
    listen_in,
    serve,
    streams_open,
    tell,
)

REVISION = "2025-11-25"
every_revision = pytest.mark.parametrize("revision", HANDSHAKE)


@pytest.fixture
def hub(hub: Hub) -> Hub:
    """A hub that serves the tools that talk, as `streams` to all."""
    serve(hub)
    return hub


def subscribe(hub, session, uri, method="resources/subscribe"):
    """Subscribe a session to a resource, or let go of it."""
    options = {"revision": session.revision, "session": session, "token": session.token}
    return hub.post(session.slug, method, {"uri": uri}, **options)


def listeners(hub) -> int:
    return len(hub.runtime.hub.listeners)


# --- what is heard --------------------------------------------------------------------------------


@pytest.mark.behaviour("D5", "J6", "D6")
@every_revision
@pytest.mark.parametrize(
    ("what", "told"), [("tools", TOOLS), ("prompts", PROMPTS), ("resources", RESOURCES)]
)
def test_session_hears_that_a_list_has_changed(hub, revision, what, told):
    stream = listen_in(hub, hub.session("streams", revision))
    assert stream.answer.status == 200 and stream.answer.streamed
    assert stream.answer.header("cache-control") == "no-store"
    tell(hub, "change", what=what)
    hears(stream, told)
    tools = Entry.objects.get(name="mixed")
    catalog.set_entry_enabled(actor=None, entry=tools, enabled=False)
    hears(stream, told, TOOLS)
    told_in = [frame for frame in frames(stream.answer.body) if frame.get("data")]
    assert all(set(frame) == {"id", "event", "data"} for frame in told_in)


@pytest.mark.behaviour("J5")
@every_revision
def test_session_hears_of_the_resources_it_subscribed_to(hub, revision):
    session, other = hub.session("streams", revision), hub.session("streams", revision)
    stream, beside = listen_in(hub, session), listen_in(hub, other)
    subscribe(hub, other, SEEN)
    tell(hub, "update", uri=SEEN)
    hears(beside, SEEN)
    subscribe(hub, other, SEEN, "resources/unsubscribe")
    assert subscribe(hub, session, SEEN).result == {}
    assert subscribe(hub, session, "streams://by/a/b").result == {}
    tell(hub, "update", uri=HIDDEN)
    tell(hub, "update", uri=SEEN)
    hears(stream, SEEN)
    tell(hub, "update", uri="streams://by/a/b")
    hears(stream, SEEN, "streams://by/a/b")
    assert subscribe(hub, session, SEEN, "resources/unsubscribe").result == {}
    tell(hub, "update", uri=SEEN)
    tell(hub, "change", what="tools")
    hears(stream, SEEN, "streams://by/a/b", TOOLS)
    hears(beside, SEEN, TOOLS)


@every_revision
def test_what_was_subscribed_to_before_the_stream_was_opened_is_heard(hub, revision):
    session = hub.session("streams", revision)
    subscribe(hub, session, SEEN)
    stream = listen_in(hub, session)
    tell(hub, "update", uri=SEEN)
    hears(stream, SEEN)


@pytest.mark.behaviour("D6", "D7")
@every_revision
def test_answers_never_stand_on_the_stream_of_a_session(hub, revision):
    session = hub.session("streams", revision)
    stream = listen_in(hub, session)
    options = {"revision": revision, "session": session, "meta": {"progressToken": 1}}
    answer = hub.post("streams", "tools/call", {"name": "mixed"}, **options)
    assert answer.text == "mixed" and len(answer.messages) == 5
    assert hub.post("streams", "ping", revision=revision, session=session).result == {}
    tell(hub, "change", what="tools")
    hears(stream, TOOLS)


@pytest.mark.behaviour("J5")
def test_resource_that_was_hidden_meanwhile_is_unheard(hub, bob):
    server = serve(hub, "private", team=bob.teams.get())
    token = make.token(bob, server)
    session = hub.session("private", REVISION, token)
    stream = listen_in(hub, session)
    for uri in (HIDDEN, SEEN):
        assert subscribe(hub, session, uri).result == {}
    servers.add_rule(actor=None, server=server, effect="deny", pattern=HIDDEN)
    hears(stream, RESOURCES)
    for uri in (HIDDEN, SEEN):
        params = {"name": "update", "arguments": {"uri": uri}}
        assert hub.post("private", "tools/call", params, token=token).text == "said"
    hears(stream, RESOURCES, SEEN)


# --- subscribing ----------------------------------------------------------------------------------


@pytest.mark.behaviour("J5", "J3")
@every_revision
@pytest.mark.parametrize("uri", ["streams://none", "", "streams://by/{land}/{river}", "x" * 9_000])
def test_unknown_resource_is_not_subscribed_to(hub, revision, uri):
    session = hub.session("streams", revision)
    answer = subscribe(hub, session, uri)
    if uri == "streams://by/{land}/{river}":  # an address that its own template covers
        assert answer.result == {}
    else:
        assert (answer.status, answer.code) == (200, -32002)
        assert answer.error["data"] == {"uri": uri[:512]}


@every_revision
def test_subscribing_twice_is_subscribing_once(hub, revision):
    session = hub.session("streams", revision)
    for _ in range(2):
        assert subscribe(hub, session, SEEN).result == {}
    assert ResourceSubscription.objects.count() == 1
    stream = listen_in(hub, session)
    tell(hub, "update", uri=SEEN)
    tell(hub, "change", what="tools")
    hears(stream, SEEN, TOOLS)
    for _ in range(2):
        assert subscribe(hub, session, SEEN, "resources/unsubscribe").result == {}
    assert subscribe(hub, session, "streams://none", "resources/unsubscribe").result == {}


@every_revision
@pytest.mark.parametrize("uri", [None, 7, [], {}])
@pytest.mark.parametrize("method", ["resources/subscribe", "resources/unsubscribe"])
def test_address_that_is_no_text_is_an_invalid_parameter(hub, revision, uri, method):
    session = hub.session("streams", revision)
    assert subscribe(hub, session, uri, method).code == -32602


def test_more_subscriptions_than_a_session_may_have_are_refused(hub, monkeypatch):
    monkeypatch.setattr(wishes, "MOST_SUBSCRIPTIONS", 2)
    session, other = hub.session("streams", REVISION), hub.session("streams", REVISION)
    for page in "ab":
        assert subscribe(hub, session, f"streams://by/x/{page}").result == {}
    answer = subscribe(hub, session, SEEN)
    assert (answer.status, answer.code) == (200, -32602)
    assert answer.error["message"] == "A session may subscribe to 2 resources."
    assert subscribe(hub, session, "streams://by/x/a").result == {}
    assert subscribe(hub, other, SEEN).result == {}
    subscribe(hub, session, "streams://by/x/a", "resources/unsubscribe")
    assert subscribe(hub, session, SEEN).result == {}


def test_subscribing_needs_the_scope_for_reading(hub, bob):
    server = serve(hub, "private", team=bob.teams.get())
    session = hub.session("private", REVISION, make.token(bob, server, scopes=["mcp:prompts"]))
    for method in ("resources/subscribe", "resources/unsubscribe"):
        assert subscribe(hub, session, SEEN, method).status == 403


# --- which stream ---------------------------------------------------------------------------------


@pytest.mark.behaviour("D5")
@every_revision
def test_stream_is_for_clients_that_take_one_in_a_session(hub, revision):
    session = hub.session("streams", revision)
    answer = hub.raw("GET", "streams", {**session.headers, "accept": "application/json"})
    assert (answer.status, answer.code) == (406, -32600)
    assert hub.raw("GET", "streams", session.headers).status == 406
    answer = hub.raw("GET", "streams", {"accept": "text/event-stream"})
    assert (answer.status, answer.header("allow")) == (405, "POST")
    stateless = {**session.headers, "mcp-protocol-version": "2026-07-28"}
    assert hub.raw("GET", "streams", {**stateless, "accept": "text/event-stream"}).status == 405
    foreign = {**session.headers, "mcp-session-id": "a.b.c", "accept": "text/event-stream"}
    assert hub.raw("GET", "streams", foreign).status == 404
    wrong = {**session.headers, "mcp-protocol-version": "x", "accept": "text/event-stream"}
    assert hub.raw("GET", "streams", wrong).status in {400, 405}
    assert hub.raw("PUT", "streams", session.headers).header("allow") == "POST, GET, DELETE"
    assert listeners(hub) == 0


@pytest.mark.behaviour("D7")
@every_revision
def test_newest_stream_of_a_session_takes_the_place_of_the_one_before(hub, revision):
    session, other = hub.session("streams", revision), hub.session("streams", revision)
    older, beside = listen_in(hub, session), listen_in(hub, other)
    newer = listen_in(hub, session)
    assert older.finish().ended and heard(older) == []
    tell(hub, "change", what="tools")
    hears(newer, TOOLS)
    hears(beside, TOOLS)
    assert listeners(hub) == 2


@pytest.mark.behaviour("D7", revisions=[REVISION])
def test_newest_stream_takes_the_place_of_one_on_another_process(hub, second):
    session = hub.session("streams", REVISION)
    older = listen_in(hub, session)
    newer = listen_in(second, session)
    second.run(second.runtime.hub.listeners.recheck())
    assert older.finish().ended
    tell(second, "change", what="tools")
    hears(newer, TOOLS)
    assert (listeners(hub), listeners(second)) == (0, 1)
    again = listen_in(hub, session)
    assert newer.finish().ended
    tell(hub, "change", what="prompts")
    hears(again, PROMPTS)


def test_late_news_of_an_older_stream_ends_no_newer_one(hub):
    session = hub.session("streams", REVISION)
    stream = listen_in(hub, session)
    hub.run(hub.runtime.hub.listeners.recheck())
    (listener,) = hub.runtime.hub.listeners._crowd
    hub.runtime.hub.listeners.end_session(listener.session, (listener.turn[0] - 1, "another"))
    tell(hub, "change", what="tools")
    hears(stream, TOOLS)
    hub.loop.call_soon_threadsafe(
        hub.runtime.hub.listeners.end_session, listener.session, (listener.turn[0] + 1, "a")
    )
    assert stream.finish().ended


# --- how it ends ----------------------------------------------------------------------------------


@pytest.mark.behaviour("D4")
@every_revision
def test_end_of_a_session_ends_its_stream_on_every_process(hub, second, revision):
    session, other = hub.session("streams", revision), hub.session("streams", revision)
    stream, beside = listen_in(hub, session), listen_in(hub, other)
    subscribe(hub, session, SEEN)
    assert second.raw("DELETE", "streams", session.headers).status == 204
    assert stream.finish().ended and heard(stream) == []
    assert listeners(hub) == 1 and not beside.answer.ended
    assert ResourceSubscription.objects.count() == 0
    assert hub.raw("GET", "streams", {"accept": "text/event-stream", **session.headers}).status == (
        404
    )


def test_session_that_is_too_old_hears_no_more(hub, monkeypatch):
    stream = listen_in(hub, hub.session("streams", REVISION))
    now = listening.time.time()
    monkeypatch.setattr(listening.time, "time", lambda: now + LIFETIME - 60)
    hub.run(hub.runtime.hub.listeners.recheck())
    assert listeners(hub) == 1
    monkeypatch.setattr(listening.time, "time", lambda: now + LIFETIME + 60)
    hub.run(hub.runtime.hub.listeners.recheck())
    assert stream.finish().ended and listeners(hub) == 0


def test_lost_access_ends_the_stream_of_a_session(hub, bob):
    server = serve(hub, "private", team=bob.teams.get())
    stream = listen_in(hub, hub.session("private", REVISION, make.token(bob, server)))
    accounts.remove_member(actor=None, team=bob.teams.get(), user=bob)
    assert stream.finish().ended and listeners(hub) == 0


def test_stopping_hub_ends_the_streams_of_sessions_at_once(hub):
    stream = listen_in(hub, hub.session("streams", REVISION))
    hub.run(hub.runtime.drain())
    assert stream.finish().ended and heard(stream) == []


@every_revision
def test_client_that_leaves_its_session_s_stream_is_forgotten(hub, revision):
    before = streams_open()
    stream = listen_in(hub, hub.session("streams", revision))
    assert streams_open() == before + 1
    stream.disconnect()
    stream.finish()
    assert (listeners(hub), streams_open()) == (0, before)
    assert not hub.runtime.hub.running.all


def test_fault_while_a_session_listens_ends_its_stream_and_leaves_nothing(hub, monkeypatch, caplog):
    before, session = streams_open(), hub.session("streams", REVISION)

    async def fail(*_given):
        raise RuntimeError("a fault")

    monkeypatch.setattr(hub.runtime.hub, "listen", fail)
    stream = listen_in(hub, session)
    answer = stream.finish()
    assert answer.ended and answer.status == 200 and heard(stream) == []
    assert streams_open() == before and "internal error" in caplog.text
