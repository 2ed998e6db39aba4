"""dialogue/live.py, dialogue/replies.py: questions on the call's own stream, before 2026-07-28."""

import asyncio
import json
import logging
import threading

import pytest
from django.db import DatabaseError

from servers.dialogue import live, replies
from servers.models import PendingQuestion, ServerEntry
from servers.transports import http_exchange
from servers.transports.conversation import Era
from servers.transports.exchange import Exchange
from tests import gates, make
from tests.authored_talks import FORM, NAME
from tests.hub import HANDSHAKE, Hub, published
from tests.talks import CAN, FORMS, ROOTS, SAID, endings, named

ANNA, BERT = named("Anna"), named("Bert")
CAN_ELICIT = HANDSHAKE[1:]
elicits = pytest.mark.parametrize("revision", CAN_ELICIT)
samples = pytest.mark.parametrize("revision", HANDSHAKE)
NO_ANSWER = "The client did not answer in time."
REFUSED = "The client refused to answer."


def told(answer):
    """Return a failed tool's words."""
    assert answer.result["isError"] is True
    return answer.text


def until(hub, condition):
    """Let the hub go on until something is so."""
    for _ in range(10_000):
        if condition():
            return
        hub.run(asyncio.sleep(0))
    raise AssertionError("it never was")


# --- questions and answers ------------------------------------------------------------------------


@pytest.mark.behaviour("A13", "A2", "N10")
@elicits
def test_question_stands_on_its_calls_stream_and_the_call_goes_on(talks, revision):
    session = talks.session(revision)
    going = talks.begin("greet", session=session)
    asked = going.asked()
    assert asked.keys() == {"jsonrpc", "id", "method", "params"}
    mode = {} if revision == "2025-06-18" else {"mode": "form"}
    assert asked["method"] == "elicitation/create"
    assert asked["params"] == {**mode, "message": "Who are you?", "requestedSchema": NAME}
    taken = talks.hub.reply(session, asked["id"], result=ANNA)
    assert (taken.status, taken.body) == (202, b"")
    answer = going.finish()
    assert answer.text == "Hello Anna" and len(answer.messages) == 2
    assert gates.done == ["greet Anna"] and endings() == [("call", "ok")]
    assert not PendingQuestion.objects.exists()


@pytest.mark.behaviour("N10", revisions=["2025-06-18", "2025-11-25"])
@elicits
def test_form_is_told_in_the_words_of_its_revision(talks, revision):
    session = talks.session(revision)
    going = talks.begin("form", session=session)
    asked = going.asked()
    fields = asked["params"]["requestedSchema"]["properties"]
    if revision == "2025-11-25":
        assert fields == FORM["properties"]
    else:
        assert fields["other"] == {"type": "string", "enum": ["c"], "enumNames": ["C"]}
    given = {"name": "Anna", "age": 4, "size": 2.5, "one": "b", "other": "c", "more": 1}
    talks.hub.reply(session, asked["id"], result={"action": "accept", "content": given})
    content = json.loads(going.finish().text)
    assert {key: content[key] for key in given if key != "more"} == {
        key: value for key, value in given.items() if key != "more"
    }
    assert "more" not in content


@elicits
def test_choice_of_several_is_for_those_who_have_it(talks, revision):
    session = talks.session(revision)
    going = talks.begin("several", session=session)
    if revision == "2025-06-18":
        assert told(going.finish()) == "This client cannot do elicitation."
        return
    content = {"many": ["a", "b"]}
    answer = {"action": "accept", "content": content}
    talks.hub.reply(session, going.asked()["id"], result=answer)
    assert json.loads(going.finish().text) == content


@pytest.mark.behaviour("N13", "N12", "N21", revisions=["2025-11-25"])
@pytest.mark.parametrize("action", ["accept", "decline", "cancel"])
def test_page_to_open_has_an_id_of_its_own(talks, action):
    session = talks.session("2025-11-25")
    ids = set()
    for _ in range(3):
        going = talks.begin("page", session=session)
        asked = going.asked()
        ids.add(asked["params"].pop("elicitationId"))
        page = {"mode": "url", "message": "Sign here.", "url": "https://example.org/sign"}
        assert asked["params"] == page
        talks.hub.reply(session, asked["id"], result={"action": action})
        assert going.finish().text == action
    assert len(ids) == 3


@pytest.mark.behaviour("N21")
@elicits
@pytest.mark.parametrize("action", ["decline", "cancel"])
def test_declined_and_cancelled_are_values(talks, revision, action):
    session = talks.session(revision)
    going = talks.begin("greet", session=session)
    talks.hub.reply(session, going.asked()["id"], result={"action": action})
    assert going.finish().text == f"Hello {action}"


@pytest.mark.behaviour("N20", "A13")
@samples
def test_model_is_asked_on_every_revision(talks, revision):
    session = talks.session(revision)
    going = talks.begin("think", session=session)
    asked = going.asked()
    assert asked["method"] == "sampling/createMessage"
    message = {"role": "user", "content": {"type": "text", "text": "Say something."}}
    said = {"messages": [message], "maxTokens": 9, "systemPrompt": "Be brief."}
    assert asked["params"] == said
    talks.hub.reply(session, asked["id"], result=SAID)
    assert going.finish().text == "assistant something"


@pytest.mark.behaviour("N18", revisions=["2025-11-25"])
def test_model_is_asked_with_tools_where_the_client_can(talks):
    session = talks.session("2025-11-25")
    going = talks.begin("think_with_tools", session=session)
    asked = going.asked()
    assert asked["params"]["tools"] == [{"name": "look", "inputSchema": {"type": "object"}}]
    use = {"type": "tool_use", "id": "1", "name": "look", "input": {}}
    said = {"role": "assistant", "content": [use], "model": "m", "stopReason": "toolUse"}
    talks.hub.reply(session, asked["id"], result=said)
    assert going.finish().text == "toolUse"
    talks.can = {"sampling": {}}
    refused = talks.call("think_with_tools", session=talks.session("2025-11-25"))
    assert told(refused) == "This client cannot do sampling with tools."


@pytest.mark.behaviour("A13")
@samples
def test_roots_are_asked_for_on_every_revision(talks, revision):
    session = talks.session(revision)
    going = talks.begin("where", session=session)
    asked = going.asked()
    assert (asked["method"], asked["params"]) == ("roots/list", {})
    talks.hub.reply(session, asked["id"], result=ROOTS)
    assert going.finish().text == "file:///home"


@pytest.mark.behaviour("A2")
@samples
def test_ids_of_questions_are_never_used_again(talks, revision):
    sessions = [talks.session(revision), talks.session(revision)]
    seen = []
    for session in sessions * 3:
        going = talks.begin("where", session=session, id=len(seen))
        seen.append(going.asked()["id"])
        talks.hub.reply(session, seen[-1], result=ROOTS)
        going.finish()
    assert len(set(seen)) == 6 and all(isinstance(each, str) for each in seen)


@elicits
def test_questions_at_once_are_answered_in_any_order(talks, revision):
    session = talks.session(revision)
    going = talks.begin("together", session=session)
    going.asked(3)
    by_method = {each["method"]: each["id"] for each in going.answer.messages}
    for method, result in (
        ("roots/list", ROOTS),
        ("elicitation/create", ANNA),
        ("sampling/createMessage", SAID),
    ):
        talks.hub.reply(session, by_method[method], result=result)
    assert going.finish().text == "Anna, something, file:///home"


def test_too_many_questions_of_a_session_are_a_result(talks, monkeypatch):
    monkeypatch.setattr(replies, "MOST_OF_SESSION", 0)
    answer = talks.call("greet", session=talks.session("2025-11-25"))
    assert told(answer) == "Too many questions wait for an answer already."
    monkeypatch.setattr(replies, "MOST_OF_SESSION", 1)
    assert talks.begin("greet", session=talks.session("2025-11-25")).asked()


@elicits
def test_plain_def_waits_in_its_thread(talks, revision):
    session = talks.session(revision)
    going = talks.begin("plain", session=session)
    talks.hub.reply(session, going.asked()["id"], result=ANNA)
    ids = [going.asked(number)["id"] for number in (2, 3)]
    for each in ids:
        talks.hub.reply(session, each, result=BERT)
    assert going.finish().text == "Anna 7 Bert Bert"
    assert gates.done == ["ticket", "plain Anna"]


@pytest.mark.behaviour("A13")
@pytest.mark.parametrize(
    ("method", "params", "told"),
    [
        ("resources/read", {"uri": "test://asked/tea"}, "tea for Anna"),
        ("prompts/get", {"name": "introduce"}, "Introduce Anna, kind."),
    ],
)
@elicits
def test_reads_and_gets_ask_too(talks, method, params, told, revision):
    session = talks.session(revision)
    going = talks.hub.begin("talks", method, params, session=session)
    talks.hub.reply(session, going.asked()["id"], result=ANNA)
    assert told in str(going.finish().result)


# --- what clients refuse, or cannot ---------------------------------------------------------------


@pytest.mark.behaviour("N22")
@samples
@pytest.mark.parametrize(
    ("error", "text"),
    [
        ({"code": -1, "message": "User rejected sampling request"}, REFUSED),
        ({"code": -32601, "message": "Method not found"}, "This client cannot do sampling."),
        ({"code": -32602, "message": "Not declared"}, "This client cannot do sampling."),
        ({"code": -32603, "message": "the inner secret"}, REFUSED),
        ({"code": "-32601"}, REFUSED),
        ("no", REFUSED),
        (7, REFUSED),
        ([], REFUSED),
    ],
)
def test_refusals_of_clients_are_understood(talks, revision, error, text):
    session = talks.session(revision)
    going = talks.begin("think", session=session)
    talks.hub.reply(session, going.asked()["id"], error=error)
    assert told(going.finish()) == text
    assert endings() == [("call", "error")]


@elicits
@pytest.mark.parametrize(
    "result", [None, [], "yes", {"action": "maybe"}, {"action": "accept", "content": {}}]
)
def test_malformed_answer_is_told_and_never_repeated(talks, revision, result):
    session = talks.session(revision)
    going = talks.begin("greet", session=session)
    talks.hub.reply(session, going.asked()["id"], result=result)
    assert told(going.finish()) in {
        "action is neither 'accept' nor 'decline' nor 'cancel'",
        "name is required",
    }
    assert gates.done == []


@pytest.mark.behaviour("N3", "N22")
@pytest.mark.behaviour("B15", revisions=["2025-06-18", "2025-11-25"])
@pytest.mark.parametrize(
    ("revision", "name", "can", "text"),
    [
        ("2025-03-26", "greet", CAN, "elicitation"),
        ("2025-06-18", "greet", {"roots": {}}, "elicitation"),
        ("2025-11-25", "greet", {"elicitation": {"url": {}}}, "elicitation"),
        ("2025-06-18", "page", CAN, "elicitation by URL"),
        ("2025-11-25", "page", FORMS, "elicitation by URL"),
        ("2025-03-26", "think", {}, "sampling"),
        ("2025-06-18", "think_with_tools", CAN, "sampling with tools"),
        ("2025-11-25", "where", {"sampling": {}}, "roots"),
    ],
)
def test_what_client_or_revision_has_not_is_a_result(talks, revision, name, can, text):
    talks.can = can
    answer = talks.call(name, session=talks.session(revision))
    assert told(answer) == f"This client cannot do {text}." and not answer.streamed


@samples
def test_client_without_a_stream_cannot_be_asked(talks, revision):
    session = talks.session(revision)
    answer = talks.call("where", session=session, headers={"accept": "application/json"})
    assert told(answer) == "This client cannot do roots."
    cautious = talks.call("cautious", session=session, headers={"accept": "application/json"})
    assert cautious.text == "without elicitation"


# --- answers from elsewhere, and to nothing -------------------------------------------------------


@elicits
def test_answer_is_taken_by_another_process(talks, revision):
    other = Hub()
    other.start()
    session = talks.session(revision)
    going = talks.begin("greet", session=session)
    taken = other.reply(session, going.asked()["id"], result=ANNA)
    assert taken.status == 202
    assert going.finish().text == "Hello Anna"
    other.stop()


@elicits
@pytest.mark.behaviour("A13")
def test_first_answer_counts(talks, revision):
    other = Hub()
    other.start()
    session = talks.session(revision)
    going = talks.begin("greet", session=session)
    name = going.asked()["id"]
    for result in (ANNA, BERT):
        assert other.reply(session, name, result=result).status == 202
    assert going.finish().text == "Hello Anna"
    assert other.reply(session, name, result=BERT).status == 202
    assert talks.hub.reply(session, name, result=BERT).status == 202
    other.stop()


@samples
@pytest.mark.parametrize("name", ["q1", "", 7, -1, "a\0b", "é" * 200, "q" + "0" * 24, "Q" * 25])
def test_answer_to_no_question_is_taken_and_dropped(talks, revision, name):
    session = talks.session(revision)
    for said in ({"result": {}}, {"error": {"code": -1, "message": "no"}}):
        answer = talks.hub.reply(session, name, **said)
        assert (answer.status, answer.body) == (202, b"")


@samples
def test_answer_without_an_id_or_with_none_is_refused(talks, revision):
    session = talks.session(revision)
    assert talks.hub.reply(session, None, result={}).status == 400


def test_newest_revision_takes_no_answers(talks):
    headers = {"content-type": "application/json", "accept": "application/json, text/event-stream"}
    body = b'{"jsonrpc":"2.0","id":"q1","result":{}}'
    named_ = {"mcp-protocol-version": "2026-07-28", "mcp-method": "x", **headers}
    assert talks.hub.raw("POST", "talks", named_, body).status == 400


@pytest.mark.behaviour("N11", "N23", "D15", revisions=["2025-11-25"])
def test_answer_counts_in_its_session_for_its_user_alone(talks, bob, charlie):
    source = ServerEntry.objects.filter(exposed_name="greet").first().entry.source
    server = published("shared", source, team=bob.teams.get())
    make.member(bob.teams.get(), charlie)
    talks.hub.refresh()
    talks.slug, talks.token = "shared", make.token(bob, server)
    mine, also_mine = talks.session("2025-11-25"), talks.session("2025-11-25")
    talks.token = make.token(charlie, server)
    charlies = talks.session("2025-11-25")
    talks.token = mine.token
    going = talks.begin("greet", session=mine)
    name = going.asked()["id"]
    for session in (also_mine, charlies):
        assert talks.hub.reply(session, name, result=BERT).status == 202
    stolen = type(mine)(mine.slug, mine.revision, mine.id, charlies.token)
    assert talks.hub.reply(stolen, name, result=BERT).status == 404
    assert gates.done == []
    talks.hub.reply(mine, name, result=ANNA)
    assert going.finish().text == "Hello Anna"


# --- time -----------------------------------------------------------------------------------------


@pytest.mark.behaviour("L13", revisions=HANDSHAKE)
@elicits
def test_question_that_nobody_answers_is_taken_back(talks, revision, monkeypatch):
    assert live.ANSWER_SECONDS == 600
    monkeypatch.setattr(live, "ANSWER_SECONDS", 0.02)
    session = talks.session(revision)
    going = talks.begin("greet", session=session)
    answer = going.finish()
    asked, cancelled, _ = answer.messages
    params = {"requestId": asked["id"], "reason": "no answer came"}
    assert (cancelled["method"], cancelled["params"]) == ("notifications/cancelled", params)
    assert told(answer) == NO_ANSWER and gates.done == []
    assert talks.hub.reply(session, asked["id"], result=ANNA).status == 202
    assert not PendingQuestion.objects.exists()


class Ticking:
    """A loop's clock that goes when it is told to."""

    now = 100.0

    def time(self):
        return self.now


async def test_time_of_a_call_stands_still_while_a_person_is_waited_for():
    exchange = Exchange(Era(None), {})
    exchange.loop = clock = Ticking()
    exchange.limit(10)
    clock.now += 4
    with exchange.untimed():
        assert exchange._limit == float("inf")
        clock.now += 1_000
        with exchange.untimed():
            clock.now += 1_000
        assert exchange._limit == float("inf")
    assert exchange._limit == clock.now + 6
    first, second = exchange.untimed(), exchange.untimed()
    clock.now += 1
    first.__enter__(), second.__enter__()
    clock.now += 50
    first.__exit__(None, None, None)
    clock.now += 50
    assert exchange._limit == float("inf")
    second.__exit__(None, None, None)
    assert exchange._limit == clock.now + 5


@elicits
def test_call_that_takes_too_long_after_its_answer_is_stopped(talks, revision):
    gates.told["hangs"] = True
    session = talks.session(revision)
    going = talks.begin("brief", session=session)
    name = going.asked()["id"]
    talks.hub.run(asyncio.sleep(0))
    talks.hub.reply(session, name, result=ANNA)
    assert "did not finish in time" in told(going.finish())
    assert endings() == [("call", "timeout")]


# --- clients that leave, calls that end -----------------------------------------------------------


@elicits
def test_client_that_left_may_still_answer(talks, revision):
    session = talks.session(revision)
    going = talks.begin("greet", session=session)
    name = going.asked()["id"]
    going.disconnect()
    assert talks.hub.reply(session, name, result=ANNA).status == 202
    going.finish()
    assert gates.done == ["greet Anna"] and endings() == [("call", "ok")]


def test_question_to_a_client_that_is_away_is_asked_when_it_is_back(talks, monkeypatch):
    monkeypatch.setattr(http_exchange, "SILENT_SECONDS", 0.0)
    session = talks.session("2025-11-25")
    gates.told["waits"] = True
    going = talks.begin("slow_start", session=session, meta={"progressToken": 1})
    until(talks.hub, lambda: gates.done == ["begins"])
    going.wait_for(lambda answer: answer.status)
    place = going.answer.body.decode().split("id: ")[1].split("\n")[0]
    going.disconnect()
    until(talks.hub, lambda: not going.received.qsize())
    talks.hub.loop.call_soon_threadsafe(gates.opened.set)
    until(talks.hub, PendingQuestion.objects.exists)
    headers = {**session.headers, "accept": "text/event-stream", "last-event-id": place}
    back = talks.hub.open("GET", "/mcp/talks", list(headers.items()))
    talks.hub.reply(session, back.asked()["id"], result=ANNA)
    going.finish()
    assert back.finish().text == "Anna"


def cancel(hub, session, number):
    params = {"requestId": number}
    answer = hub.post("talks", "notifications/cancelled", params, session=session, id=None)
    assert answer.status == 202


@pytest.mark.behaviour("L9", revisions=["2025-06-18", "2025-11-25"])
@elicits
@pytest.mark.parametrize("elsewhere", [False, True])
def test_cancelled_call_waits_no_more(talks, revision, elsewhere):
    session = talks.session(revision)
    going = talks.begin("waits", session=session, id=5)
    name = going.asked()["id"]
    if elsewhere:
        other = Hub()
        other.start()
        cancel(other, session, 5)
        other.stop()
    else:
        cancel(talks.hub, session, 5)
    answer = going.finish()
    assert [each.get("id") for each in answer.messages] == [name]
    assert gates.done == ["CancelledError"] and endings() == [("call", "cancelled")]
    assert talks.hub.reply(session, name, result=ANNA).status == 202
    assert not PendingQuestion.objects.exists()
    assert not talks.hub.runtime.hub.desk.replies._waiting


@elicits
def test_cancelled_call_lets_its_thread_go(talks, revision):
    session = talks.session(revision)
    going = talks.begin("waits_in_thread", session=session, id=5)
    going.asked()
    gates.told["ended"] = threading.Event()
    cancel(talks.hub, session, 5)
    going.finish()
    assert gates.told["ended"].wait(10)
    assert gates.done == ["Paused", "Paused"]


@elicits
def test_end_of_a_session_ends_its_questions(talks, revision):
    session = talks.session(revision)
    going = talks.begin("waits", session=session)
    going.asked()
    assert talks.hub.raw("DELETE", "talks", session.headers).status == 204
    assert told(going.finish()) == REFUSED
    assert gates.done == ["AnswerError"]


@elicits
def test_what_a_failed_call_leaves_behind_ends_with_it(talks, revision):
    session = talks.session(revision)
    going = talks.begin("abandon", session=session)
    going.asked()
    gates.told["asked"] = True
    assert told(going.finish()) == "not today"
    until(talks.hub, lambda: len(gates.done) == 2)
    assert gates.done == ["CancelledError", "Paused"]
    assert not talks.hub.runtime.hub.desk.replies._waiting


def test_stop_of_the_hub_ends_what_waits(talks):
    session = talks.session("2025-11-25")
    going = talks.begin("waits", session=session)
    going.asked()
    for exchange in list(talks.hub.runtime.hub.running.all):
        talks.hub.loop.call_soon_threadsafe(exchange.stop, "shutdown")
    assert told(going.finish()) == "The hub is restarting; try again in a moment."


# --- a database that is away ----------------------------------------------------------------------


def test_answer_is_waited_for_while_the_database_is_away(talks, monkeypatch, caplog):
    filter_ = PendingQuestion.objects.filter

    def away_once(**fields):
        monkeypatch.setattr(PendingQuestion.objects, "filter", filter_)
        return Away()

    monkeypatch.setattr(replies, "LOOK_SECONDS", 0.01)
    session = talks.session("2025-11-25")
    going = talks.begin("greet", session=session)
    name = going.asked()["id"]
    monkeypatch.setattr(PendingQuestion.objects, "filter", away_once)
    with caplog.at_level(logging.WARNING):
        until(talks.hub, lambda: "away" in caplog.text)
    talks.hub.reply(session, name, result=ANNA)
    assert going.finish().text == "Hello Anna"
    assert "a client's answer could not be looked for: away" in caplog.text


class Away:
    """Rows of a database that is away."""

    def values_list(self, *fields, flat):
        raise DatabaseError("away")
