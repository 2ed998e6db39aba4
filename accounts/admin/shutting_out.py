"""What is asked before a person is shut out: it ends all they have, for good."""

from typing import Any

from django.contrib.admin.utils import unquote
from django.http import HttpRequest, HttpResponse

from accounts.models import User
from monitoring.admin.confirming import Question, ask_first, sent_so_far

SHUT_OUT = (
    "They are logged out, and their clients are refused, at once and on every process.",
    "Their tokens and connections end for good: who is let in again makes new ones.",
)


def ask_before_shutting_out(page: Any, request: Any, object_id: str) -> HttpResponse | None:
    """Return the page that asks, where a person's form was sent that takes "Active" away; else None.

    What is wrong with the form, or not for this person to do, is told by the form itself.
    """
    row = page.get_object(request, unquote(object_id))
    if row is None or not row.is_active or row == request.user or "is_active" in request.POST:
        return None
    if not page.has_change_permission(request, row) or not _is_fine(page, request, row):
        return None
    return ask_first(page, request, _question(request, page.get_object(request, str(row.pk))))


def _is_fine(page: Any, request: HttpRequest, row: User) -> bool:
    form = page.get_form(request, row, change=True)
    return bool(form(request.POST, request.FILES, instance=row).is_valid())


def _question(request: HttpRequest, row: User) -> Question:
    return Question(
        title=f"Shut out {row.username}",
        lead=f"Shut {row.username} out, and end all they have?",
        what_goes=[*SHUT_OUT, _held(row)],
        typed=row.username,
        word="Shut out",
        back=request.get_full_path(),
        carried=sent_so_far(request),
    )


def _held(row: User) -> str:
    tokens, connections = row.issued_tokens.filter(family=None).count(), row.consents.count()
    return (
        f"Now that is {tokens} token{'s' * (tokens != 1)} and {connections}"
        f" connection{'s' * (connections != 1)}."
    )
