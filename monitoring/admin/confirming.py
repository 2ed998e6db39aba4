"""The page that asks before a dangerous act on no single row, or that deletes none: name typed again."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse

from monitoring.admin.deleting import ConfirmForm


@dataclass(frozen=True, slots=True)
class Act:
    """A dangerous act: how the page asks, what must be typed, and what is done.

    `do` takes the valid form and returns the sentence that tells what was done. `form` may have more
    fields than the name. `back` is where one goes from here, done or not.
    """

    title: str
    lead: str
    what_goes: Sequence[str]
    typed: str
    word: str
    back: str
    do: Callable[[Any], str]
    form: type[ConfirmForm] = ConfirmForm


def ask_and_act(page: Any, request: HttpRequest, act: Act) -> HttpResponse:
    """Ask, and once the name is typed do it; `page` is a ServiceAdmin, who may is its caller's to check."""
    form = act.form(request.POST if request.method == "POST" else None, expected=act.typed)
    if form.is_valid():
        told: list[str] = []
        if page.attempt(request, lambda: told.append(act.do(form))):
            messages.success(request, told[0])
        return HttpResponseRedirect(act.back)
    context = {
        **page.admin_site.each_context(request),
        "title": act.title,
        "opts": page.opts,
        "act": act,
        "name": act.typed,
        "word": act.word,
        "what_goes": act.what_goes,
        "form": form,
    }
    request.current_app = page.admin_site.name
    status = 422 if form.errors else 200
    return TemplateResponse(request, "admin/hub/confirm.html", context, status=status)
