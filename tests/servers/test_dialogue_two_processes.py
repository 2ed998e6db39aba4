"""Two processes that ask: any of them takes the answers, and what happens once happens once in all."""

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests import pair as pairs
from tests.hub import BOTH, opening
from tests.live import LiveHub, final
from tests.pair import until

pytestmark = pytest.mark.services
LEDGER = Path(pairs.__file__).with_name("authored_ledger.py")
CAN = {"elicitation": {}}
OVER = "This call is over, or is being answered already; nothing was run."
YES = {"action": "accept", "content": {}}


def named(name):
    return {"action": "accept", "content": {"name": name}}


@pytest.fixture(scope="module", params=["redis", "postgresql alone"])
def pair(request, tmp_path_factory):
    postgres, redis = pairs.services()
    if not postgres or (request.param == "redis" and not redis):
        pytest.skip("needs TEST_ON_POSTGRES and TEST_ON_REDIS")
    folder = tmp_path_factory.mktemp("pair")
    with started(folder, postgres, redis if request.param == "redis" else "") as running:
        yield running


def started(folder, postgres, redis):
    """Return two hubs that publish tests/authored_ledger.py as `ledger`."""
    file = folder / "ledger.py"
    shutil.copy(LEDGER, file)
    return pairs.running(folder, postgres, redis, MCPHUB_TOOLS=str(file))


@pytest.fixture(scope="module")
def token(pair):
    return pair.hubs[0].token("ledger")


def call(hub: LiveHub, token, name, arguments, **continued):
    """Call a tool of the newest revision; return its final message."""
    params = {"name": name, "arguments": arguments, **continued}
    return final(hub.open("ledger", "tools/call", params, token=token, can=CAN))


def again(hub, token, name, arguments, message, **answers):
    """Come back with answers."""
    state = message["result"]["requestState"]
    return call(hub, token, name, arguments, requestState=state, inputResponses=answers)


def asked(message):
    """Return the keys of what is asked."""
    assert message["result"]["resultType"] == "input_required", message
    return [*message["result"]["inputRequests"]]


@pytest.mark.behaviour("N6")
@pytest.mark.parametrize("turn", [0, 1])
def test_ledger_has_each_entry_once_however_the_rounds_alternate(pair, token, tmp_path, turn):
    one, two = pair.hubs[turn], pair.hubs[1 - turn]
    file = tmp_path / "ledger"
    books = "keep_books", {"file": str(file)}
    first = call(one, token, *books)
    assert asked(first) == ["first"]
    second = again(two, token, *books, first, first=named("Anna"))
    assert asked(second) == ["second"]
    for hub in (one, two):  # repeated while it is not finished: the same question
        assert asked(again(hub, token, *books, first, first=named("Anna"))) == ["second"]
    third = again(one, token, *books, second, second=named("Bert"))
    assert asked(third) == ["third"]
    last = again(two, token, *books, third, third=named("Carl"))
    text = last["result"]["content"][0]["text"]
    assert text == "first Anna, second Bert, third Carl"
    for hub in (one, two) * 2:
        for earlier, answers in ((third, {"third": named("Carl")}), (second, {"second": YES})):
            repeated = again(hub, token, *books, earlier, **answers)
            assert (repeated["error"]["code"], repeated["error"]["message"]) == (-32602, OVER)
    lines = file.read_text().splitlines()
    assert lines == ["first Anna", "second Bert", "third Carl", "closed"]


@pytest.mark.behaviour("N6")
def test_last_round_at_once_on_both_happens_once(pair, token, tmp_path):
    for number in range(10):
        file = tmp_path / f"ledger{number}"
        books = "keep_books", {"file": str(file)}
        message = call(pair.hubs[0], token, *books)
        for key in ("first", "second"):
            message = again(pair.hubs[1], token, *books, message, **{key: named("Anna")})
        with ThreadPoolExecutor(6) as pool:
            jobs = [
                pool.submit(again, hub, token, *books, message, third=named("Bert"))
                for hub in pair.hubs * 3
            ]
        ended = [job.result() for job in jobs]
        assert sorted("result" in each for each in ended) == [False] * 5 + [True]
        assert {each["error"]["message"] for each in ended if "error" in each} == {OVER}
        assert file.read_text().splitlines()[2:] == ["third Bert", "closed"]


def test_pause_rolls_a_transaction_back(pair, token):
    first = call(pair.hubs[0], token, "book", {})
    assert asked(first) == ["sure"]
    last = again(pair.hubs[1], token, "book", {}, first, sure=YES)
    assert last["result"]["content"][0]["text"] == "1"


def test_what_is_kept_is_kept_for_both_whatever_its_characters(pair, token):
    one, two = pair.hubs
    handle = call(one, token, "remember", {})["result"]["content"][0]["text"]
    kept = call(two, token, "remember", {"handle": handle})
    assert kept["result"]["content"][0]["text"] == "a\0b"


def test_failure_of_a_step_is_kept_whatever_its_characters(pair, token):
    first = call(pair.hubs[0], token, "fails_oddly", {})
    assert asked(first) == ["first"]
    last = again(pair.hubs[1], token, "fails_oddly", {}, first, first=named("Anna"))
    assert last["result"]["content"][0]["text"] == "Anna a\0b"


# --- on the call's own stream ---------------------------------------------------------------------


def session_of(hub, token, revision):
    """Open a session; return the headers of its requests."""
    headers = {
        "content-type": "application/json",
        "accept": BOTH,
        "authorization": f"Bearer {token}",
        "connection": "close",
    }
    params = {**opening(revision), "capabilities": CAN}
    message = {"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params}
    answer = hub.send("ledger", headers, message)
    answer.read()
    return {
        **headers,
        "mcp-session-id": answer.headers["mcp-session-id"],
        "mcp-protocol-version": revision,
    }


def next_message(answer):
    """Return the next message of a stream."""
    while not (line := answer.readline()).startswith(b"data: {"):
        assert line, "the stream ended"
    return json.loads(line.removeprefix(b"data: "))


@pytest.mark.behaviour("A13")
@pytest.mark.parametrize("turn", [0, 1])
@pytest.mark.parametrize("revision", ["2025-06-18", "2025-11-25"])
def test_question_of_one_process_is_answered_at_the_other(pair, token, turn, revision):
    asks, takes = pair.hubs[turn], pair.hubs[1 - turn]
    headers = session_of(takes, token, revision)
    params = {"name": "greet", "arguments": {}}
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    answer = asks.send("ledger", headers, message)
    name = next_message(answer)["id"]
    for identifier in ("a\0b", f"{name}0", name):
        said = {"jsonrpc": "2.0", "id": identifier, "result": named("Anna")}
        taken = takes.send("ledger", headers, said)
        assert (taken.status, taken.read()) == (202, b"")
    assert next_message(answer)["result"]["content"][0]["text"] == "Hello Anna"
    answer.read()


# --- processes that die ---------------------------------------------------------------------------


@pytest.mark.behaviour("N6")
def test_call_goes_on_when_a_process_died_between_rounds_but_not_inside_a_step(tmp_path):
    postgres, redis = pairs.services()
    if not postgres:
        pytest.skip("needs TEST_ON_POSTGRES")
    with started(tmp_path, postgres, redis) as pair:
        one, two = pair.hubs
        token, file = one.token("ledger"), tmp_path / "book"
        books, dies = ("keep_books", {"file": str(file)}), ("die_inside", {"file": str(file)})
        first = call(one, token, *books)
        second = again(one, token, *books, first, first=named("Anna"))
        dying = call(one, token, *dies)
        assert asked(second) == ["second"] and asked(dying) == ["first"]
        with ThreadPoolExecutor(1) as pool:
            lost = pool.submit(again, one, token, *dies, dying, first=named("Anna"))
            until(lambda: bool(call(two, token, "book", {})) and "begun" in file.read_text())
            one.process.kill()
            with pytest.raises(ConnectionError):
                lost.result()
        third = again(two, token, *books, second, second=named("Bert"))
        last = again(two, token, *books, third, third=named("Carl"))
        assert "third Carl" in last["result"]["content"][0]["text"]
        refused = again(two, token, *dies, dying, first=named("Anna"))
        assert refused["error"]["message"] == OVER
        lines = ["first Anna", "begun", "second Bert", "third Carl", "closed"]
        assert file.read_text().splitlines() == lines
