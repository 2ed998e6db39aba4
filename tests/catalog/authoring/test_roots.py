"""Asking for roots, and hostile answers."""

from typing import Any

import pytest

from catalog.authoring.errors import AnswerError
from catalog.authoring.roots import Root, read_roots, roots_question


def test_question_has_no_parameters() -> None:
    question = roots_question("where")
    assert (question.method, question.params, question.needs, question.key) == (
        "roots/list",
        {},
        "roots",
        "where",
    )


def test_roots_are_read() -> None:
    answer = {"roots": [{"uri": "file:///a", "name": "A", "_meta": {}}, {"uri": "file:///b%20c"}]}
    assert roots_question(None).read(answer) == [Root("file:///a", "A"), Root("file:///b%20c")]
    assert read_roots({"roots": []}) == []


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (None, "the answer is not an object"),
        ([], "the answer is not an object"),
        ({}, "roots is not a list"),
        ({"roots": {}}, "roots is not a list"),
        ({"roots": [{"uri": "file:///a"}] * 1_001}, "roots has more than 1000 items"),
        ({"roots": ["file:///a"]}, "roots/0 is not an object"),
        ({"roots": [{"uri": "file:///a"}, {}]}, "roots/1/uri is not a text"),
        ({"roots": [{"uri": 3}]}, "roots/0/uri is not a text"),
        (
            {"roots": [{"uri": "file:///" + "a" * 4_096}]},
            "roots/0/uri has more than 4096 characters",
        ),
        (
            {"roots": [{"uri": "https://a"}]},
            "roots/0/uri does not begin with file://, or holds blanks",
        ),
        (
            {"roots": [{"uri": "file:///a b"}]},
            "roots/0/uri does not begin with file://, or holds blanks",
        ),
        (
            {"roots": [{"uri": "file:///a\nb"}]},
            "roots/0/uri does not begin with file://, or holds blanks",
        ),
        ({"roots": [{"uri": "file:///a", "name": 3}]}, "roots/0/name is not a text"),
        (
            {"roots": [{"uri": "file:///a", "name": "x" * 1_001}]},
            "roots/0/name has more than 1000 characters",
        ),
        ({"roots": [], "more": "x" * 1_048_577}, "the answer is too large"),
    ],
)
def test_answer_that_is_no_list_of_roots_is_refused(answer: Any, reason: str) -> None:
    with pytest.raises(AnswerError) as caught:
        read_roots(answer)
    assert str(caught.value) == reason
