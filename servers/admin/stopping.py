"""The page that stops something: what kind, which one, and what its callers are told.

Links may come in at any step: `?kind=server`, `?kind=server&server=3`, `?server=demo`.
"""

from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.widgets import UnfoldAdminTextInputWidget

from accounts.address import public_base
from monitoring import asked
from monitoring.admin.deleting import ConfirmForm
from servers import services
from servers.models import Stop
from servers.services.stopping import Target
from servers.stoppable import LONGEST_QUERY, STOPPABLE, in_words, may_see, picked, search

MOST_FOUND = 20
EVERYTHING = str(Stop.Kind.EVERYTHING)
HAPPENS = {
    EVERYTHING: "No tool, resource or prompt of any server answers, for anybody.",
    "server": "Nothing on it answers, for anybody.",
    "source": "Nothing that comes from it answers, on any server.",
    "entry": "It answers nobody, on any server.",
    "user": "Nothing answers this person, through any client.",
    "client": "Nothing answers this client, for anybody.",
}
ALWAYS = (
    "It holds within a second on every process. Calls that are running end, and what they began may"
    " have happened.",
    "Who has access reads your reason; to everybody else nothing changes. Lists still show it, and"
    " streams that listen stay open.",
)


class StopForm(ConfirmForm):
    """Why; and to stop everything, the hub's name."""

    reason = forms.CharField(
        max_length=200,
        label="Reason",
        help_text="One sentence that callers, and the models they use, will read.",
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off", "autofocus": True}),
    )
    field_order = ("reason", "name")

    def __init__(self, *args: Any, expected: str) -> None:
        """Ask for the name only where one is expected."""
        super().__init__(*args, expected=expected)
        if expected:
            self.fields["name"].label = f"Type {expected} to go on"
            del self.fields["name"].widget.attrs["autofocus"]
        else:
            del self.fields["name"]


def stop_page(page: Any, request: Any) -> HttpResponse:
    """Lead through the steps; `page` is the ServiceAdmin of stops, who may is its caller's to check."""
    kind = _kind(request)
    if not kind:
        return _kinds(page, request)
    if kind == EVERYTHING:
        return _reason(page, request, kind, None)
    if not may_see(request.user, kind):
        raise PermissionDenied
    said = request.GET.get(kind, "")
    thing: Any = picked(kind, said) if said else None
    if said and thing is None:
        messages.warning(request, f"There is no such {STOPPABLE[kind].word}. Search for it.")
    return _found(page, request, kind) if thing is None else _reason(page, request, kind, thing)


def _kind(request: HttpRequest) -> str:
    """Return the kind that the address names, or that what it names is of."""
    kind = request.GET.get("kind", "")
    if kind in STOPPABLE or kind == EVERYTHING:
        return kind
    return next((each for each in STOPPABLE if request.GET.get(each)), "")


def _kinds(page: Any, request: Any) -> HttpResponse:
    """Offer the kinds that this person may see."""
    seen = [kind for kind in Stop.Kind if kind == EVERYTHING or may_see(request.user, kind)]
    kinds = [(kind.value, kind.label, HAPPENS[kind]) for kind in seen]
    return _shown(page, request, "What is to be stopped?", kinds=kinds)


def _found(page: Any, request: HttpRequest, kind: str) -> HttpResponse:
    """Offer the things of a kind that a search finds."""
    query = asked.words(request.GET.get("q", ""), LONGEST_QUERY)
    rows = list(search(kind, query)[: MOST_FOUND + 1])
    described = [(row.pk, str(row), STOPPABLE[kind].second(row)) for row in rows[:MOST_FOUND]]
    return _shown(
        page,
        request,
        f"Which {STOPPABLE[kind].word}?",
        kind=kind,
        word=STOPPABLE[kind].word,
        query=query,
        found=described,
        more=len(rows) > MOST_FOUND,
    )


def _reason(page: Any, request: Any, kind: str, thing: Target | None) -> HttpResponse:
    """Ask why; on POST stop it."""
    expected = urlsplit(public_base(request)).netloc if thing is None else ""
    form = StopForm(request.POST if request.method == "POST" else None, expected=expected)
    if form.is_valid():
        reason = form.cleaned_data["reason"]

        def act() -> None:
            services.stop(actor=request.user, target=thing, reason=reason)

        if page.attempt(request, act):
            messages.success(request, f"Stopped: {_words(kind, thing)}.")
        return HttpResponseRedirect(_back(page, request))
    return _shown(
        page,
        request,
        f"Stop {_words(kind, thing)}",
        form=form,
        lead=HAPPENS[kind],
        sentences=ALWAYS,
        status=422 if form.errors else 200,
    )


def _back(page: Any, request: HttpRequest) -> str:
    """Return where one goes from here: to the stops, for who may see them."""
    sees = page.has_view_permission(request)
    return reverse("admin:servers_stop_changelist" if sees else "admin:index")


def _words(kind: str, thing: Target | None) -> str:
    """Name a thing as a stop of it would."""
    return in_words(Stop(**{"kind": kind, **({kind: thing} if thing is not None else {})}))


def _shown(
    page: Any, request: HttpRequest, title: str, *, status: int = 200, **more: Any
) -> HttpResponse:
    """Return one step."""
    context = {
        **page.admin_site.each_context(request),
        "title": title,
        "opts": page.opts,
        "back": _back(page, request),
        **more,
    }
    request.current_app = page.admin_site.name
    return TemplateResponse(request, "admin/servers/stop.html", context, status=status)
