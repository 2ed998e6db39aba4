"""Questions to clients of the initialize-based revisions: any process may take the answer."""

import logging
import re
import secrets

from django.db import DatabaseError

from servers.kept.expiry import after
from servers.models import PendingQuestion

log = logging.getLogger(__name__)
_NAME = re.compile(r"q[0-9a-f]{24}")


def new_name() -> str:
    """Return a name for a question: its JSON-RPC id, which was never one before."""
    return f"q{secrets.token_hex(12)}"


def is_name(text: str) -> bool:
    """Return whether a text looks like the name of a question; what does not is not looked for."""
    return _NAME.fullmatch(text) is not None


def begin(session: str, name: str, seconds: float) -> None:
    """Keep that a question waits."""
    PendingQuestion.objects.create(session=session, name=name, expires_at=after(seconds))


def answer(session: str, name: str, answer: str) -> bool:
    """Keep an answer, the first one; return whether anybody waits for it."""
    rows = PendingQuestion.objects.filter(session=session, name=name, answer="")
    return rows.update(answer=answer) > 0


def answer_to(session: str, name: str) -> str:
    """Return the answer as it came, empty while there is none, or none can be looked for."""
    rows = PendingQuestion.objects.filter(session=session, name=name)
    try:
        return rows.values_list("answer", flat=True).first() or ""
    except DatabaseError as error:
        log.warning("a client's answer could not be looked for: %s", error)
        return ""


def end(session: str, name: str) -> None:
    """Forget a question."""
    PendingQuestion.objects.filter(session=session, name=name).delete()
