"""Over stdio and HTTP+SSE: questions to the client, and what it hears of changes, in every revision."""

import asyncio
import json
from pathlib import Path

import pytest

from accounts import services as accounts
from accounts.tokens import digest
from catalog.models import Entry, Source
from catalog.services import set_entry_enabled
from servers import services as servers
from servers.models import Server
from tests import authored_talk, gates, make
from tests.hub import META, STATELESS, authored_source, laid_out, opening, published
from tests.peers import every_revision, handshake, peer
from tests.stdio import Beside, tool

CAN = {
    "elicitation": {"form": {}, "url": {}},
    "sampling": {},
    "roots": {},
}
LISTENING = "notifications/subscriptions/acknowledged"
UPDATED = "notifications/resources/updated"
LISTS = ("tools", "prompts", "resources")
SEAT = {"action": "accept", "content": {"row": 3, "by": "aisle"}}
SAID = {"role": "assistant", "content": {"type": "text", "text": "hm"}, "model": "m"}
ROOTS = {"roots": [{"uri": "file:///a", "name": "a"}]}
ASKING = {  # tool -> the question, its first revision, an answer, what the tool makes of it
    "book": ("elicitation/create", "2025-06-18", SEAT, "3 aisle 7"),
    "pay": ("elicitation/create", "2025-11-25", {"action": "accept"}, "accept"),
    "think": ("sampling/createMessage", "2024-11-05", SAID, "hm"),
    "places": ("roots/list", "2024-11-05", ROOTS, "file:///a"),
}
asking = pytest.mark.parametrize("name", ASKING)


def behaviour(*names, **options):
    return pytest.mark.behaviour(*names, transport="stdio", **options)


@pytest.fixture
def talk(hub, transport):
    """A client of tests/authored_talk.py."""
    laid_out("talk", Path(authored_talk.__file__))
    hub.refresh()
    client = peer(hub, transport, "talk")
    yield client
    client.end()


def text(result):
    return result["content"][0]["text"]


def asked(client, method, times=1):
    """Return the hub's request of this method, when it has come."""

    def met(one):
        found = [each for each in client.heard if each.get("method") == method]
        return len(found) >= times and one is found[times - 1]

    return client.wait(met)


def reply(client, question, answer):
    """Answer a question of a session: with a result, or an error that has a code."""
    kind = "error" if "code" in answer else "result"
    client.send({"jsonrpc": "2.0", "id": question["id"], kind: answer})


def again(call, result, answer):
    """Return the parameters of the next round of a call."""
    answers = dict.fromkeys(result["inputRequests"], answer)
    return {**call, "inputResponses": answers, "requestState": result["requestState"]}


# --- questions in a session -----------------------------------------------------------------------


@behaviour("A13", "N9", "N10", "N11", "N12", "N13", "N20", "N21", "N23")
@handshake
@asking
def test_question_of_a_session_is_asked_and_answered(talk, name, revision):
    method, since, answer, told = ASKING[name]
    talk.speak(revision, can=CAN)
    id = talk.begin("tools/call", tool(name))
    if revision < since:
        assert "cannot" in text(talk.answer(id)["result"])
        assert [one for one in talk.heard if "method" in one] == []
        return
    reply(talk, asked(talk, method), answer)
    assert text(talk.answer(id)["result"]) == told


@behaviour("A2")
@handshake
def test_questions_have_ids_of_their_own(talk, revision):
    talk.speak(revision, can=CAN)
    ids = [talk.begin("tools/call", tool("places")) for _ in range(3)]
    questions = [asked(talk, "roots/list", times) for times in (1, 2, 3)]
    assert len({one["id"] for one in questions} | set(ids)) == 6
    for question in reversed(questions):
        reply(talk, question, ROOTS)
    for id in ids:
        assert text(talk.answer(id)["result"]) == "file:///a"


@behaviour("B15", "N3")
@handshake
@asking
def test_client_is_asked_nothing_that_it_did_not_declare(talk, name, revision):
    talk.speak(revision, can={})
    result = talk.call(name)
    assert result["isError"] is True and "This client cannot do" in text(result)
    assert [one for one in talk.heard if "method" in one] == []


@behaviour("N22")
@handshake
@pytest.mark.parametrize("code", [-1, -32601, -32602, -32603])
def test_refusal_of_a_client_is_understood(talk, code, revision):
    talk.speak(revision, can=CAN)
    id = talk.begin("tools/call", tool("think"))
    reply(talk, asked(talk, "sampling/createMessage"), {"code": code, "message": "no"})
    result = talk.answer(id)["result"]
    cannot = code in (-32601, -32602)
    assert result["isError"] is True
    assert text(result).startswith("This client cannot do" if cannot else "The client refused")


@behaviour("N21")
@pytest.mark.parametrize("revision", ["2025-06-18", "2025-11-25"])
@pytest.mark.parametrize("action", ["decline", "cancel"])
def test_declined_and_cancelled_are_answers(talk, action, revision):
    talk.speak(revision, can=CAN)
    id = talk.begin("tools/call", tool("book"))
    reply(talk, asked(talk, "elicitation/create"), {"action": action})
    assert text(talk.answer(id)["result"]) == action


@handshake
def test_call_that_waits_for_an_answer_can_be_cancelled(talk, revision):
    talk.speak(revision, can=CAN)
    id = talk.begin("tools/call", tool("places"))
    question = asked(talk, "roots/list")
    talk.cancel(id)
    reply(talk, question, ROOTS)
    assert talk.result("tools/list") and talk.answers(id) == []


@behaviour("L5", "L7")
@handshake
def test_session_says_from_which_level_on_it_wants_to_hear(hub, revision, transport):
    client = peer(hub, transport)
    client.speak(revision)
    heard = []
    for level in (None, "debug", "error"):
        if level:
            assert client.result("logging/setLevel", {"level": level}) == {}
        before = len(client.heard)
        client.call("tell")
        heard.append([one["params"]["data"] for one in client.heard[before:] if "method" in one])
    assert heard == [["much"], ["little", "much"], []]
    assert client.code("logging/setLevel", {"level": "loud"}) == -32602
    client.end()


# --- questions since 2026-07-28 -------------------------------------------------------------------


@behaviour("A12", "K3", "N1", "N2", "N9", "N10", "N11", "N12", "N15", "N20", "N21")
@asking
def test_question_is_a_result_and_the_call_comes_again(talk, name):
    method, _, answer, told = ASKING[name]
    result = talk.call(name, can=CAN)
    assert result["resultType"] == "input_required" and "ttlMs" not in result
    (question,) = result["inputRequests"].values()
    assert question["method"] == method
    call = again(tool(name), result, answer)
    assert text(talk.result("tools/call", call, can=CAN)) == told
    assert [one for one in talk.heard if "method" in one] == []


@behaviour("B10", "N3")
@asking
def test_question_that_the_request_does_not_allow_for_is_refused(talk, name):
    error = talk.ask("tools/call", tool(name))["error"]
    assert error["code"] == -32021 and error["data"]["requiredCapabilities"]


@behaviour("N18")
@pytest.mark.parametrize("revision", ["2025-11-25", STATELESS])
def test_tools_are_sampled_with_only_where_the_client_can(hub, talk, revision):
    with_tools = {"sampling": {"tools": {}}}
    talk.speak(revision, can={"sampling": {}})
    refused = talk.ask("tools/call", tool("look_up"), can={"sampling": {}})
    assert "error" in refused or "cannot" in text(refused["result"])
    able = Beside(hub, "talk")
    able.speak(revision, can=with_tools)
    id = able.begin("tools/call", tool("look_up"), can=with_tools)
    if revision == STATELESS:
        (question,) = able.answer(id)["result"]["inputRequests"].values()
    else:
        question = asked(able, "sampling/createMessage")
        reply(able, question, SAID)
        assert text(able.answer(id)["result"]) == "hm"
    assert [one["name"] for one in question["params"]["tools"]] == ["find"]
    able.end()


@behaviour("N4", "N5", "N7")
def test_state_that_was_altered_or_belongs_elsewhere_is_an_error(talk):
    result = talk.call("book", can=CAN)
    state = result["requestState"]
    for name, altered in (("book", state[:-2] + "AA"), ("book", "x"), ("pay", state)):
        call = {**again(tool(name), result, SEAT), "requestState": altered}
        assert talk.code("tools/call", call, can=CAN) == -32602
    assert gates.done == ["asks"]


@behaviour("N6", "A15")
def test_round_that_is_repeated_runs_nothing_twice(talk):
    result = talk.call("book", can=CAN)
    call = again(tool("book"), result, SEAT)
    assert text(talk.result("tools/call", call, can=CAN)) == "3 aisle 7"
    assert talk.code("tools/call", call, can=CAN) == -32602
    assert gates.done.count("price") == 1


@behaviour("N7")
def test_answer_that_is_missing_is_asked_for_again_and_a_senseless_one_is_an_error(talk):
    result = talk.call("book", can=CAN)
    call = again(tool("book"), result, SEAT)
    later = talk.result("tools/call", {**call, "inputResponses": {"more": SEAT}}, can=CAN)
    assert later["resultType"] == "input_required"
    wrong = again(tool("book"), result, {"action": "accept", "content": {"row": 99}})
    assert talk.code("tools/call", wrong, can=CAN) == -32602


@behaviour("A15")
def test_state_is_reached_by_its_handle_from_another_process_too(hub, talk):
    handle, number = text(talk.call("count")).split()
    other = Beside(hub, "talk")
    assert number == "1" and text(other.call("count", {"handle": handle})) == f"{handle} 2"
    assert other.call("count", {"handle": "guessed"})["isError"] is True
    other.end()


# --- completion -----------------------------------------------------------------------------------


@behaviour("J10", "J12")
@every_revision
def test_arguments_are_completed(talk, revision):
    talk.speak(revision)
    city = {
        "ref": {"type": "ref/prompt", "name": "travel"},
        "argument": {"name": "city", "value": "O"},
    }
    found = talk.result("completion/complete", city)["completion"]
    assert (len(found["values"]), found["total"], found["hasMore"]) == (100, 150, True)
    by = {**city, "argument": {"name": "by", "value": "B"}, "context": {"arguments": {"city": "x"}}}
    assert talk.result("completion/complete", by)["completion"]["values"] == ["bus", "boat"]
    assert (
        talk.code("completion/complete", {**by, "ref": {"type": "ref/prompt", "name": "no"}})
        == -32602
    )


@behaviour("J9")
@handshake
def test_completion_is_declared_where_the_revision_has_a_word_for_it(talk, revision):
    declared = talk.speak(revision)["capabilities"]
    assert ("completions" in declared) == (revision != "2024-11-05")


# --- what changes, in a session -------------------------------------------------------------------


def changed(hub, alice, enabled=False):
    """Switch a tool of `open` off or on, and have it noticed."""
    entry = Entry.objects.get(name="add")
    set_entry_enabled(actor=alice, entry=entry, enabled=enabled)
    hub.refresh()


@behaviour("J6", "B14")
@handshake
def test_session_hears_of_lists_that_change_once_it_is_ready(hub, alice, revision, transport):
    client, late = peer(hub, transport), peer(hub, transport)
    client.speak(revision)
    late.result("initialize", opening(revision), revision=revision)
    wait_until_heard(hub, client)
    changed(hub, alice)
    client.wait(lambda one: one.get("method") == "notifications/tools/list_changed")
    assert len(client.heard) == 2 and len(late.heard) == 1
    client.end()
    late.end()


def wait_until_heard(hub, *clients):
    """Wait until so many listeners listen."""

    async def wait():
        while len(hub.runtime.hub.listeners) < len(clients):
            await asyncio.sleep(0.001)

    hub.run(wait())


@behaviour("J5", "J6")
@handshake
def test_session_hears_of_resources_that_it_subscribed_to(hub, talk, revision):
    talk.speak(revision)
    wait_until_heard(hub, talk)
    note = {"uri": "talk://note"}
    assert talk.result("resources/subscribe", note) == {}
    assert talk.code("resources/subscribe", {"uri": "talk://void"}) == -32002
    talk.call("change", note)
    talk.wait(lambda one: one.get("method") == UPDATED)
    assert talk.told(UPDATED) == [note]
    assert talk.result("resources/unsubscribe", note) == {}
    talk.call("change", note)
    talk.call("change", {"uri": "talk://page/1"})
    lists = [f"notifications/{name}/list_changed" for name in LISTS]
    assert all(talk.wait(lambda one, name=name: one.get("method") == name) for name in lists)
    assert talk.told(UPDATED) == [note]


def test_session_hears_again_of_a_server_that_is_back(hub, alice):
    client = Beside(hub)
    client.speak("2025-11-25")
    wait_until_heard(hub, client)
    server = Server.objects.get(slug="open")
    for enabled in (False, True):
        servers.set_server_enabled(actor=alice, server=server, enabled=enabled)
        hub.refresh()
        client.ask("tools/list")
    wait_until_heard(hub, client)
    changed(hub, alice)
    client.wait(lambda one: one.get("method") == "notifications/tools/list_changed")
    client.end()


# --- what changes, since 2026-07-28 ---------------------------------------------------------------


def listen(client, id, **filter_):
    """Begin to listen, and return what is agreed."""
    client.begin("subscriptions/listen", {"notifications": filter_}, id=id)
    tag = {f"{META}subscriptionId": id}
    one = client.wait(lambda one: one.get("params", {}).get("_meta") == tag)
    assert one["method"] == LISTENING
    return one["params"]["notifications"]


def of(client, id):
    """Return the methods of what was heard on a subscription."""
    found = [one for one in client.heard if "method" in one]
    ids = [one["params"].get("_meta", {}).get(f"{META}subscriptionId") for one in found]
    return [
        one["method"]
        for one, its in zip(found, ids, strict=True)
        if json.dumps(its) == json.dumps(id)
    ]


@behaviour("J6", "M1", "M2", "M3", "M4")
def test_subscriptions_hear_what_each_asked_for_under_its_id(talk):
    note = "talk://note"
    assert listen(talk, 7, toolsListChanged=True) == {"toolsListChanged": True}
    agreed = listen(
        talk, "7", resourceSubscriptions=[note, "talk://void"], promptsListChanged=False
    )
    assert agreed == {"resourceSubscriptions": [note]}
    talk.call("change", {"uri": note})
    talk.wait(lambda one: one.get("method") == UPDATED)
    talk.wait(lambda one: one.get("method") == "notifications/tools/list_changed")
    assert of(talk, 7) == [LISTENING, "notifications/tools/list_changed"]
    assert of(talk, "7") == [LISTENING, UPDATED]


@behaviour("L9", "G3")
def test_subscription_that_is_cancelled_is_heard_of_no_more(talk):
    listen(talk, "ends", toolsListChanged=True)
    listen(talk, "stays", toolsListChanged=True)
    talk.cancel("ends")
    talk.call("change", {"uri": "talk://note"})
    talk.wait(lambda one: one.get("method") == "notifications/tools/list_changed")
    assert of(talk, "ends") == [LISTENING] and talk.answers("ends") == []
    assert of(talk, "stays")[0] == LISTENING


@behaviour("L11")
def test_subscription_that_the_hub_ends_has_its_result_and_then_its_cancellation(hub, talk, alice):
    listen(talk, "x", toolsListChanged=True)
    server = Server.objects.get(slug="talk")
    servers.set_server_enabled(actor=alice, server=server, enabled=False)
    hub.refresh()
    last = talk.wait(lambda one: one.get("method") == "notifications/cancelled")
    assert last["params"] == {"requestId": "x", "_meta": {f"{META}subscriptionId": "x"}}
    assert talk.heard[-1] == last and talk.heard[-2]["id"] == "x"


def test_subscription_of_a_person_who_is_disabled_ends(hub, bob):
    server = published("closed", Source.objects.first(), team=bob.teams.get())
    hub.refresh()
    client = Beside(hub, "closed", digest(make.token(bob, server)))
    listen(client, "x", toolsListChanged=True)
    bob.is_active = False
    bob.save()
    client.wait(lambda one: one.get("method") == "notifications/cancelled")
    client.end()


@handshake
def test_call_of_a_person_who_is_disabled_ends(hub, bob, revision, transport):
    server = published(
        "closed", authored_source(file=Path(authored_talk.__file__)), team=bob.teams.get()
    )
    hub.refresh()
    client = peer(hub, transport, "closed", make.token(bob, server))
    client.speak(revision, can=CAN)
    id = client.begin("tools/call", tool("think"))
    asked(client, "sampling/createMessage")
    accounts.disable_user(actor=None, user=bob)
    result = client.answer(id)["result"]
    assert result["isError"] and "was taken back" in text(result)
    client.end()


@behaviour("J6", "B14")
def test_request_of_the_newest_revision_hears_nothing_unasked(hub, alice, talk):
    talk.call("change", {"uri": "talk://note"})
    changed(hub, alice)
    talk.result("tools/list")
    assert [one for one in talk.heard if "method" in one] == [] and talk.revision == STATELESS
