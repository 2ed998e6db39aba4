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
        make.token(bob, closed)
        older = IssuedToken.objects.filter(family=None)
        older.update(family=TokenFamily.objects.get(), last_used_at=bob.date_joined)
    assert hub.post("closed", "tools/list", token=token).status == 200
    assert noted() == []


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
