"""dialogue/talk.py, kept/steps.py: what happens once, over rounds and within one."""

import pytest

from mcphub import ToolError
from servers.kept import steps
from servers.models import CallStep
from tests import gates
from tests.talks import endings, named, state_of

BEGUN = "The step 'act' of this call was begun before and may have happened; it is not repeated."
ANNA, BERT = named("Anna"), named("Bert")
TWICE = pytest.mark.parametrize("twice", [False, True])


def through(talks, arguments=None):
    """Walk the ledger's three rounds; return the answer of each."""
    first = talks.call("ledger", arguments)
    second = talks.call("ledger", arguments, state=state_of(first), answers={"first": ANNA})
    if second.message.get("error") or second.result["resultType"] == "complete":
        return first, second, second
    more = {"state": state_of(second), "answers": {"second": BERT}}
    return first, second, talks.call("ledger", arguments, **more)


@TWICE
@pytest.mark.behaviour("N6")
@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (1, "1"),
        (None, "None"),
        ((1, "é\0"), "[1, 'é\\x00']"),
        ({"b": 1.5}, "{'b': 1.5}"),
        (10**40, str(10**40)),
        ("x" * 300_000, "x" * 90),
    ],
)
def test_step_happens_once_over_rounds_and_gives_its_value_in_each(talks, value, shown, twice):
    gates.told["value"] = value
    last = through(talks, {"twice": twice})[-1]
    assert last.text == f"Anna Bert {shown}" and gates.done == ["act"]


@TWICE
@pytest.mark.parametrize("text", ["sold out", "", "é\0\ud800"])
def test_step_that_failed_on_purpose_fails_the_same_in_each_round(talks, text, twice):
    gates.told["value"] = ToolError(text)
    last = through(talks, {"twice": twice})[-1]
    shown = text.replace("\ud800", "\ufffd")
    assert last.text == f"Anna Bert ToolError: {shown}" and gates.done == ["act"]


@pytest.mark.behaviour("N6")
def test_step_that_raised_anything_else_ends_its_call(talks, caplog):
    gates.told["value"] = RuntimeError("half done")
    first, failed, _ = through(talks)
    assert failed.result["isError"] and "internal error" in failed.text
    assert "half done" in caplog.text and gates.done == ["act"]
    more = {"state": state_of(first), "answers": {"first": ANNA}}
    assert "is over" in talks.call("ledger", **more).error["message"]
    assert gates.done == ["act"]


@pytest.mark.behaviour("N6")
def test_step_whose_process_died_inside_it_is_never_repeated(talks):
    first = talks.call("ledger")
    more = {"state": state_of(first), "answers": {"first": ANNA}}
    talks.call("ledger", **more)
    CallStep.objects.update(state=steps.BEGUN, value="")
    failed = talks.call("ledger", **more)
    assert (failed.status, failed.error) == (200, {"code": -32603, "message": BEGUN})
    assert "is over" in talks.call("ledger", **more).error["message"]
    assert gates.done == ["act"]
    asked = ("question", "input_required")
    assert endings() == [asked, asked, ("call", "error"), ("question", "error")]


def test_each_call_has_its_own_steps(talks):
    for _ in range(2):
        assert through(talks)[-1].text == "Anna Bert 1"
    assert gates.done == ["act", "act"] and CallStep.objects.count() == 2


@pytest.mark.parametrize(
    ("revision", "text"),
    [
        ("2026-07-28", BEGUN),
        ("2025-11-25", "The step 'act' of this call was begun before; it is not repeated."),
    ],
)
def test_step_that_raised_is_not_repeated_in_its_run_either(talks, revision, text):
    answer = talks.call("stubborn_step", revision=revision)
    told = answer.error["message"] if revision == "2026-07-28" else answer.text
    assert told == text and gates.done == ["act", "caught", "ended"]


@pytest.mark.parametrize("revision", ["2026-07-28", "2025-11-25"])
@pytest.mark.parametrize(
    ("how", "fault"),
    [
        ("asks", "a step of ctx.once cannot ask: ask first, act after"),
        ("itself", "the step 'outer' of ctx.once waits for itself"),
        ("other", ""),
    ],
)
def test_what_a_step_cannot_do_is_told_to_its_author(talks, caplog, how, fault, revision):
    answer = talks.call("misplaced", {"how": how}, revision=revision)
    assert answer.text.startswith("internal error" if fault else "inner")
    assert fault in caplog.text


@pytest.mark.parametrize("revision", ["2025-03-26", "2025-06-18", "2025-11-25"])
@TWICE
def test_step_of_an_older_revision_happens_once_too(talks, revision, twice):
    session = talks.session(revision)
    if revision == "2025-03-26":  # which cannot ask
        talks.call("stubborn_step", session=session)
        assert gates.done == ["act", "caught", "ended"]
        return
    gates.told["value"] = (1, 2)
    going = talks.begin("ledger", {"twice": twice}, session=session)
    for number in (1, 2):
        talks.hub.reply(session, going.asked(number)["id"], result=ANNA)
    assert going.finish().text == "Anna Anna [1, 2]" and gates.done == ["act"]
    assert not CallStep.objects.exists()


def test_step_without_questions_leaves_the_call_unclaimed(talks):
    assert talks.call("misplaced", {"how": "other"}).text == "inner"
    assert endings() == [("call", "ok")]
