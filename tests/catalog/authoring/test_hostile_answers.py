"""Whatever a client answers: an author's value, or AnswerError that does not repeat it."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.authoring.asking import Question
from catalog.authoring.eliciting import form_question, url_question
from catalog.authoring.errors import AnswerError
from catalog.authoring.roots import roots_question
from catalog.authoring.sampling import Wishes, sampling_question
from tests.catalog.authoring.test_form_types import Address, Plan, Wish
from tests.catalog.authoring.test_forms import EVERY_FORM

MARK = "ZYX"  # stands in every text that a client sends
NAMES = st.sampled_from(
    [*EVERY_FORM, "name", "day", "when", "colours", "zip", "uri", "type", "text", "data", "_meta"]
)
TEXTS = st.one_of(
    st.text(max_size=5).map(lambda text: f"{MARK}{text}"),
    st.sampled_from(["x", "text", "image", "tool_use", "2030-05-01", "a\ud800", "AAAA"]),
)
LEAVES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXTS)
JSON = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(NAMES | TEXTS, inner, max_size=6)
    ),
    max_leaves=20,
)
CONTENT = st.dictionaries(NAMES, JSON, max_size=10)
ANSWERS = st.one_of(
    JSON,
    st.fixed_dictionaries(
        {"action": st.sampled_from(["accept", "decline"]) | JSON, "content": CONTENT}
    ),
    st.fixed_dictionaries(
        {
            "role": st.sampled_from(["user", "assistant"]) | JSON,
            "model": TEXTS | JSON,
            "content": st.lists(CONTENT, max_size=3) | CONTENT | JSON,
        }
    ),
    st.fixed_dictionaries({"roots": st.lists(CONTENT, max_size=3) | JSON}),
)
QUESTIONS = {
    "every form": form_question("?", {"type": "object", "properties": EVERY_FORM}, None),
    "dataclass": form_question("?", Wish, None),
    "typed dict": form_question("?", Plan, None),
    "model": form_question("?", Address, None),
    "yes": form_question("?", None, None),
    "page": url_question("?", "https://a.example/", None),
    "sampling": sampling_question("?", Wishes(), None),
    "roots": roots_question(None),
}


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
@settings(max_examples=60, deadline=None)
@given(answer=ANSWERS)
def test_answer_is_a_value_or_refused_without_being_repeated(
    question: Question, answer: Any
) -> None:
    try:
        question.read(answer)
    except AnswerError as error:
        assert MARK not in str(error) and len(str(error)) < 500
