"""What the MCP endpoint notes for the connection doctor: challenges, first calls, lacking scopes."""

import asyncio

import pytest
from oauth2_provider.models import get_access_token_model

from accounts import services
from accounts.models import (
    AttemptStep,
    ConnectionAttempt,
    Consent,
    IssuedToken,
    OAuthClient,
    TokenFamily,
)
from accounts.oauth import steps
from catalog.models import Source
from servers.dispatch import METHODS
from tests import make
from tests.hub import published


@pytest.fixture
def closed(hub, bob):
    """A server for bob's team alone."""
    server = published("closed", Source.objects.get(), team=bob.teams.get())
    hub.refresh()
    return server


@pytest.fixture
def editor(db):
    return OAuthClient.objects.create(name="Editor", client_id="editor")


def connected(user, client, server):
    """A token that a client got by consent."""
    token = make.token(user, server, scopes=["mcp:read"])
    consent = Consent.objects.create(user=user, client=client, server=server.public_id)
    family = TokenFamily.objects.create(consent=consent, code_digest="d", code_challenge="c")
    get_access_token_model().objects.update(application=client)
    IssuedToken.objects.update(family=family)
    return token


def noted():
    """Write what was noted; return step, reason and server of each."""
    services.write_noted()
    rows = AttemptStep.objects.order_by("id")
    return list(rows.values_list("step", "reason", "attempt__server"))


def test_challenge_is_noted_with_where_it_came_from(hub, closed):
    hub.post("closed", "tools/list", headers={"user-agent": "editor/1"})
    assert noted() == [("challenge", "", closed.public_id)]
    attempt = ConnectionAttempt.objects.get()
    assert (attempt.address, attempt.user_agent, attempt.user) == ("127.0.0.1", "editor/1", None)


def test_challenge_of_a_server_that_is_not_there_names_none(hub):
    hub.post("nowhere", "tools/list")
    assert noted() == [("challenge", "", None)]


def test_refused_token_is_noted_with_its_reason_and_whose_it_is(hub, closed, bob):
    token = make.token(bob, closed, days=-1)
    hub.post("closed", "tools/list", token=token)
    assert noted() == [("challenge", "token_expired", closed.public_id)]
    assert ConnectionAttempt.objects.get().user == bob


def test_flood_of_refusals_asks_the_database_nothing_and_is_one_row(hub, closed):
    hub.post("closed", "tools/list")
    before = hub.offloaded
    for _ in range(200):
        assert hub.post("closed", "tools/list").status == 401
    assert hub.offloaded - before <= 1  # the step, written once while they came
    assert len(noted()) == 1


def test_steps_are_written_by_the_running_hub_within_a_moment(hub, closed):
    hub.post("closed", "tools/list")

    async def written():
        while len(steps.notebook):
            await asyncio.sleep(0.01)

    hub.run(written())
    assert ConnectionAttempt.objects.count() == 1


def test_first_call_of_a_connection_is_noted_once(hub, closed, bob, editor):
    token = connected(bob, editor, closed)
    for _ in range(3):
        assert hub.post("closed", "tools/list", token=token).status == 200
    assert noted() == [("call", "", closed.public_id)]
    attempt = ConnectionAttempt.objects.get()
    assert (attempt.user, attempt.client) == (bob, editor)


def test_token_that_was_renewed_before_its_first_call_counts_as_the_first(hub, closed, bob, editor):
    token = connected(bob, editor, closed)
    TokenFamily.objects.update(refreshed_at=bob.date_joined)
    assert hub.post("closed", "tools/list", token=token).status == 200
    assert noted() == [("call", "", closed.public_id)]


@pytest.mark.parametrize("made", ["by hand", "by refreshing", "long after"])
def test_first_call_of_other_tokens_is_no_step(hub, closed, bob, editor, made):
    token = connected(bob, editor, closed)
    if made == "by hand":
        IssuedToken.objects.update(family=None)
    elif made == "long after":
        TokenFamily.objects.update(created_at=make.ago(minutes=16))
    else:
        TokenFamily.objects.update(called_at=bob.date_joined)
    assert hub.post("closed", "tools/list", token=token).status == 200
    assert noted() == []


CALL = {"name": "add", "arguments": {"a": 1, "b": 2}}
FAILED = {
    "not_json": {"headers": {"content-type": "text/plain"}},
    "not_acceptable": {"headers": {"accept": "text/html"}},
    "headers_differ": {"headers": {"mcp-method": "tools/list"}},
    "params_unfit": {"params": {**CALL, "name": "nope"}},
    "method_unknown": {"method": "nothing/there", "params": {}},
    "version_unknown": {
        "headers": {"mcp-protocol-version": "1999-01-01"},
        "meta": {"io.modelcontextprotocol/protocolVersion": "1999-01-01"},
    },
    "not_a_call": {"revision": "2025-11-25", "session": False},
}


@pytest.mark.parametrize("reason", FAILED)
def test_first_call_that_fails_is_told_with_why_until_one_gets_through(
    hub, closed, bob, editor, reason
):
    token = connected(bob, editor, closed)
    said = {"method": "tools/call", "params": CALL, **FAILED[reason]}
    answer = hub.post("closed", said.pop("method"), said.pop("params"), token=token, **said)
    assert answer.status >= 400 or answer.code == -32602
    assert noted() == [("call", reason, closed.public_id)]
    attempt = ConnectionAttempt.objects.get()
    assert (attempt.user, attempt.client, attempt.reason) == (bob, editor, reason)
    for _ in range(2):
        assert hub.post("closed", "tools/list", token=token).status == 200
    assert noted()[1:] == [("call", "", closed.public_id)]
    assert ConnectionAttempt.objects.get().reason == ""


def test_first_body_that_is_no_json_is_told(hub, closed, bob, editor):
    token = connected(bob, editor, closed)
    headers = {"content-type": "application/json", "authorization": f"Bearer {token}"}
    assert hub.raw("POST", "closed", headers, b"{nonsense").status == 400
    assert hub.raw("PUT", "closed", headers).status == 405
    assert [row[1] for row in noted()] == ["not_json", "verb_unknown"]


def test_fault_of_the_hub_is_told_of_the_first_call(hub, closed, bob, editor, monkeypatch):
    token = connected(bob, editor, closed)

    async def crash(_request):
        raise RuntimeError

    monkeypatch.setitem(METHODS, "tools/list", crash)
    assert hub.post("closed", "tools/list", token=token).status == 500
    assert noted() == [("call", "server_error", closed.public_id)]


def test_tool_that_fails_has_been_called(hub, closed, bob, editor):
    token = connected(bob, editor, closed)
    answer = hub.post("closed", "tools/call", {"name": "fail", "arguments": {}}, token=token)
    assert answer.result["isError"]
    assert noted() == [("call", "", closed.public_id)]


def test_call_that_becomes_a_stream_has_got_through(hub, closed, bob, editor):
    token = connected(bob, editor, closed)
    only_stream = {"accept": "text/event-stream"}
    assert hub.post("closed", "tools/list", token=token, headers=only_stream).streamed
    assert noted() == [("call", "", closed.public_id)]


def test_call_before_the_first_is_of_no_other_process_either(hub, second, closed, bob, editor):
    """One refuses the first call and the other takes the next: both know it when it is written."""
    second.refresh()
    token = connected(bob, editor, closed)
    wrong = {"accept": "text/html"}
    assert hub.post("closed", "tools/list", token=token, headers=wrong).status == 406
    assert second.post("closed", "tools/list", token=token).status == 200
    assert [row[1] for row in noted()] == ["not_acceptable", ""]
    for each in (hub, second):
        steps.notebook.clear()
        each.post("closed", "tools/list", token=token, headers=wrong)
        each.post("closed", "tools/list", token=token)
    assert len(noted()) == 2


def test_first_call_of_a_connection_that_ended_at_once_is_noted(hub, closed, bob, editor):
    token = connected(bob, editor, closed)
    assert hub.post("closed", "tools/list", token=token).status == 200
    Consent.objects.all().delete()
    assert noted() == [("call", "", closed.public_id)]


def test_token_shown_to_another_server_first_is_still_to_make_its_first_call(
    hub, closed, bob, editor
):
    published("other", Source.objects.get(), team=bob.teams.get())
    hub.refresh()
    token = connected(bob, editor, closed)
    assert hub.post("other", "tools/list", token=token).status == 401
    assert hub.post("closed", "tools/list", token=token).status == 200
    assert [row[:2] for row in noted()] == [("challenge", "token_elsewhere"), ("call", "")]


def test_first_call_costs_no_query_and_those_after_it_are_not_watched(hub, closed, bob, editor):
    token = connected(bob, editor, closed)
    assert hub.post("closed", "tools/list", token=token, headers={"accept": "a/b"}).status == 406
    noted()
    assert hub.runtime.hub.principals.fresh
    before = hub.offloaded
    assert hub.post("closed", "tools/list", token=token).status == 200
    assert hub.offloaded - before <= 1  # the step, written while it was answered
    assert not hub.runtime.hub.principals.fresh


PAGE = {"origin": "https://app.example"}


def test_page_of_an_origin_that_is_not_listed_is_noted_once(hub, closed):
    for _ in range(3):
        assert hub.post("closed", "tools/list", headers=PAGE).status == 403
        assert hub.raw("OPTIONS", "closed", PAGE).status == 403
    assert noted() == [("challenge", "origin_refused", closed.public_id)]
    assert ConnectionAttempt.objects.get().address == "127.0.0.1"


def test_page_with_a_token_is_told_to_whom_the_token_is(hub, closed, bob, editor):
    token = connected(bob, editor, closed)
    assert hub.post("closed", "tools/list", token=token, headers=PAGE).status == 403
    hub.address = "192.0.2.9"
    assert hub.post("closed", "tools/list", token="made-up", headers=PAGE).status == 403
    assert noted() == [("call", "origin_refused", closed.public_id)] * 2
    known, unknown = ConnectionAttempt.objects.order_by("id")
    assert (known.user, known.client, unknown.user) == (bob, editor, None)


def test_call_without_the_scope_is_noted_with_its_client(hub, closed, bob, editor):
    token = connected(bob, editor, closed)
    TokenFamily.objects.update(created_at=make.ago(minutes=16))
    params = {"name": "destroy", "arguments": {}}
    assert hub.post("closed", "tools/call", params, token=token).status == 403
    assert noted() == [("call", "scope_lacking", closed.public_id)]
    attempt = ConnectionAttempt.objects.get()
    assert (attempt.user, attempt.client) == (bob, editor)


def test_token_made_by_hand_is_no_client(hub, closed, bob):
    token = make.token(bob, closed, scopes=["mcp:read"])
    params = {"name": "destroy", "arguments": {}}
    assert hub.post("closed", "tools/call", params, token=token).status == 403
    assert noted() == [("call", "scope_lacking", closed.public_id)]
    assert ConnectionAttempt.objects.get().client is None


def test_metadata_that_is_read_is_noted_and_that_of_no_server(hub, closed):
    for path in ("oauth-protected-resource/mcp/closed", "oauth-authorization-server"):
        assert hub.ask("GET", f"/.well-known/{path}").status == 200
    assert hub.ask("GET", "/.well-known/oauth-protected-resource/mcp/nowhere").status == 404
    assert [row[:2] for row in noted()] == [
        ("metadata", ""),
        ("metadata", ""),
        ("metadata", "metadata_unknown"),
    ]
    assert ConnectionAttempt.objects.first().server == closed.public_id


def test_places_where_clients_look_in_vain_are_no_step(hub):
    hub.ask("GET", "/.well-known/openid-configuration/mcp/open")
    hub.ask("GET", "/mcp/open/.well-known/oauth-authorization-server")
    assert noted() == []
