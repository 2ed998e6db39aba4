"""The filters of the list of jobs: by what the rows that somebody may see have, so a role has them too."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet

from accounts.models import User
from servers.admin.job_words import REASONS
from servers.jobs.states import ENDED, OPEN, State
from servers.models import Job, Server

MOST_CHOICES = 200
ANONYMOUS = "anonymous"
FAILED = Q(state=State.FAILED) | (Q(state=State.COMPLETED, is_error=True) & ~Q(reason=""))
"""The rows that `state_of` calls failed: also those whose client is told by a result."""

Rows = QuerySet[Job]


class StateFilter(admin.SimpleListFilter):
    """How it stands."""

    title, parameter_name = "state", "is"
    STATES = {
        "open": ("Open", Q(state__in=OPEN)),
        "queued": ("Queued", Q(state=State.QUEUED)),
        "working": ("Working", Q(state=State.WORKING)),
        "waiting": ("Waits for answers", Q(state=State.WAITING)),
        "ended": ("Ended", Q(state__in=ENDED)),
        "completed": ("Completed", Q(state=State.COMPLETED, is_error=False)),
        "said_no": ("The tool said no", Q(state=State.COMPLETED, is_error=True, reason="")),
        "failed": ("Failed", FAILED),
        "cancelled": ("Cancelled", Q(state=State.CANCELLED)),
    }

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, str]]:
        """Offer each."""
        return [(key, title) for key, (title, _) in self.STATES.items()]

    def queryset(self, request: Any, queryset: Rows) -> Rows:
        """Narrow to one."""
        chosen = self.STATES.get(self.value() or "")
        return queryset.filter(chosen[1]) if chosen else queryset


class ReasonFilter(admin.SimpleListFilter):
    """Why it ended otherwise than with its result."""

    title, parameter_name = "why it ended", "why"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, str]]:
        """Offer each."""
        return list(REASONS.items())

    def queryset(self, request: Any, queryset: Rows) -> Rows:
        """Narrow to one."""
        return queryset.filter(reason=self.value()) if self.value() in REASONS else queryset


def narrowed(queryset: Rows, field: str, value: str | None) -> Rows:
    """Return the rows with this value; what no database takes is in none."""
    if not value:
        return queryset
    return queryset.none() if "\0" in value else queryset.filter(**{field: value})


class ServerFilter(admin.SimpleListFilter):
    """The server that a row is of."""

    title, parameter_name = "server", "on"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, str]]:
        """Offer those that have rows."""
        seen = model_admin.get_queryset(request).order_by().values("server")
        rows = Server.objects.filter(pk__in=seen)[:MOST_CHOICES]
        return [(row.slug, str(row)) for row in rows]

    def queryset(self, request: Any, queryset: Rows) -> Rows:
        """Narrow to one."""
        return narrowed(queryset, "server__slug", self.value())


class ToolFilter(admin.SimpleListFilter):
    """The tool, by the name that clients call."""

    title, parameter_name = "tool", "tool"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, str]]:
        """Offer those that have jobs."""
        rows = model_admin.get_queryset(request).order_by("name")
        names = rows.values_list("name", flat=True).distinct()[:MOST_CHOICES]
        return [(name, name) for name in names]

    def queryset(self, request: Any, queryset: Rows) -> Rows:
        """Narrow to one."""
        return narrowed(queryset, "name", self.value())


class OwnerFilter(admin.SimpleListFilter):
    """Who asked for it."""

    title, parameter_name = "who asked", "by"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, str]]:
        """Offer people that have jobs, and nobody in particular."""
        seen = model_admin.get_queryset(request).order_by().values("user")
        rows = User.objects.filter(pk__in=seen).order_by("username")[:MOST_CHOICES]
        return [(ANONYMOUS, "anonymous"), *((row.username, row.username) for row in rows)]

    def queryset(self, request: Any, queryset: Rows) -> Rows:
        """Narrow to one; a person who is called "anonymous" is found by the search."""
        if self.value() == ANONYMOUS:
            return queryset.filter(user=None)
        return narrowed(queryset, "user__username", self.value())


FILTERS = (StateFilter, ServerFilter, ToolFilter, OwnerFilter, ReasonFilter)
