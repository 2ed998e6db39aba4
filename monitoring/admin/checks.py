"""Verifications of the trail: the last result, a button that begins one, and those before."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from unfold.decorators import display

from monitoring.admin import times
from monitoring.admin.base import ServiceAdmin
from monitoring.errors import CheckRefused
from monitoring.models import TrailCheck
from monitoring.trail.checking import (
    ALIVE,
    PERMISSION,
    begin_check,
    last_check,
    run_in_background,
    running_check,
)

STATES = {
    "Holds together": "success",
    "Does not hold together": "danger",
    "Could not be read": "warning",
    "Runs": "info",
    "Ended with its process": "warning",
}


class ResultFilter(admin.SimpleListFilter):
    """Those that found something, or nothing."""

    title, parameter_name = "result", "result"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, str]]:
        """Offer both."""
        return [("held", "Holds together"), ("broken", "Does not hold together")]

    def queryset(self, request: Any, queryset: Any) -> Any:
        """Narrow to the chosen one."""
        ended = queryset.exclude(ended_at=None)
        chosen = {"held": ended.filter(problems=0, detail=""), "broken": ended.exclude(problems=0)}
        return chosen.get(self.value() or "", queryset)


@admin.register(TrailCheck)
class TrailCheckAdmin(ServiceAdmin):
    """What verifications found; begun here or by manage.py audit_verify."""

    adds = changes = deletes = False
    empty_hint = "Press “Verify now”, or run manage.py audit_verify: what it finds is kept here."
    list_before_template = "admin/monitoring/checks.html"
    list_display = ("begun", "state", "events_read", "problems", "took")
    list_filter = (ResultFilter,)
    search_fields = ("detail__icontains",)
    search_help_text = "A word of what was found"
    ordering = ("-id",)
    sortable_by = ()
    fields = ("begun", "state", "events_read", "problems", "took", "detail")

    @display(description="begun")
    def begun(self, row: TrailCheck) -> str:
        """Show when it began."""
        return times.second(row.begun_at)

    @display(description="result", label=STATES)
    def state(self, row: TrailCheck) -> str:
        """Say what it came to."""
        return said(row)

    @display(description="events")
    def events_read(self, row: TrailCheck) -> str:
        """Show how many events were read."""
        return f"{row.events:,}"

    @display(description="took", empty_value="-")
    def took(self, row: TrailCheck) -> str | None:
        """Show how long it took."""
        return f"{(row.ended_at - row.begun_at).total_seconds():,.1f} s" if row.ended_at else None

    def get_urls(self) -> Any:
        """Add the button, and the part that is fetched again."""
        view = self.admin_site.admin_view
        return [
            path("verify/", view(self.verify_view), name="monitoring_trailcheck_verify"),
            path("state/", view(self.state_view), name="monitoring_trailcheck_state"),
            *super().get_urls(),
        ]

    def verify_view(self, request: Any) -> HttpResponse:
        """Begin a verification, unless one runs."""
        if not request.user.has_perm(PERMISSION):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        try:
            run_in_background(begin_check(actor=request.user))
        except CheckRefused as refusal:
            messages.warning(request, str(refusal))
        else:
            messages.success(request, "The verification runs. Its result appears below.")
        return HttpResponseRedirect(reverse("admin:monitoring_trailcheck_changelist"))

    def state_view(self, request: HttpRequest) -> HttpResponse:
        """Return the part of the page that changes by itself."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return render(request, "admin/monitoring/_check.html", shown())

    def changelist_view(self, request: Any, extra_context: Any = None) -> Any:
        """Show the last result above the list."""
        may = request.user.has_perm(PERMISSION)
        context = shown() if self.has_view_permission(request) else {}
        return super().changelist_view(
            request, {**context, "may_verify": may, **(extra_context or {})}
        )


def shown() -> dict[str, Any]:
    """Return what the part shows: the verification that runs, and the last result."""
    last = last_check()
    state = said(last) if last else ""
    return {
        "running": running_check(timezone.now()),
        "last": last,
        "state": state,
        "held": STATES.get(state) == "success",
    }


def said(check: TrailCheck) -> str:
    """Say in words what a verification came to."""
    if check.ended_at is None:
        alive = check.seen_at is not None and check.seen_at >= timezone.now() - ALIVE
        return "Runs" if alive else "Ended with its process"
    if check.problems:
        return "Does not hold together"
    return "Could not be read" if check.detail else "Holds together"
