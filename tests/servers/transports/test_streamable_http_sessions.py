"""Streamable HTTP: sessions of the initialize-based revisions."""

import dataclasses

import pytest

from catalog.models import Source
from servers.models import EndedSession
from tests import make
from tests.hub import HANDSHAKE, Hub, published

REVISION = "2025-11-25"
every_revision = pytest.mark.parametrize("revision", HANDSHAKE)


@pytest.fixture
def two(hub, bob, charlie):
    """Two private servers that bob and charlie may use."""
    team = bob.teams.get()
    make.member(team, charlie)
    source = Source.objects.get()
    servers = published("one", source, team=team), published("two", source, team=team)
    hub.refresh()
    return servers


def ping(hub, session, **options):
    return hub.post(session.slug, "ping", revision=session.revision, session=session, **options)


@pytest.mark.behaviour("D2")
@every_revision
def test_request_without_session_is_refused(hub, revision):
    session = hub.session("open", revision)
    answer = ping(hub, session, headers={"mcp-session-id": None})
    assert (answer.status, answer.code, answer.message["id"]) == (400, -32600, 1)


@pytest.mark.behaviour("D3")
@every_revision
@pytest.mark.parametrize("given", ["x", "a.b.c", "", " ", "é", "x" * 10_000])
def test_foreign_session_is_not_found(hub, given, revision):
    session = hub.session("open", revision)
    answer = ping(hub, session, headers={"mcp-session-id": given})
    assert (answer.status, answer.code) == (404, -32600)


@every_revision
def test_altered_session_is_not_found(hub, revision):
    session = hub.session("open", revision)
    last = "A" if session.id[-3] != "A" else "B"
    altered = session.id[:-3] + last + session.id[-2:]
    assert ping(hub, session, headers={"mcp-session-id": altered}).status == 404


@pytest.mark.behaviour("D1")
@every_revision
def test_two_sessions_are_two(hub, revision):
    assert hub.session("open", revision).id != hub.session("open", revision).id


@pytest.mark.behaviour("D3", "D4")
@every_revision
def test_session_ends_when_its_client_says_so(hub, revision):
    session, other = hub.session("open", revision), hub.session("open", revision)
    answer = hub.raw("DELETE", "open", session.headers)
    assert (answer.status, answer.body) == (204, b"")
    assert ping(hub, session).status == 404
    assert hub.raw("DELETE", "open", session.headers).status == 404
    assert ping(hub, other).status == 200
    assert EndedSession.objects.count() == 1


def test_ended_session_is_over_for_processes_that_start_later(hub):
    session, other = hub.session("open", REVISION), hub.session("open", REVISION)
    hub.raw("DELETE", "open", session.headers)
    later = Hub()
    later.start()
    try:
        assert ping(later, session).status == 404
        assert ping(later, other).status == 200
    finally:
        later.stop()


def test_without_a_session_there_is_nothing_to_delete(hub):
    answer = hub.raw("DELETE", "open")
    assert answer.status == 405 and answer.header("allow") == "POST"


def test_session_is_bound_to_its_server(hub, two, bob):
    token, foreign = make.token(bob, two[0]), make.token(bob, two[1])
    session = hub.session("one", REVISION, token)
    assert ping(hub, session, token=token).status == 200
    moved = dataclasses.replace(session, slug="two")
    assert ping(hub, moved, token=foreign).status == 404


@pytest.mark.behaviour("D15")
@every_revision
def test_session_is_bound_to_its_user(hub, two, bob, charlie, revision):
    session = hub.session("one", revision, make.token(bob, two[0]))
    assert ping(hub, session, token=make.token(charlie, two[0])).status == 404


def test_session_is_bound_to_its_client(hub, two, bob):
    session = hub.session("one", REVISION, make.token(bob, two[0]))
    assert ping(hub, session, token=make.token(bob, two[0])).status == 404


def test_session_of_nobody_is_not_a_users(hub, bob):
    server = published("wide", Source.objects.get())
    hub.refresh()
    token = make.token(bob, server)
    session, mine = hub.session("wide", REVISION), hub.session("wide", REVISION, token)
    assert ping(hub, session, token=token).status == 404
    assert ping(hub, mine).status == 404
    assert ping(hub, session).status == 200


@pytest.mark.behaviour("D15")
@every_revision
def test_session_alone_is_no_token(hub, two, bob, revision):
    session = hub.session("one", revision, make.token(bob, two[0]))
    assert ping(hub, session).status == 401


@pytest.mark.behaviour("B16")
@every_revision
@pytest.mark.parametrize("version", ["2026-07-28", "1999-01-01", "x", ""])
def test_version_header_that_no_session_speaks_is_refused(hub, version, revision):
    session = hub.session("open", revision)
    answer = ping(hub, session, headers={"mcp-protocol-version": version})
    assert answer.status == 400


def test_version_of_http_and_sse_is_refused_in_a_session(hub):
    session = hub.session("open", REVISION)
    answer = ping(hub, session, headers={"mcp-protocol-version": "2024-11-05"})
    assert (answer.status, answer.code) == (400, -32600)


def test_notification_of_a_foreign_session_is_refused(hub):
    session = dataclasses.replace(hub.session("open", REVISION), id="a.b.c")
    answer = hub.post(
        "open", "notifications/initialized", revision=REVISION, session=session, id=None
    )
    assert answer.status == 404


def test_session_that_was_not_opened_is_not_given_away(hub):
    answer = hub.post(
        "open", "initialize", {"protocolVersion": 1}, revision=REVISION, session=False
    )
    assert answer.code == -32602 and answer.header("mcp-session-id") is None
