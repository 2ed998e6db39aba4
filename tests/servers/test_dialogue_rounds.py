"""dialogue/rounds.py: questions of 2026-07-28, which end a call and have it run again."""

import pytest
from django.db import DatabaseError

from servers.dialogue import desk
from servers.kept import states
from servers.models import CallState, Server, ServerEntry
from tests import gates, make
from tests.hub import REVISIONS, published
from tests.talks import FORMS, ROOTS, SAID, endings, events, named, questions, state_of

OVER = "This call is over, or is being answered already; nothing was run."
BAD_STATE = "requestState is not valid for this request, or too old."
ANNA, BERT = named("Anna"), named("Bert")
YES = {"action": "accept", "content": {}}
pytestmark = pytest.mark.behaviour("A12")


def again(talks, first, answers, name="greet", arguments=None, **more):
    """Come back with answers to what was asked."""
    return talks.call(name, arguments, state=state_of(first), answers=answers, **more)


def until(talks, *done):
    """Let the hub go on until that is done."""
    while gates.done != [*done]:
        talks.send("tools/list", {})


# --- one question, and several --------------------------------------------------------------------


@pytest.mark.behaviour("N2", "K3", "N3")
def test_question_ends_the_call_and_its_answer_runs_it_to_the_end(talks):
    first = talks.call("greet", {"greeting": "Good day"})
    assert (first.status, first.header("content-type")) == (200, "application/json")
    assert first.result.keys() == {"resultType", "inputRequests", "requestState", "_meta"}
    params = {
        "mode": "form",
        "message": "Who are you?",
        "requestedSchema": {
            "type": "object",
            "properties": {"name": {"type": "string"}},
            "required": ["name"],
        },
    }
    asked = {"name": {"method": "elicitation/create", "params": params}}
    assert first.result["inputRequests"] == asked and gates.done == []
    last = again(talks, first, {"name": ANNA}, arguments={"greeting": "Good day"})
    assert last.result["resultType"] == "complete" and last.text == "Good day Anna"
    assert gates.done == ["greet Anna"]


def test_questions_after_each_other_take_a_round_each(talks):
    first = talks.call("peek")
    assert questions(first) == {"name": "Who are you?"}
    second = again(talks, first, {"name": ANNA}, "peek")
    assert questions(second) == {"colour": "Anna, which colour?"}
    assert again(talks, second, {"colour": named("red")}, "peek").text == "Anna red"


@pytest.mark.behaviour("N3")
def test_questions_at_once_leave_in_one_round(talks):
    first = talks.call("together")
    methods = {"name": "Who are you?", "said": "sampling/createMessage", "roots": "roots/list"}
    assert questions(first) == methods
    answers = {"name": ANNA, "said": SAID, "roots": ROOTS}
    assert again(talks, first, answers, "together").text == "Anna, something, file:///home"


def test_branches_go_on_each_at_its_own_question_and_a_step_beside_them_happens_once(talks):
    first = talks.call("nested")
    asked = questions(first)
    assert sorted(asked.values()) == ["a 1?", "b 1?"]
    assert gates.done == ["step begins", "step ends"]  # the round does not end inside it
    second = again(talks, first, {key: named(asked[key][0]) for key in asked}, "nested")
    asked = questions(second)
    assert sorted(asked.values()) == ["a 2?", "b 2?"]
    last = again(talks, second, {key: named(asked[key][0].upper()) for key in asked}, "nested")
    assert last.text == "aA bB once" and gates.done == ["step begins", "step ends"]


def test_branch_that_is_slower_than_a_round_loses_no_answer(talks):
    first = talks.call("uneven")
    assert questions(first) == {"slow": "slow?", "quick": "quick?"}
    gates.told["turns"] = 50
    second = again(talks, first, {"slow": ANNA, "quick": BERT}, "uneven")
    assert questions(second) == {"quicker": "quicker?"}
    gates.told["turns"] = 0
    assert again(talks, second, {"quicker": BERT}, "uneven").text == "Anna Bert Bert"


def test_group_of_tasks_asks_in_one_round(talks):
    first = talks.call("grouped")
    assert questions(first) == {"a": "a?", "b": "b?"}
    assert again(talks, first, {"a": ANNA, "b": BERT}, "grouped").text == "Anna Bert"


def test_plain_def_asks_and_its_steps_happen_once(talks):
    first = talks.call("plain")
    second = again(talks, first, {"name": ANNA}, "plain")
    assert questions(second) == {"a": "a?", "b": "b?"}
    last = again(talks, second, {"a": BERT, "b": ANNA}, "plain")
    assert last.text == "Anna 7 Bert Anna"
    assert gates.done == ["ticket", "plain Anna", "plain Anna"]


def test_same_question_again_is_another_one_whatever_its_key(talks):
    answer, seen = talks.call("same"), []
    for number in range(5):
        (key,) = questions(answer)
        seen.append(key)
        answer = again(talks, answer, {key: named(str(number))}, "same")
    assert answer.text == "0 1 2 3 4" and len(set(seen)) == 5
    assert seen[1] == f"{seen[0]}#2" and seen[2:] == ["k", "k#2", "k#2#2"]


@pytest.mark.parametrize("how", ["again", "base", "exception", "fails", "asks more", "steps"])
def test_pause_cannot_be_swallowed_and_finally_runs(talks, how):
    first = talks.call("swallow", {"how": how})
    assert questions(first) == {"name": "Who are you?"} and gates.done == ["finally"]
    last = again(talks, first, {"name": ANNA}, "swallow", {"how": how})
    assert last.text == "Anna" and gates.done == ["finally"] * 2
    assert endings() == [("question", "input_required"), ("call", "ok")]


@pytest.mark.behaviour("N1", "K3")
@pytest.mark.parametrize(
    ("method", "params", "told"),
    [
        ("resources/read", {"uri": "test://asked"}, "a note for Anna"),
        ("resources/read", {"uri": "test://asked/tea"}, "tea for Anna"),
        ("prompts/get", {"name": "introduce", "arguments": {"tone": "dry"}}, "Anna, dry."),
    ],
)
def test_reads_and_gets_ask_too(talks, method, params, told):
    first = talks.send(method, params)
    assert questions(first) == {"name": "Who are you?"}
    last = talks.send(method, params, state=state_of(first), answers={"name": ANNA})
    assert told in str(last.result) and last.result["resultType"] == "complete"


@pytest.mark.behaviour("N1")
@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("tools/list", {}),
        ("resources/list", {}),
        ("resources/templates/list", {}),
        ("prompts/list", {}),
        ("server/discover", {}),
        ("completion/complete", {"argument": {"name": "tone", "value": ""}}),
    ],
)
def test_nothing_else_asks_or_takes_answers(talks, method, params):
    if method == "completion/complete":
        params = {**params, "ref": {"type": "ref/prompt", "name": "introduce"}}
    plain = talks.send(method, params)
    answered = talks.send(method, params, state="x", answers={"name": ANNA})
    assert plain.result == answered.result and plain.result["resultType"] == "complete"


# --- whose answers, and to what -------------------------------------------------------------------


@pytest.mark.behaviour("N7")
def test_changed_question_is_asked_again_and_never_fed_an_old_answer(talks):
    gates.told["words"] = "Delete one file?"
    first = talks.call("change")
    gates.told["words"] = "Delete all files?"
    second = again(talks, first, {"name": ANNA}, "change")
    assert questions(second) == {"name": "Delete all files?"} and gates.done == []
    gates.told["words"] = "Delete one file?"  # and the answer to that was lost with it
    assert questions(again(talks, second, {"name": BERT}, "change")) == {"name": "Delete one file?"}
    gates.told["words"] = "Delete all files?"
    assert again(talks, second, {"name": BERT}, "change").text == "Bert"
    assert gates.done == ["Bert"]


@pytest.mark.behaviour("N7")
def test_missing_answer_is_asked_for_again_and_the_others_are_kept(talks):
    first = talks.call("together")
    second = again(talks, first, {"said": SAID, "another": ANNA}, "together")
    assert questions(second).keys() == {"name", "roots"}
    third = again(talks, second, {}, "together")
    assert questions(third).keys() == {"name", "roots"}
    last = again(talks, third, {"name": ANNA, "roots": ROOTS, "said": None}, "together")
    assert last.text == "Anna, something, file:///home"


def test_state_alone_brings_no_answers(talks):
    first = talks.call("greet")
    assert questions(talks.call("greet", state=state_of(first))) == {"name": "Who are you?"}


@pytest.mark.behaviour("N7")
@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (None, "action is neither 'accept' nor 'decline' nor 'cancel'"),
        ([], "action is neither 'accept' nor 'decline' nor 'cancel'"),
        ("accept", "action is neither 'accept' nor 'decline' nor 'cancel'"),
        ({"action": "maybe"}, "action is neither 'accept' nor 'decline' nor 'cancel'"),
        ({"action": "accept"}, "name is required"),
        ({"action": "accept", "content": {"name": 7}}, "name is not a text"),
        ({"action": "accept", "content": [7]}, "the answer is not an object"),
    ],
)
def test_malformed_answer_is_an_error_and_may_be_mended(talks, answer, text):
    first = talks.call("greet")
    refused = again(talks, first, {"name": answer})
    assert (refused.status, refused.code, refused.error["message"]) == (200, -32602, text)
    assert gates.done == []
    assert again(talks, first, {"name": ANNA}).text == "Hello Anna"
    assert gates.done == ["greet Anna"]
    asked, mended = ("question", "input_required"), ("question", "error")
    assert endings() == [asked, mended, ("call", "ok")]


def test_malformed_answer_that_its_tool_takes_is_final(talks):
    first = talks.call("patient")
    last = again(talks, first, {"name": {"action": "maybe"}}, "patient")
    assert last.text.startswith("nobody (action is neither") and len(gates.done) == 1
    assert again(talks, first, {"name": ANNA}, "patient").error["message"] == OVER
    assert len(gates.done) == 1


@pytest.mark.behaviour("N7")
@pytest.mark.parametrize("answers", [None, [], "name", 7, True])
@pytest.mark.parametrize("name", ["greet", "peek"])
def test_answers_that_are_no_object_are_an_error(talks, name, answers):
    first = talks.call(name)
    for state in ({"state": state_of(first)}, {}):
        refused = talks.call(name, answers=answers, **state)
        text = '"inputResponses" is not an object.'
        assert (refused.code, refused.error["message"]) == (-32602, text)
    assert gates.done == []


@pytest.mark.behaviour("N21")
@pytest.mark.parametrize("action", ["decline", "cancel"])
def test_declined_and_cancelled_are_values(talks, action):
    first = talks.call("greet")
    answer = {"action": action, "content": {"name": "not looked at"}}
    assert again(talks, first, {"name": answer}).text == f"Hello {action}"


# --- states ---------------------------------------------------------------------------------------


def refused(answer):
    assert (answer.status, answer.code, answer.error["message"]) == (200, -32602, BAD_STATE)
    assert gates.done == []


@pytest.mark.behaviour("N4")
def test_state_that_was_altered_is_refused(talks):
    state = state_of(talks.call("greet"))
    for place in range(0, len(state), 7):
        other = "A" if state[place] != "A" else "B"
        altered = state[:place] + other + state[place + 1 :]
        refused(talks.call("greet", state=altered, answers={"name": ANNA}))


@pytest.mark.behaviour("N4")
@pytest.mark.parametrize("state", [None, "", "x", 7, True, [], {}, "é", "A" * 300_000, "AQ=="])
def test_what_is_no_state_is_refused(talks, state):
    refused(talks.call("greet", state=state, answers={"name": ANNA}))
    assert endings() == [("call", "error")]


@pytest.mark.behaviour("N5")
def test_state_holds_for_an_hour(talks, monkeypatch):
    first = talks.call("greet")
    now = desk.time.time()
    monkeypatch.setattr(desk.time, "time", lambda: now + desk.STATE_SECONDS + 1)
    refused(again(talks, first, {"name": ANNA}))
    monkeypatch.setattr(desk.time, "time", lambda: now + desk.STATE_SECONDS - 1)
    assert again(talks, first, {"name": ANNA}).text == "Hello Anna"


def server_with_users(hub, bob, charlie):
    """Return a server that both may use, and a way to come to it as either."""
    source = ServerEntry.objects.filter(exposed_name="greet").first().entry.source
    server = published("shared", source, team=bob.teams.get())
    make.member(bob.teams.get(), charlie)
    hub.refresh()
    return server


@pytest.mark.behaviour("N5", "N11", revisions=["2026-07-28"])
def test_state_holds_for_its_user_and_client_alone(talks, bob, charlie):
    server = server_with_users(talks.hub, bob, charlie)
    talks.slug, talks.token = "shared", make.token(bob, server)
    first, bobs = talks.call("greet"), talks.token
    # A token that no client was given is a client of its own.
    for another in (make.token(charlie, server), make.token(bob, server), None):
        talks.token = another
        if another is None:
            assert again(talks, first, {"name": ANNA}).status == 401
        else:
            refused(again(talks, first, {"name": ANNA}))
    talks.token = bobs
    assert again(talks, first, {"name": ANNA}).text == "Hello Anna"


@pytest.mark.behaviour("N5", "N11", revisions=["2026-07-28"])
def test_state_of_nobody_is_no_state_of_somebodys(talks, bob, charlie):
    server = server_with_users(talks.hub, bob, charlie)
    first = talks.call("greet")
    talks.slug, talks.token = "shared", make.token(bob, server)
    refused(again(talks, first, {"name": ANNA}))


@pytest.mark.behaviour("N5")
def test_state_holds_for_its_server_alone(talks):
    source = ServerEntry.objects.filter(exposed_name="greet").first().entry.source
    published("other", source)
    talks.hub.refresh()
    first = talks.call("greet")
    talks.slug = "other"
    refused(again(talks, first, {"name": ANNA}))


@pytest.mark.behaviour("N5")
def test_state_holds_for_its_request_alone(talks):
    first = talks.call("greet", {"greeting": "Hi", "options": {"a": 1, "b": {"c": 2, "d": 3}}})
    for name, arguments in (
        ("greet", {}),
        ("greet", {"greeting": "Ho", "options": {"a": 1, "b": {"c": 2, "d": 3}}}),
        ("greet", {"greeting": "Hi", "options": {"a": 1, "b": {"c": 3, "d": 2}}}),
        ("patient", {}),
    ):
        refused(again(talks, first, {"name": ANNA}, name, arguments))
    read = {"uri": "test://asked"}
    refused(talks.send("resources/read", read, state=state_of(first), answers={"name": ANNA}))
    reordered = {"options": {"b": {"d": 3, "c": 2}, "a": 1}, "greeting": "Hi"}
    assert again(talks, first, {"name": ANNA}, "greet", reordered).text == "Hi Anna"


@pytest.mark.behaviour("N5")
def test_state_holds_for_its_definition_alone(talks):
    first = talks.call("greet")
    row = ServerEntry.objects.get(server__slug="talks", exposed_name="greet")
    make.version(row.entry, {"name": "greet", "inputSchema": {"type": "object"}})
    talks.hub.refresh()
    refused(again(talks, first, {"name": ANNA}))


def test_large_state_is_kept_here_and_works_alike(talks):
    long, arguments = named("x" * 30_000), {"questions": 4}
    answer = talks.call("count", arguments)
    for round_ in range(3):
        assert (len(state_of(answer)) > 30_000) is (round_ in (1, 2))
        assert not CallState.objects.exclude(body="").exists()
        (key,) = questions(answer)
        answer = again(talks, answer, {key: long}, "count", arguments)
    row = CallState.objects.exclude(body="").get()
    assert len(state_of(answer)) < 400 and len(row.body) > 90_000
    (key,) = questions(answer)
    assert len(again(talks, answer, {key: ANNA}, "count", arguments).text) == 90_007


def test_large_round_that_is_repeated_keeps_nothing_anew(talks, monkeypatch):
    monkeypatch.setattr(desk, "LONGEST_CARRIED", 10)
    answer = talks.call("count", {"questions": 3})
    (key,) = questions(answer)
    second = again(talks, answer, {key: ANNA}, "count", {"questions": 3})
    rows = CallState.objects.exclude(body="")
    kept = rows.count()
    for _ in range(3):
        third = again(talks, second, {}, "count", {"questions": 3})
        assert questions(third) == questions(second)
    assert rows.count() == kept


def test_large_state_whose_row_is_gone_is_refused(talks, monkeypatch):
    monkeypatch.setattr(desk, "LONGEST_CARRIED", 10)
    first = talks.call("greet")
    assert CallState.objects.exclude(body="").count() == 1
    CallState.objects.all().delete()
    refused(again(talks, first, {"name": ANNA}))


# --- without a state ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["peek", "put"])
def test_retry_without_a_state_answers_round_one_of_what_may_be_repeated(talks, name):
    answers = {"name": ANNA, "another": BERT}
    first = talks.call(name, answers=answers)
    if name == "put":
        assert first.text == "Anna"
        return
    assert questions(first) == {"colour": "Anna, which colour?"}
    assert again(talks, first, {"colour": BERT}, name).text == "Anna Bert"


@pytest.mark.behaviour("N6")
def test_retry_without_a_state_is_a_new_call_for_what_acts(talks):
    assert questions(talks.call("greet", answers={"name": ANNA})) == {"name": "Who are you?"}
    assert gates.done == []


def test_answer_without_a_state_that_was_not_asked_for_is_not_kept(talks):
    first = talks.call("peek", answers={"colour": BERT})
    second = again(talks, first, {"name": ANNA}, "peek")
    assert questions(second) == {"colour": "Anna, which colour?"}


# --- how often ------------------------------------------------------------------------------------


def test_call_may_ask_in_sixteen_rounds_and_no_more(talks):
    for questions_, ends in ((16, "ok"), (17, "error")):
        answer = talks.call("count", {"questions": questions_})
        for _ in range(15):
            (key,) = questions(answer)
            answer = again(talks, answer, {key: ANNA}, "count", {"questions": questions_})
        (key,) = questions(answer)
        final = again(talks, answer, {key: ANNA}, "count", {"questions": questions_})
        assert ends == ("ok" if "result" in final.message else "error")
    assert final.error == {"code": -32603, "message": "This call asked in more than 16 rounds."}
    assert final.status == 200 and gates.done == ["counted"]
    assert again(talks, answer, {key: ANNA}, "count", {"questions": 17}).error["message"] == OVER


@pytest.mark.behaviour("N6")
def test_finished_call_is_over_for_each_of_its_rounds(talks):
    first = talks.call("peek")
    second = again(talks, first, {"name": ANNA}, "peek")
    assert again(talks, second, {"colour": BERT}, "peek").text == "Anna Bert"
    for earlier, answers in ((second, {"colour": BERT}), (first, {"name": BERT}), (first, {})):
        repeated = again(talks, earlier, answers, "peek")
        assert (repeated.status, repeated.code) == (200, -32602)
        assert repeated.error["message"] == OVER


@pytest.mark.behaviour("N6")
def test_what_acted_does_not_act_again(talks):
    first = talks.call("greet")
    assert again(talks, first, {"name": ANNA}).text == "Hello Anna"
    assert again(talks, first, {"name": ANNA}).error["message"] == OVER
    assert again(talks, first, {"name": BERT}).error["message"] == OVER
    assert gates.done == ["greet Anna"]


@pytest.mark.behaviour("N6")
@pytest.mark.parametrize("more", [True, False])
def test_two_at_once_with_the_same_answers_act_once(talks, more):
    """Also if the tool does not ask for all of the answers any more."""
    first = talks.call("optional")
    gates.told.update(waits=True, more=more)
    answers = dict.fromkeys(questions(first), ANNA)
    going = talks.begin("optional", state=state_of(first), answers=answers)
    until(talks, "begins")
    refused_ = again(talks, first, answers, "optional")
    assert refused_.error["message"] == OVER and gates.done == ["begins"]
    talks.hub.loop.call_soon_threadsafe(gates.opened.set)
    assert going.finish().text == "acted" and gates.done == ["begins", "acts"]


def test_unfinished_round_may_be_repeated(talks):
    first = talks.call("peek")
    for _ in range(3):
        second = again(talks, first, {"name": ANNA}, "peek")
        assert questions(second) == {"colour": "Anna, which colour?"}
    assert again(talks, second, {"colour": BERT}, "peek").text == "Anna Bert"


@pytest.mark.behaviour("N6")
@pytest.mark.parametrize("error", [RuntimeError("inner secret"), SystemExit(), KeyError("x")])
def test_call_that_failed_after_its_last_question_is_over(talks, error, caplog):
    gates.told["fails"] = error
    first = talks.call("greet")
    failed = again(talks, first, {"name": ANNA})
    assert failed.result["isError"] and "internal error" in failed.text
    assert again(talks, first, {"name": ANNA}).error["message"] == OVER
    assert gates.done == ["greet Anna"]
    asked, over = ("question", "input_required"), ("question", "error")
    assert endings() == [asked, ("call", "failed"), over]


@pytest.mark.parametrize("name", ["claim", "is_claimed", "release"])
def test_database_that_is_away_ends_the_round_as_a_fault(talks, monkeypatch, caplog, name):
    def away(*args):
        raise DatabaseError("away")

    first = talks.call("peek")
    with monkeypatch.context() as patched:
        patched.setattr(states, name, away)
        failed = again(talks, first, {"name": ANNA}, "peek")
    assert failed.result["isError"] and "internal error" in failed.text
    assert "away" in caplog.text and "away" not in failed.text
    repeated = again(talks, first, {"name": ANNA}, "peek")
    if name == "release":  # it stays claimed
        assert repeated.error["message"] == OVER
    else:
        assert questions(repeated) == {"colour": "Anna, which colour?"}


# --- what a client cannot -------------------------------------------------------------------------


@pytest.mark.behaviour("B10", "N3")
@pytest.mark.parametrize(
    ("name", "can", "required", "text"),
    [
        ("peek", {}, {"elicitation": {}}, "elicitation"),
        ("peek", {"elicitation": {"url": {}}}, {"elicitation": {}}, "elicitation"),
        ("page", FORMS, {"elicitation": {"url": {}}}, "elicitation by URL"),
        ("think", {"roots": {}}, {"sampling": {}}, "sampling"),
        ("think_with_tools", {"sampling": {}}, {"sampling": {"tools": {}}}, "sampling with tools"),
        ("where", FORMS, {"roots": {}}, "roots"),
    ],
)
def test_what_the_client_did_not_declare_is_refused_by_name(talks, name, can, required, text):
    answer = talks.call(name, can=can)
    assert (answer.status, answer.error) == (
        400,
        {
            "code": -32021,
            "message": f"This client cannot do {text}.",
            "data": {"requiredCapabilities": required},
        },
    )


@pytest.mark.behaviour("B10", "N3")
@pytest.mark.parametrize(
    ("method", "params"),
    [("resources/read", {"uri": "test://asked"}), ("prompts/get", {"name": "introduce"})],
)
def test_reads_and_gets_refuse_alike(talks, method, params):
    answer = talks.send(method, params, can={})
    assert (answer.status, answer.code) == (400, -32021)


@pytest.mark.behaviour("N3")
def test_what_was_declared_before_does_not_count_now(talks):
    first = talks.call("greet")
    refused_ = again(talks, first, {"name": ANNA}, can={})
    assert (refused_.status, refused_.code) == (400, -32021) and gates.done == []
    assert again(talks, first, {"name": ANNA}).text == "Hello Anna"


def test_what_the_client_cannot_may_be_done_without(talks):
    answer = talks.call("cautious", can={"roots": {}})
    assert answer.text == "without elicitation" and not answer.result.get("isError")


def test_refusal_after_something_left_is_a_result(talks):
    answer = talks.call("talkative", meta={"progressToken": 1}, can={})
    assert answer.status == 200 and answer.streamed
    assert answer.result["isError"] and answer.text == "This client cannot do elicitation."
    quiet = talks.call("talkative", can={})
    assert (quiet.status, quiet.code) == (400, -32021)


def test_question_may_end_a_stream(talks):
    first = talks.call("talkative", meta={"progressToken": 1})
    assert first.streamed and [each.get("method") for each in first.messages] == [
        "notifications/progress",
        None,
    ]
    assert questions(first) == {"name": "Who are you?"}


@pytest.mark.behaviour("N15")
def test_page_to_open_has_no_id(talks):
    first = talks.call("page")
    (asked,) = first.result["inputRequests"].values()
    params = {"mode": "url", "message": "Sign here.", "url": "https://example.org/sign"}
    assert asked == {"method": "elicitation/create", "params": params}


@pytest.mark.behaviour("N18", "N20", revisions=["2026-07-28"])
def test_model_is_asked_with_tools_if_it_can(talks):
    first = talks.call("think_with_tools")
    (asked,) = first.result["inputRequests"].values()
    assert asked["params"]["toolChoice"] == {"mode": "auto"}
    assert "includeContext" not in asked["params"]


# --- what is left behind ---


def test_what_a_failed_call_leaves_behind_ends_with_it(talks):
    gates.told["at once"] = True
    answer = talks.call("abandon")
    assert answer.result["isError"] and answer.text == "not today"
    until(talks, "CancelledError", "Paused")


def test_what_a_finished_round_leaves_behind_ends_with_it(talks):
    assert questions(talks.call("abandon")) == {"name": "Who are you?"}
    until(talks, "Paused", "Paused")


@pytest.mark.parametrize("revision", REVISIONS)
def test_pause_that_nobody_asked_for_is_a_fault(talks, revision, caplog):
    answer = talks.call("pauses", revision=revision)
    assert answer.result["isError"] and "internal error" in answer.text
    assert endings() == [("call", "failed")]


# --- what it costs ---


def test_each_round_counts_as_a_call_where_calls_are_limited(talks):
    Server.objects.filter(slug="talks").update(calls_per_minute=1, burst=2)
    talks.hub.refresh()
    first = talks.call("peek")
    second = again(talks, first, {"name": ANNA}, "peek")
    refused_ = again(talks, second, {"colour": BERT}, "peek")
    assert (refused_.status, refused_.code) == (429, 429)
    Server.objects.filter(slug="talks").update(calls_per_minute=None, burst=None)
    talks.hub.refresh()  # and the call goes on where it was
    assert again(talks, second, {"colour": BERT}, "peek").text == "Anna Bert"


# --- what is told of it ---------------------------------------------------------------------------


def test_call_has_one_outcome_and_its_rounds_one_id(talks):
    first = talks.call("peek")
    second = again(talks, first, {"name": ANNA}, "peek")
    again(talks, second, {"colour": BERT}, "peek")
    again(talks, second, {"colour": BERT}, "peek")
    told = events()
    asked = ("question", "peek", "input_required")
    assert [each[:3] for each in told] == [
        asked,
        asked,
        ("call", "peek", "ok"),
        ("question", "peek", "error"),
    ]
    assert len({each[3] for each in told}) == 1 and told[0][3].startswith('{"call": "')


def test_calls_do_not_share_their_id(talks):
    for _ in range(2):
        talks.call("peek")
    assert len({each[3] for each in events()}) == 2


def test_call_without_questions_has_no_id(talks):
    talks.call("keep", {"key": "k", "value": "v"})
    assert events() == [("call", "keep", "ok", "")]


def test_read_that_asks_is_a_read_when_it_is_answered(talks):
    first = talks.send("resources/read", {"uri": "test://asked"})
    more = {"state": state_of(first), "answers": {"name": ANNA}}
    talks.send("resources/read", {"uri": "test://asked"}, **more)
    assert endings() == [("question", "input_required"), ("read", "ok")]


def test_client_that_leaves_before_its_answer_was_used_may_come_back(talks):
    first = talks.call("slow_start")
    gates.told["waits"] = True
    going = talks.begin("slow_start", state=state_of(first), answers={"name": ANNA})
    until(talks, "begins")
    going.disconnect()
    going.finish()
    gates.told["waits"] = False
    assert again(talks, first, {"name": ANNA}, "slow_start").text == "Anna"
    asked, left = ("question", "input_required"), ("question", "cancelled")
    assert [each for each in endings() if each[1] != "error"] == [asked, left, ("call", "ok")]


def test_client_that_leaves_afterwards_ends_its_call(talks):
    first = talks.call("optional")
    gates.told["waits"] = True
    answers = dict.fromkeys(questions(first), ANNA)
    going = talks.begin("optional", state=state_of(first), answers=answers)
    until(talks, "begins")
    going.disconnect()
    going.finish()
    assert gates.done == ["begins"]
    assert again(talks, first, answers, "optional").error["message"] == OVER
    assert [each for each in events() if each[1] == "optional"][1][:3] == (
        "call",
        "optional",
        "cancelled",
    )
