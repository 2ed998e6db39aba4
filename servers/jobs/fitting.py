"""Whether a client's answer fits the question of a job that it is for.

Judged when it comes, by the readers that the job itself reads it with: a client that made a mistake is
told so and may answer again, where the job could only fail. What an author's own types want besides
is known to the job alone.
"""

from collections.abc import Callable, Mapping
from typing import Any

from catalog.authoring.eliciting import read_elicited
from catalog.authoring.errors import AnswerError
from catalog.authoring.forms import form_of
from catalog.authoring.roots import read_roots
from catalog.authoring.sampled import read_sampled

Params = Mapping[str, Any]


def misfit(asked: Mapping[str, Any], answer: Any) -> str:
    """Return what is wrong with an answer to a question as its row keeps it, empty if it fits."""
    try:
        _READERS[asked["method"]](asked["params"], answer)
    except AnswerError as error:
        return str(error)
    return ""


def _elicited(params: Params, answer: Any) -> None:
    schema = params.get("requestedSchema")
    read_elicited(_nothing if schema is None else form_of(schema).read, answer)


def _nothing(_content: Any) -> None:
    """Take what comes with a page that was opened: nothing is read of it."""


_READERS: dict[str, Callable[[Params, Any], Any]] = {
    "elicitation/create": _elicited,
    "sampling/createMessage": lambda _params, answer: read_sampled(answer),
    "roots/list": lambda _params, answer: read_roots(answer),
}
