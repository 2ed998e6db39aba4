"""The page, and the part of it that is fetched again every few seconds."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from accounts.models import IssuedToken, User
from catalog.models import Entry, Source
from mcphub.overview import lately, usage, work
from mcphub.overview.steps import first_minutes
from monitoring import health
from monitoring.admin.checks import said
from monitoring.trail.checking import last_check
from monitoring.usage.reading import SPANS
from servers import sse_clients
from servers.models import Server

PROBLEMS = 5
PERMISSIONS = {
    "problems": "catalog.view_source",
    "events": "monitoring.view_auditevent",
    "usage": "monitoring.view_rollup",
    "checks": "monitoring.view_trailcheck",
    "jobs": "servers.view_job",
    "sse_clients": "servers.view_sseclient",
}
"""What each part is made of, and the permission that shows it."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A number on a card, with where it leads."""

    title: str
    number: int
    url: str
    icon: str


def dashboard(request: Any, context: dict[str, Any]) -> dict[str, Any]:
    """Add what the first page shows of what this person may see."""
    span = request.GET.get("span", "")
    span = span if span in SPANS else "hour"
    context |= {"span": span, "spans": SPANS, "part_url": f"{reverse('overview')}?span={span}"}
    return context | parts(request.user, span)


def part(request: Any) -> HttpResponse:
    """Return the part of the page that changes by itself."""
    span = request.GET.get("span", "")
    context = parts(request.user, span if span in SPANS else "hour")
    return render(request, "admin/hub/overview.html", context)


def parts(user: Any, span: str) -> dict[str, Any]:
    """Return what this person may see, as the template shows it."""
    may = {name: user.has_perm(permission) for name, permission in PERMISSIONS.items()}
    context: dict[str, Any] = {"steps": first_minutes(user), "figures": _figures(user)}
    if may["sse_clients"]:
        context["figures"] += _still_on_sse()
    if may["problems"]:
        context["problems"] = Source.objects.exclude(problem="").order_by("name")[:PROBLEMS]
    if may["jobs"]:
        context["work"] = work.shown()
    if may["usage"]:
        context |= usage.shown(
            SPANS[span], timezone.now(), links=user.has_perm("catalog.view_entry")
        )
        context["health"] = health.report()
    if may["events"]:
        context["lately"] = (
            ("Denied lately", lately.denials(), "?verdict=deny"),
            ("Went wrong lately", lately.failures(), "?outcome=wrong"),
        )
        context["changes"] = lately.changes()
    if may["checks"]:
        context["check"] = check = last_check()
        context["check_said"] = said(check) if check else ""
    return context


def _figures(user: Any) -> list[Figure]:
    served = Q(enabled=True, state=Entry.State.ACTIVE, source__enabled=True)
    counted: tuple[tuple[str, str, str, str, QuerySet[Any]], ...] = (
        ("Servers on", "servers.view_server", "servers_server", "dns",
         Server.objects.filter(enabled=True)),
        ("Tools on", "catalog.view_entry", "catalog_tool", "build",
         Entry.objects.filter(served, kind=Entry.Kind.TOOL)),
        ("People", "accounts.view_user", "accounts_user", "person",
         User.objects.filter(is_active=True)),
        ("Tokens", "accounts.view_issuedtoken", "accounts_issuedtoken", "key",
         IssuedToken.objects.all()),
    )  # fmt: skip
    return [
        Figure(title, rows.count(), reverse(f"admin:{name}_changelist"), icon)
        for title, permission, name, icon, rows in counted
        if user.has_perm(permission)
    ]


def _still_on_sse() -> list[Figure]:
    """Return how many clients still use the deprecated transport, and nothing once none does."""
    number = sse_clients.lately().count()
    said = "client still uses" if number == 1 else "clients still use"
    url = reverse("admin:servers_sseclient_changelist", query={"used": "lately"})
    figure = Figure(f"{said} the deprecated transport", number, url, "history_toggle_off")
    return [figure] if number else []
