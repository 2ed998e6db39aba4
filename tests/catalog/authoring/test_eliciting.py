"""Asking a person: what goes out, and what an answer may be."""

from dataclasses import dataclass
from typing import Any

import mcp_types
import pytest

from catalog.authoring.eliciting import Elicited, form_question, url_question
from catalog.authoring.errors import AnswerError, AuthoringError


@dataclass
class Name:
    name: str


def test_form_goes_out_in_the_newest_shape() -> None:
    question = form_question("Who?", Name, "who")
    assert question.params == {
        "mode": "form",
        "message": "Who?",
        "requestedSchema": {
            "type": "object",
            "properties": {"name": {"type": "string"}},
            "required": ["name"],
        },
    }
    assert (question.method, question.needs, question.key) == (
        "elicitation/create",
        "elicitation",
        "who",
    )
    mcp_types.ElicitRequestFormParams.model_validate(question.params)


def test_without_a_schema_a_yes_is_asked_for() -> None:
    question = form_question("Go on?", None, None)
    assert question.params["requestedSchema"] == {"type": "object", "properties": {}}
    assert question.read({"action": "accept"}) == Elicited("accept", {})
    assert question.read({"action": "accept", "content": {"x": 1}}) == Elicited("accept", {})


def test_page_goes_out_in_the_newest_shape() -> None:
    question = url_question("Pay there", "https://pay.example/1?a=b", None)
    assert question.params == {
        "mode": "url",
        "message": "Pay there",
        "url": "https://pay.example/1?a=b",
    }
    assert (question.method, question.needs) == ("elicitation/create", "elicitation.url")


def test_answer_to_a_page_says_nothing_more() -> None:
    question = url_question("Pay there", "https://pay.example/1", None)
    assert question.read({"action": "accept", "content": {"card": 1}}) == Elicited("accept", {})
    assert question.read({"action": "cancel"}) == Elicited("cancel")


def test_accepted_form_is_an_instance() -> None:
    answer = form_question("Who?", Name, None).read({"action": "accept", "content": {"name": "A"}})
    assert answer == Elicited("accept", Name("A")) and answer.accepted


@pytest.mark.parametrize("action", ["decline", "cancel"])
@pytest.mark.parametrize("content", [None, {}, {"name": 3}, "x"])
def test_declined_and_cancelled_are_values(action: str, content: Any) -> None:
    answer = form_question("Who?", Name, None).read({"action": action, "content": content})
    assert (answer.action, answer.content, answer.accepted) == (action, None, False)


@pytest.mark.parametrize(
    "answer",
    [None, [], "accept", 3, {}, {"action": "ok"}, {"action": ["accept"]}, {"action": None}],
)
def test_answer_without_an_action_is_refused(answer: Any) -> None:
    with pytest.raises(AnswerError) as caught:
        form_question("Who?", Name, None).read(answer)
    assert str(caught.value) == "action is neither 'accept' nor 'decline' nor 'cancel'"


def test_accepted_form_that_does_not_fit_is_refused() -> None:
    question = form_question("Who?", Name, None)
    with pytest.raises(AnswerError, match="name is not a text"):
        question.read({"action": "accept", "content": {"name": 12345}})
    with pytest.raises(AnswerError, match="name is required"):
        question.read({"action": "accept"})


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("", "the message must be a text with something in it"),
        (" \n", "the message must be a text with something in it"),
        (None, "the message must be a text with something in it"),
        ("x" * 4_001, "the message has 4001 characters; 4000 are allowed"),
    ],
)
def test_message_is_a_text_of_bounded_length(message: Any, reason: str) -> None:
    for question in (
        lambda: form_question(message, None, None),
        lambda: url_question(message, "https://a.example/", None),
    ):
        with pytest.raises(AuthoringError) as caught:
            question()
        assert str(caught.value) == reason


def test_message_can_always_be_sent() -> None:
    assert form_question("a\ud800", None, None).params["message"] == "a\ufffd"


@pytest.mark.behaviour("N12")
@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://",
        "http://pay.example/",
        "http://localhost.example/",
        "http://10.0.0.1/",
        "pay.example",
        "//pay.example/",
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "ftp://pay.example/",
        "https:///x",
        "https://",
        "https://[::1",
        "https://pay.example/a b",
        "https://pay.example\\@evil.example/",
        "https://pay.example@evil.example/",
        "https://a:b@pay.example/",
        "https://päy.example/",
        "https://pay.example/\x00",
        " https://pay.example/",
        "https://pay.example/\n",
        "https://pay.example/" + "x" * 2_000,
        None,
    ],
)
def test_page_is_a_plain_web_address(url: Any) -> None:
    with pytest.raises(AuthoringError, match="url "):
        url_question("Pay there", url, None)


@pytest.mark.behaviour("N12")
@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:8000/a",
        "http://127.0.0.1/",
        "http://[::1]:1/",
        "https://localhost/",
        "HTTPS://Pay.Example/?q=%20#x",
    ],
)
def test_web_addresses_are_taken_as_they_are(url: str) -> None:
    assert url_question("Pay there", url, None).params["url"] == url
