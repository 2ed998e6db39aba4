"""The live view: calls as they come in, read from the audit trail, so those of every process.

The page polls a fragment with what is newer than it knows. Nothing is told by the corridor: while
nobody looks, nothing is done.
"""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from unfold.decorators import action
from unfold.widgets import UnfoldAdminTextInputWidget

from monitoring import asked, labels
from monitoring.admin import roles, words
from monitoring.admin.why import may_ask, why_address
from monitoring.calls import SHOWN, clients_called, newest, people_called

TONES = {"ok": "good", "allow": "good", "cancelled": "plain", "input_required": "plain"}
TONES |= {"error": "warn", "timeout": "warn", "deny": "bad", "denied": "bad", "failed": "bad"}
SIGNS = {"good": "check", "plain": "remove", "warn": "warning", "bad": "block"}
ENDINGS = {"input_required": "Asked the client"}
NAME = "monitoring_auditevent_live"


class LiveForm(forms.Form):
    """Whose calls are shown; what is left empty narrows nothing."""

    server = forms.CharField(required=False, max_length=64, label="Server")
    user = forms.CharField(required=False, max_length=255, label="Person")
    client = forms.CharField(required=False, max_length=255, label="Client")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        places = {"server": "its address", "user": "a user name", "client": "a name, or an id"}
        for name, place in places.items():
            attrs = {"placeholder": place, "autocomplete": "off"}
            self.fields[name].widget = UnfoldAdminTextInputWidget(attrs=attrs)

    def narrowed(self) -> dict[str, Any]:
        """Return what is asked for as the trail's columns have it; of nobody known, nothing is found."""
        if not self.is_valid():
            return {"pk": None}
        asked = self.cleaned_data
        found: dict[str, Any] = {"server": asked["server"]} if asked["server"] else {}
        if asked["user"]:
            found["user__in"] = people_called(asked["user"])
        if asked["client"]:
            found["client__in"] = clients_called(asked["client"])
        return found


def urls(page: Any) -> list[URLPattern]:
    """Return the addresses of the view, for the admin page of events."""
    wrap = page.admin_site.admin_view
    return [
        path("live/", wrap(lambda request: _page(page, request)), name=NAME),
        path("live/rows/", wrap(lambda request: _rows(page, request)), name=f"{NAME}_rows"),
    ]


def may_see(user: Any) -> bool:
    """Tell whether somebody may see calls: all of them by a permission, or by a role those of a team."""
    by_role = roles.opened(user, "monitoring.auditevent", "view") is not None
    return by_role or bool(user.has_perm("monitoring.view_auditevent"))


def permitted(page: Any, request: Any, obj: Any = None) -> bool:
    """Tell whether they may see calls; a page's `has_live_permission`."""
    return may_see(request.user)


def leading_to(named: Callable[[Any], dict[str, object]]) -> Any:
    """Return the act of a row's page that leads to its calls; `named` says what the view is asked for."""

    @action(description="Live calls", url_path="calls", icon="graphic_eq", permissions=("live",))
    def live_calls(page: Any, request: HttpRequest, object_id: str) -> HttpResponse:
        asks = named(page.seen(request, object_id))
        return HttpResponseRedirect(reverse(f"admin:{NAME}", query=asks))

    return live_calls


def _page(page: Any, request: HttpRequest) -> HttpResponse:
    """Show the newest calls, with what the script needs to ask for more."""
    _require(page, request)
    form = LiveForm(request.GET)
    calls = _calls(page, request, form, 0)
    asked = {name: form[name].value() for name in form.fields if form[name].value()}
    context = {
        **page.admin_site.each_context(request),
        "title": "Live",
        "opts": page.opts,
        "form": form,
        "calls": calls,
        "asked": asked,
        "client_name": next(
            (one.client_name for one in calls if one.client == asked.get("client")), ""
        ),
        "rows_url": f"{reverse(f'admin:{NAME}_rows')}?{urlencode(asked)}",
        "after": calls[-1].pk if calls else 0,
        "most": SHOWN,
    }
    return TemplateResponse(request, "admin/monitoring/live.html", context)


def _rows(page: Any, request: HttpRequest) -> HttpResponse:
    """Return the rows that are newer than the page has."""
    _require(page, request)
    known = asked.key(request.GET.get("after", "")) or 0
    calls = _calls(page, request, LiveForm(request.GET), known)
    answer = render(request, "admin/monitoring/_calls.html", {"calls": calls})
    answer["Cache-Control"] = "no-store"
    return answer


def _require(page: Any, request: HttpRequest) -> None:
    if not page.has_view_permission(request):
        raise PermissionDenied


def _calls(page: Any, request: HttpRequest, form: LiveForm, after: int) -> list[Any]:
    """Return the calls as they are shown, with the names of their clients."""
    found: list[Any] = newest(page.get_queryset(request), form.narrowed(), after)
    names = labels.names("client", {event.client for event in found if event.client})
    asks = may_ask(request.user)
    for event in found:
        _describe(page, event)
        event.why_url = why_address(event) if asks else ""
        event.client_name = names.get(event.client) or event.client[:8]
    return found


def _describe(page: Any, event: Any) -> None:
    """Give an event the words that the rows show."""
    event.at = timezone.localtime(event.at)
    event.person = page.who(event)
    event.done = words.of_action(event.action)
    event.about = words.subject(event.entry, event.data)
    event.judged = page.judged(event)
    event.judged_tone = TONES.get(event.verdict, "plain")
    event.ended = ENDINGS.get(event.outcome) or page.ended(event)
    event.ended_tone = TONES.get(event.outcome, "plain")
    event.ended_sign = SIGNS[event.ended_tone]
    event.ended_shown = event.verdict != "deny" or not event.reason  # a denial says it once
    event.took_text = "" if event.duration_us is None else lasted(event.duration_us)
    event.why = words.REASONS.get(event.reason, event.reason)


def lasted(microseconds: int) -> str:
    """Write a duration as people say it."""
    if microseconds < 100:
        return "< 0.1 ms"
    if microseconds < 1_000_000:
        return f"{microseconds / 1_000:,.1f} ms"
    return f"{microseconds / 1_000_000:,.1f} s"
