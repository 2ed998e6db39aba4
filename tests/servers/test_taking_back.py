"""What runs when the leave it goes by is taken back: it ends, and nothing else does."""

import pytest
from django.db import DatabaseError
from oauth2_provider.models import get_access_token_model

from accounts import services as accounts
from accounts.models import Consent, IssuedToken
from accounts.oauth.directory import directory
from monitoring import audit, bus
from monitoring.models import AuditEvent
from servers import host
from servers.models import Server
from tests import make
from tests.hub import REVISIONS, Hub
from tests.streams import listen, listen_in, open_door, serve, streams_open, walking

RESUMABLE = "2025-11-25"
SAID = "was taken back"


@pytest.fixture
def private(hub: Hub, bob) -> Server:
    """A server of bob's team with the tools that talk."""
    return serve(hub, "private", team=bob.teams.get())


@pytest.fixture
def consent(bob, private) -> Consent:
    return make.consent(bob, make.client(), private)


@pytest.fixture
def token(consent) -> str:
    return make.connected(consent)


WAYS = {
    "connection": lambda consent: accounts.revoke_connection(actor=None, consent=consent),
    "client": lambda consent: accounts.revoke_client(actor=None, client=consent.client),
    "blocked": lambda consent: accounts.block_client(actor=None, client=consent.client),
    "person": lambda consent: accounts.revoke_person(
        actor=None, user=consent.user, tokens_too=False
    ),
    "disabled": lambda consent: accounts.disable_user(actor=None, user=consent.user),
    "deleted": lambda consent: accounts.delete_user(actor=None, user=consent.user),
    "server": lambda consent: accounts.revoke_server(
        actor=None,
        server=directory().by_public_ids([consent.server])[consent.server],
        tokens_too=False,
    ),
    "everything": lambda consent: accounts.revoke_everything(actor=None, tokens_too=False),
}


@pytest.mark.parametrize("way", WAYS)
def test_running_call_and_open_streams_end_whichever_way_leave_is_taken_back(
    hub, consent, token, way
):
    session = hub.session("private", RESUMABLE, token)
    held = [listen(hub, slug="private", token=token), listen_in(hub, session)]
    call = walking(hub, token)
    WAYS[way](consent)
    answer = call.finish()
    assert answer.result["isError"] and SAID in answer.text
    assert all(exchange.finish().ended for exchange in held)
    assert hub.post("private", "tools/list", token=token).status == 401
    assert streams_open() == 0


@pytest.mark.parametrize("revision", REVISIONS)
def test_call_of_a_revoked_token_ends_in_every_revision(hub, bob, private, revision):
    token = make.token(bob, private)
    call = walking(hub, token, revision=revision)
    accounts.revoke_token(actor=None, issued=IssuedToken.objects.get())
    answer = call.finish()
    assert answer.ended and answer.result["isError"] and SAID in answer.text


def test_call_that_said_nothing_yet_is_told_too(hub, consent, token):
    call = hub.begin("private", "tools/call", {"name": "question", "arguments": {}}, token=token)
    hub.run(_turn())
    accounts.revoke_connection(actor=None, consent=consent)
    assert SAID in call.finish().text


async def _turn() -> None:
    """Let the loop begin what was asked for."""


def test_end_of_a_call_is_in_the_trail(hub, consent, token):
    call = walking(hub, token)
    accounts.revoke_connection(actor=None, consent=consent)
    call.finish()
    audit.flush()
    event = AuditEvent.objects.get(action="tools/call")
    assert (event.verdict, event.outcome) == ("allow", "cancelled")


def test_calls_of_others_go_on(hub, bob, private, consent, token):
    others = [
        walking(hub, make.connected(make.consent(bob, make.client(), private))),
        walking(hub, make.token(bob, private)),
    ]
    call = walking(hub, token)
    accounts.revoke_connection(actor=None, consent=consent)
    assert SAID in call.finish().text
    open_door(hub, "walk")
    assert [other.finish().text for other in others] == ["arrived"] * 2


def test_call_goes_on_when_its_token_is_refreshed(hub, token):
    call = walking(hub, token)
    get_access_token_model().objects.all().delete()
    assert hub.post("private", "tools/list", token=token).status == 401
    open_door(hub, "walk")
    assert call.finish().text == "arrived"


def test_question_to_the_client_is_waited_for_no_longer(hub, consent, token):
    session = hub.session("private", RESUMABLE, token, {"elicitation": {}})
    call = hub.begin(
        "private", "tools/call", {"name": "question", "arguments": {}},
        token=token, session=session, revision=RESUMABLE,
    )  # fmt: skip
    open_door(hub, "question")
    call.asked()
    accounts.revoke_connection(actor=None, consent=consent)
    assert SAID in call.finish().text
    assert not hub.runtime.hub.desk.replies._waiting


def test_resumed_stream_ends(hub, consent, token):
    session = hub.session("private", RESUMABLE, token)
    call = hub.begin(
        "private", "tools/call", {"name": "walk", "arguments": {"close_after": 1}},
        token=token, session=session, revision=RESUMABLE, meta={"progressToken": 1},
    )  # fmt: skip
    call.wait_for(lambda answer: answer.ended)
    first = call.answer.body.split(b"id: ")[1].split(b"\n")[0].decode()
    back = listen_in(hub, session, **{"last-event-id": first})
    accounts.revoke_connection(actor=None, consent=consent)
    assert back.finish().ended
    call.finish()


def test_request_whose_body_comes_after_its_leave_was_taken_back_is_refused(hub, consent, token):
    assert hub.post("private", "tools/list", token=token).status == 200
    headers, body = hub._message("private", "tools/list", {}, token=token)
    late = hub.open("POST", "/mcp/private", list(headers.items()), body[:10], later=body[10:])
    accounts.revoke_connection(actor=None, consent=consent)
    late.send_rest()
    answer = late.finish()
    assert answer.status == 401 and "invalid_token" in str(answer.header("www-authenticate"))


def test_request_whose_body_comes_after_a_change_of_others_is_answered(hub, bob, private, token):
    headers, body = hub._message("private", "tools/list", {}, token=token)
    late = hub.open("POST", "/mcp/private", list(headers.items()), body[:10], later=body[10:])
    make.token(bob, private)
    late.send_rest()
    assert late.finish().result["tools"]


def test_without_a_bus_all_that_runs_is_looked_at_again(hub, consent, token, monkeypatch):
    call = walking(hub, token)
    monkeypatch.setattr(bus, "publish", lambda topic, payload: None)
    accounts.revoke_connection(actor=None, consent=consent)
    hub.run(hub.runtime.hearing.take_back_unheard())
    assert SAID in call.finish().text


def test_what_a_database_could_not_tell_is_asked_again(hub, consent, token, monkeypatch):
    def away(callers):
        raise DatabaseError("away")

    call, told = walking(hub, token), host.still_standing
    with monkeypatch.context() as patch:
        patch.setattr(bus, "alive", lambda: True)
        patch.setattr(host, "still_standing", away)
        accounts.revoke_connection(actor=None, consent=consent)
        hub.run(hub.runtime.hearing.take_back(("all",)))
        patch.setattr(host, "still_standing", told)
        hub.run(hub.runtime.hearing.take_back_unheard())
    assert SAID in call.finish().text


def test_nothing_is_asked_of_the_database_while_the_bus_tells_all(hub, token, monkeypatch):
    call = walking(hub, token)
    with monkeypatch.context() as patch:
        patch.setattr(bus, "alive", lambda: True)
        before = hub.offloaded
        hub.run(hub.runtime.hearing.take_back_unheard())
        accounts.announce_principals("user:0", "client:0", "team:0")
        hub.run(_turn())
        assert hub.offloaded == before
    open_door(hub, "walk")
    assert call.finish().text == "arrived"
