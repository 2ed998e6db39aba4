"""Questions to clients of the initialize-based revisions: any process may take the answer."""

from servers.kept.expiry import after
from servers.models import PendingQuestion


def begin(session: str, name: str, seconds: float) -> None:
    """Keep that a question waits."""
    PendingQuestion.objects.create(session=session, name=name, expires_at=after(seconds))


def answer(session: str, name: str, answer: str) -> bool:
    """Keep an answer, the first one; return whether anybody waits for it."""
    rows = PendingQuestion.objects.filter(session=session, name=name, answer="")
    return rows.update(answer=answer) > 0


def answer_to(session: str, name: str) -> str:
    """Return the answer as it came, empty while there is none."""
    rows = PendingQuestion.objects.filter(session=session, name=name)
    return rows.values_list("answer", flat=True).first() or ""


def end(session: str, name: str) -> None:
    """Forget a question."""
    PendingQuestion.objects.filter(session=session, name=name).delete()
