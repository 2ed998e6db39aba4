"""Asking the person at the client: a form to fill in, or a page to open."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, Literal, TypeVar
from urllib.parse import urlsplit

from catalog.authoring.asking import Question, worded
from catalog.authoring.errors import AnswerError, AuthoringError
from catalog.authoring.form_types import typed_form
from catalog.authoring.forms import EMPTY, form_of

MESSAGE_LIMIT = 4_000
"""Characters: what a person reads before a form."""
URL_LIMIT = 2_000
"""Characters: what every browser opens."""
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
Action = Literal["accept", "decline", "cancel"]
Content = TypeVar("Content")


@dataclass(frozen=True, slots=True)
class Elicited(Generic[Content]):
    """What a person did: accepted, declined on purpose, or dismissed the question.

    `content` is what was filled in, as dict or as the type that was asked for; None unless accepted.
    Of a page it says nothing (an empty dict): accepted means that the person agreed to open it.
    """

    action: Action
    content: Content | None = None

    @property
    def accepted(self) -> bool:
        """Whether there is a content to go on with."""
        return self.action == "accept"


def form_question(message: str, schema: Any, key: str | None) -> Question:
    """Ask for a form: a JSON Schema as dict, sent as it is, or a flat type; None asks for a yes."""
    text = worded(message, MESSAGE_LIMIT, "the message")
    if schema is None or isinstance(schema, Mapping):
        form = form_of(EMPTY if schema is None else schema)
        sent, read = form.schema, form.read
    else:
        typed = typed_form(schema)
        sent, read = typed.form.schema, typed.read
    params = {"mode": "form", "message": text, "requestedSchema": sent}
    return Question("elicitation/create", params, "elicitation", partial(read_elicited, read), key)


def url_question(message: str, url: str, key: str | None) -> Question:
    """Ask to open a page; AuthoringError unless its address is a plain https one, or this machine's."""
    text = worded(message, MESSAGE_LIMIT, "the message")
    params = {"mode": "url", "message": text, "url": _checked(url)}
    read = partial(read_elicited, _nothing)
    return Question("elicitation/create", params, "elicitation.url", read, key)


def read_elicited(read: Callable[[Any], Any], answer: Any) -> Elicited[Any]:
    """Return what a person did; AnswerError where it is no ElicitResult, or does not fit."""
    action = answer.get("action") if isinstance(answer, dict) else None
    if action not in ("accept", "decline", "cancel"):
        raise AnswerError("action is neither 'accept' nor 'decline' nor 'cancel'")
    return Elicited(action, read(answer.get("content")) if action == "accept" else None)


def _nothing(content: Any) -> dict[str, Any]:
    """Read what comes with a page: nothing, whatever a client sends."""
    return {}


def _checked(url: str) -> str:
    """Return an address that people can be sent to.

    Not one with a name and password in it: clients show the host, and what stands before an @ is
    taken for it.
    """
    if not isinstance(url, str) or len(url) > URL_LIMIT or not url.isascii():
        raise AuthoringError(f"url is at most {URL_LIMIT} ASCII characters; percent-encode others")
    if not url.isprintable() or " " in url or "\\" in url:
        raise AuthoringError("url holds a blank, a backslash or a control character")
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError as error:
        raise AuthoringError("url is no address") from error
    if parts.scheme != "https" and (parts.scheme, host in LOOPBACK) != ("http", True):
        raise AuthoringError("url begins with https:// (http:// only for this machine)")
    if not host:
        raise AuthoringError("url names no host")
    if "@" in parts.netloc:
        raise AuthoringError("url holds a name or password before its host")
    return url
