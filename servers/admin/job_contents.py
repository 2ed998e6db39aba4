"""What went into a job and came out of it, masked as what is recorded of calls: for who may see that.

The row keeps it whole, as its worker and its client need it; a page never shows it so.
"""

import json
from dataclasses import dataclass, field
from typing import Any

from catalog.models import Definition
from monitoring.admin.contents import PERMISSION, laid
from monitoring.recorded import names
from monitoring.recorded.masking import Given, mask_arguments, mask_result
from servers.admin.job_words import read
from servers.hiding import Hidden, Hiding, hidden_in
from servers.jobs.boxes import Unreadable, opened
from servers.jobs.states import State
from servers.models import Job

METHODS = {
    "elicitation/create": "A form, or an address to open",
    "sampling/createMessage": "A message from the client's model",
    "roots/list": "The client's folders",
}


@dataclass(frozen=True, slots=True)
class Asks:
    """An open question: what kind, its sentence, and all of it."""

    key: str
    kind: str
    message: str
    params: str


@dataclass(frozen=True, slots=True)
class Contents:
    """What is shown; `hidden` for who may not see it. Texts are masked JSON, laid out.

    `pages` are those of a large result, of which `result` is what was told in its place.
    """

    hidden: bool
    arguments: str = ""
    unreadable: bool = False
    result: str = ""
    pages: int = 0
    error: str = ""
    questions: int = 0
    answered: int = 0
    asks: tuple[Asks, ...] = field(default_factory=tuple)


def may_see(user: Any) -> bool:
    """Tell whether somebody may see what was recorded of calls, and so this."""
    return bool(user.has_perm(PERMISSION))


def of(job: Job, user: Any) -> Contents:
    """Return what a job took and gave, as far as this person may see it."""
    asked, answered = read(job.asked), read(job.answers)
    asked = asked if isinstance(asked, dict) else {}
    counts = len(asked), len(answered) if isinstance(answered, dict) else 0
    if not may_see(user):
        return Contents(True, questions=counts[0], answered=counts[1])
    hiding = _hiding(job)
    given, unreadable = _given(job, hiding.given)
    return Contents(
        False,
        laid(given.text),
        unreadable,
        _result(job, hiding.result, given),
        job.parts.count(),
        _error(job, hiding.result, given),
        *counts,
        tuple(_asks(key, one, hiding.result, given) for key, one in asked.items()),
    )


def message_of(job: Job) -> str:
    """Return the sentence of its progress: a tool's own words, without what looks like a secret."""
    return (
        _masked(job.message, Hidden(frozenset(), False, _words()), Given("")) if job.message else ""
    )


def _hiding(job: Job) -> Hiding:
    """Return what its definition hides; of one that is gone everything is."""
    words = _words()
    body = Definition.objects.filter(pk=job.sha256).values_list("body", flat=True).first()
    found = hidden_in(job.sha256, json.loads(body)) if body is not None else None
    if found is not None:
        return found
    everything = Hidden(frozenset(), True, words)
    return Hiding(words, None, everything, everything)


def _words() -> names.Words:
    if names.known() is None:
        names.refresh()
    return names.known() or names.Words()


def _given(job: Job, hides: Hidden) -> tuple[Given, bool]:
    try:
        return mask_arguments(opened(job.arguments, job.public_id), hides), False
    except (Unreadable, ValueError):
        return Given("", None), True


def _result(job: Job, hides: Hidden, given: Given) -> str:
    """Return what it gave, in the form that a call's result is recorded in."""
    if job.state != State.COMPLETED or not job.result:
        return ""
    kept = read(job.result)
    if not isinstance(kept, list) or len(kept) != 2:
        return ""
    whole = {"content": kept[0], "structuredContent": kept[1], "isError": job.is_error}
    plain = {key: value for key, value in whole.items() if value is not None and value is not False}
    return laid(mask_result(plain, hides, given))


def _error(job: Job, hides: Hidden, given: Given) -> str:
    told = read(job.error)
    return laid(mask_result(told, hides, given)) if isinstance(told, dict) else ""


def _asks(key: str, asked: Any, hides: Hidden, given: Given) -> Asks:
    asked = asked if isinstance(asked, dict) else {}
    params = asked.get("params")
    method = str(asked.get("method", ""))
    message = params.get("message") if isinstance(params, dict) else None
    return Asks(
        key,
        METHODS.get(method, method),
        _masked(message, hides, given) if isinstance(message, str) else "",
        laid(mask_result(params, hides, given)),
    )


def _masked(text: str, hides: Hidden, given: Given) -> str:
    """Return a text as it may be shown."""
    return str(json.loads(mask_result(text, hides, given)))
