"""The page that asks before a dangerous act on many rows, or that deletes none: a name typed again."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse

from monitoring.admin.deleting import ConfirmForm

SENT = ("sent", "1")
OWN = ("csrfmiddlewaretoken", "name", SENT[0])
"""What the page that asks sends of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """How the page asks, and what must be typed; `back` is where one goes from here, done or not.

    `carried` is what it sends once more, where it stands behind a form that said what is meant; `final`
    says whether it cannot be undone.
    """

    title: str
    lead: str
    what_goes: Sequence[str]
    typed: str
    word: str
    back: str
    carried: Sequence[tuple[str, str]] = ()
    final: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Act(Question):
    """A dangerous act: `do` takes the valid form and returns the sentence that tells what was done.

    `form` may have more fields than the name.
    """

    do: Callable[[Any], str]
    form: type[ConfirmForm] = ConfirmForm


@dataclass(frozen=True, slots=True)
class ActOnMany:
    """What is done to the rows that are selected in a list, for good.

    `action` is the list's name for it, `word` the button's ("Revoke"), `done` how it is told ("revoked");
    `do` does it to one row.
    """

    action: str
    word: str
    done: str
    what_goes: Sequence[str]
    do: Callable[[Any], object]


def ask_and_act(page: Any, request: HttpRequest, act: Act) -> HttpResponse:
    """Ask, and once the name is typed do it; `page` is a ServiceAdmin, who may is its caller's to check."""
    form = _form(request, act, act.form)
    if not form.is_valid():
        return _asked(page, request, act, form)
    told: list[str] = []
    if page.attempt(request, lambda: told.append(act.do(form))):
        messages.success(request, told[0])
    return HttpResponseRedirect(act.back)


def ask_first(page: Any, request: HttpRequest, question: Question) -> HttpResponse | None:
    """Ask in the middle of another page's act, with what that page was sent carried along; None once it
    is typed, then the act goes on."""
    form = _form(request, question, ConfirmForm)
    return None if form.is_valid() else _asked(page, request, question, form)


def sent_so_far(request: HttpRequest) -> list[tuple[str, str]]:
    """Return what a page was sent, to be carried along by a question that comes before it is done."""
    said = request.POST.lists()
    kept = [(name, text) for name, texts in said if name not in OWN for text in texts]
    return [*kept, SENT]


def ask_and_act_on_many(
    page: Any, request: HttpRequest, rows: QuerySet[Any], act: ActOnMany
) -> HttpResponse | None:
    """Ask, and once it is typed do it to each; None, which leads back to the list, once it was done.

    Of one row its name is typed, of more their number: who selected more than they saw reads it there.
    """
    count = rows.count()
    words = f"{count} {page.named(count)}"
    question = Question(
        title=f"{act.word} {words}",
        lead=f"{act.word} {words}?",
        what_goes=act.what_goes,
        typed=page.name_to_type(rows[0]) if count == 1 else words,
        word=act.word,
        back=request.get_full_path(),
        carried=carried(request, act.action),
    )
    form = _form(request, question, ConfirmForm)
    if not form.is_valid():
        return _asked(page, request, question, form)
    page.each(request, rows, act.do, act.done)
    return None


def _form(request: HttpRequest, question: Question, form: type[ConfirmForm]) -> ConfirmForm:
    """Return the form, filled in once it was sent itself: not by the form that it stands behind."""
    sent = SENT[0] in request.POST if question.carried else request.method == "POST"
    return form(request.POST if sent else None, expected=question.typed)


def carried(request: HttpRequest, action: str) -> list[tuple[str, str]]:
    """Return what a list is sent once more: which action, on which rows."""
    chosen = [(ACTION_CHECKBOX_NAME, key) for key in request.POST.getlist(ACTION_CHECKBOX_NAME)]
    across = request.POST.get("select_across", "0")
    return [("action", action), ("select_across", across), SENT, *chosen]


def _asked(page: Any, request: Any, question: Question, form: ConfirmForm) -> HttpResponse:
    """Return the page that asks."""
    request.current_app = page.admin_site.name
    context = {
        **page.admin_site.each_context(request),
        "title": question.title,
        "opts": page.opts,
        "act": question,
        "name": question.typed,
        "word": question.word,
        "what_goes": question.what_goes,
        "form": form,
    }
    status = 422 if form.errors else 200
    return TemplateResponse(request, "admin/hub/confirm.html", context, status=status)
