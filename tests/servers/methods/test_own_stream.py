"""Coming back to a session's own stream (2025-11-25 basic/transports, Resumability): what was missed."""

from datetime import timedelta

import pytest
from django.db import DatabaseError

from catalog import services as catalog
from catalog.models import Entry
from servers import services as servers
from servers.kept import announcements
from servers.kept.expiry import after, sweep
from servers.models import Announcement, StreamEvent
from tests import make
from tests.hub import HANDSHAKE, Hub
from tests.streams import (
    PROMPTS,
    RESOURCES,
    TOOLS,
    frames,
    heard,
    hears,
    ids,
    listen_in,
    said,
    serve,
    tell,
)

SEEN, HIDDEN, THIRD = "streams://seen", "streams://hidden", "streams://by/a/b"
OLDER, REVISION = HANDSHAKE[:2], HANDSHAKE[2]
every_revision = pytest.mark.parametrize("revision", HANDSHAKE)


@pytest.fixture
def hub(hub: Hub) -> Hub:
    """A hub that serves the tools that talk, as `streams` to all."""
    serve(hub)
    return hub


@pytest.fixture(autouse=True)
def punctual(monkeypatch):
    """Let announcements take no time, and clocks agree: none is told twice for caution's sake."""
    monkeypatch.setattr(announcements, "SLACK", timedelta(0))


def subscribe(hub, session, *uris):
    for uri in uris:
        options = {"revision": session.revision, "session": session, "token": session.token}
        assert hub.post(session.slug, "resources/subscribe", {"uri": uri}, **options).result == {}


def left(hub, session):
    """Open the stream, hear something, and leave; return the last id."""
    stream = listen_in(hub, session)
    tell(hub, "change", what="prompts")
    hears(stream, PROMPTS)
    stream.disconnect()
    stream.finish()
    Announcement.objects.update(at=after(-60.0))  # it was told, a minute ago
    return ids(stream.answer.body)[-1]


def back(hub, session, last):
    return listen_in(hub, session, **{"last-event-id": last})


def switch(name, on):
    catalog.set_entry_enabled(actor=None, entry=Entry.objects.get(name=name), enabled=on)


@pytest.mark.behaviour("D9", "D10", "D11")
@every_revision
def test_stream_names_its_places_and_each_id_is_another(hub, revision):
    session = hub.session("streams", revision)
    older, newer = listen_in(hub, session), listen_in(hub, session)
    assert older.finish().ended
    for what, told in (("prompts", [PROMPTS]), ("tools", [PROMPTS, TOOLS])):
        tell(hub, "change", what=what)
        hears(newer, *told)
    named = ids(older.answer.body) + ids(newer.answer.body)
    assert len(named) == len(set(named)) == (4 if revision == REVISION else 2)
    empty = [frame for frame in frames(newer.answer.body) if not frame.get("data")]
    assert [set(frame) for frame in empty] == [{"id", "retry", "data"}] * (revision == REVISION)


@pytest.mark.behaviour("D9", "D11")
@every_revision
def test_client_that_comes_back_hears_what_it_missed_each_once(hub, second, revision):
    session = hub.session("streams", revision)
    subscribe(hub, session, SEEN, THIRD)
    last = left(hub, session)
    others = [hub.session("streams", revision) for _ in range(2)]
    for other in others:
        subscribe(hub, other, HIDDEN)
    beside = [listen_in(*each) for each in zip((hub, second), others, strict=True)]
    for _ in range(3):
        tell(hub, "update", uri=THIRD)
        tell(hub, "change", what="resources")
    switch("mixed", False)
    tell(hub, "update", uri=HIDDEN)
    for each in beside:  # a hub of a test goes on only while the test waits for it
        each.wait_for(lambda answer: {TOOLS, HIDDEN} <= {*map(said, answer.messages)})
    stream = back(second, session, last)
    stream.wait_for(lambda answer: len(answer.messages) >= 3)
    assert heard(stream) == [TOOLS, RESOURCES, THIRD]
    tell(second, "update", uri=SEEN)
    hears(stream, TOOLS, RESOURCES, THIRD, SEEN)
    assert StreamEvent.objects.count() == 0


@every_revision
def test_client_that_missed_nothing_hears_nothing(hub, second, revision):
    session = hub.session("streams", revision)
    subscribe(hub, session, SEEN)
    last = left(hub, session)
    switch("mixed", False)
    switch("mixed", True)
    tell(hub, "update", uri=HIDDEN)
    second.refresh()
    stream = back(second, session, last)
    tell(second, "change", what="tools")
    hears(stream, TOOLS)


def test_what_was_told_again_is_not_told_a_third_time(hub):
    session = hub.session("streams", REVISION)
    last = left(hub, session)
    switch("mixed", False)
    stream = back(hub, session, last)
    hears(stream, TOOLS)
    newer = back(hub, session, ids(stream.answer.body)[-1])
    tell(hub, "change", what="prompts")
    hears(newer, PROMPTS)
    again = back(hub, session, last)
    again.wait_for(lambda answer: len(answer.messages) >= 2)
    assert TOOLS in heard(again) and PROMPTS in heard(again)


def test_stream_cut_before_anything_was_told_is_come_back_to_all_the_same(hub):
    session = hub.session("streams", REVISION)
    stream = listen_in(hub, session)
    stream.wait_for(lambda answer: bool(ids(answer.body)))
    stream.disconnect()
    stream.finish()
    switch("mixed", False)
    hears(back(hub, session, ids(stream.answer.body)[0]), TOOLS)


@pytest.mark.behaviour("D9", "C10")
@every_revision
def test_what_became_hidden_meanwhile_is_unheard(hub, bob, revision):
    server = serve(hub, "private", team=bob.teams.get())
    token = make.token(bob, server)
    session = hub.session("private", revision, token)
    subscribe(hub, session, SEEN, HIDDEN)
    stream = listen_in(hub, session)
    call = {"name": "change", "arguments": {"what": "prompts"}}
    hub.post("private", "tools/call", call, token=token)
    hears(stream, PROMPTS)
    stream.disconnect()
    stream.finish()
    Announcement.objects.update(at=after(-60.0))
    other = hub.session("private", revision, token)
    subscribe(hub, other, SEEN, HIDDEN)
    beside = listen_in(hub, other)
    for uri in (SEEN, HIDDEN):
        hub.post(
            "private", "tools/call", {"name": "update", "arguments": {"uri": uri}}, token=token
        )
    beside.wait_for(lambda answer: {SEEN, HIDDEN} <= {*map(said, answer.messages)})
    servers.add_rule(actor=None, server=server, effect="deny", pattern=HIDDEN)
    hub.refresh()
    hears(back(hub, session, ids(stream.answer.body)[-1]), RESOURCES, SEEN)


def test_stream_of_a_session_that_ended_is_gone(hub):
    session = hub.session("streams", REVISION)
    last = left(hub, session)
    assert hub.raw("DELETE", "streams", session.headers).status == 204
    assert back(hub, session, last).finish().status == 404


# --- what is kept for it ---------------------------------------------------------------------------


def test_what_nobody_subscribed_to_is_not_noted_and_what_is_stands_once(hub):
    session = hub.session("streams", REVISION)
    subscribe(hub, session, SEEN)
    stream = listen_in(hub, session)
    for number in range(5):
        tell(hub, "update", uri=f"streams://by/{number}/b")
        tell(hub, "update", uri=SEEN)
        hears(stream, *[SEEN] * (number + 1))
    assert Announcement.objects.count() == 1 and sweep() == 0
    Announcement.objects.update(expires_at=after(-1.0))
    assert sweep() == 1


def test_what_is_announced_is_heard_though_it_cannot_be_noted(hub, monkeypatch, caplog):
    def away(*_given):
        raise DatabaseError("away")

    session = hub.session("streams", REVISION)
    last = left(hub, session)
    monkeypatch.setattr(announcements, "note", away)
    monkeypatch.setattr(announcements, "missed", away)
    switch("mixed", False)
    stream = back(hub, session, last)
    hears(stream, TOOLS)
    tell(hub, "change", what="prompts")
    hears(stream, TOOLS, PROMPTS)
    assert "could not be noted" in caplog.text and "could not be read" in caplog.text
