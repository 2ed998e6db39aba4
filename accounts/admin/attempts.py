"""Attempts to connect: who came how far, why no further, and what to do. Read only, and erasable."""

from collections.abc import Container
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone
from unfold.decorators import display

from accounts import services
from accounts.attempt_selectors import (
    AttemptFacts,
    State,
    connected,
    facts_for_admin,
    troubled,
)
from accounts.errors import AccountsError
from accounts.models import ConnectionAttempt, Step
from accounts.oauth.reasons import REASONS
from monitoring.admin import times
from monitoring.admin.base import ServiceAdmin
from monitoring.admin.confirming import ActOnMany, ask_and_act_on_many

COLOURS = {
    State.CONNECTED.value: "success",
    State.UNDER_WAY.value: "info",
    State.FAILED.value: "danger",
    State.STOPPED.value: "warning",
}


class OutcomeFilter(admin.SimpleListFilter):
    """Attempts that got through, or did not."""

    title, parameter_name = "outcome", "outcome"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, str]]:
        """Offer both."""
        return [("troubled", "Failed or stopped"), ("connected", "Connected")]

    def queryset(
        self, request: Any, queryset: QuerySet[ConnectionAttempt]
    ) -> QuerySet[ConnectionAttempt]:
        """Narrow by how it ended."""
        match self.value():
            case "troubled":
                return queryset.filter(troubled(timezone.now()))
            case "connected":
                return queryset.filter(connected())
        return queryset


class StepFilter(admin.SimpleListFilter):
    """How far it came."""

    title, parameter_name = "last step", "step"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, str]]:
        """Offer the steps in their order."""
        return [(step.value, str(step.label)) for step in Step]

    def queryset(
        self, request: Any, queryset: QuerySet[ConnectionAttempt]
    ) -> QuerySet[ConnectionAttempt]:
        """Narrow by the last step."""
        return _narrowed(queryset, self.value(), Step.values, "last_step")


class ReasonFilter(admin.SimpleListFilter):
    """Why it failed; the reasons are a table, so the rows need not be asked."""

    title, parameter_name = "reason", "reason"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, str]]:
        """Offer every reason a step can have."""
        return [(code, reason.label) for code, reason in REASONS.items()]

    def queryset(
        self, request: Any, queryset: QuerySet[ConnectionAttempt]
    ) -> QuerySet[ConnectionAttempt]:
        """Narrow by the reason."""
        return _narrowed(queryset, self.value(), REASONS, "reason")


def _narrowed(
    rows: QuerySet[ConnectionAttempt], asked: str | None, known: Container[str], field: str
) -> QuerySet[ConnectionAttempt]:
    """Return the rows with the value asked for; none for one that there is not."""
    if not asked:
        return rows
    return rows.filter(**{field: asked}) if asked in known else rows.none()


@admin.register(ConnectionAttempt)
class ConnectionAttemptAdmin(ServiceAdmin):
    """The connection doctor, for everybody's attempts."""

    refusals = (AccountsError,)
    adds = changes = False
    delete_word = "Erase"
    empty_hint = "A client appears here within seconds of its first request without a valid token."
    list_display = ("when", "person", "client_name", "to", "state", "came_to", "problem")
    list_filter = (OutcomeFilter, StepFilter, ReasonFilter)
    search_fields = ("user__username", "client__name", "steps__address__startswith")
    search_help_text = "A person, a client or the beginning of an address"
    ordering = ("-last_at", "-id")
    sortable_by = ()
    fields = ("timeline", "person", "client_name", "to", "addresses", "user_agent", "begun_at")
    actions = ("erase",)

    class Media:
        css = {"all": ("mcphub/attempts.css",)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[ConnectionAttempt]:
        """Return the attempts with whose they are; what this process has just noted is among them."""
        services.write_noted()
        rows: QuerySet[ConnectionAttempt] = super().get_queryset(request)
        return rows.select_related("user", "client")

    def complete(self, rows: Any) -> None:
        """Give each attempt what is told of it."""
        _tell(rows)

    def remove(self, request: Any, row: ConnectionAttempt) -> None:
        """Erase the attempt."""
        services.erase_attempt(actor=request.user, attempt=row)

    def what_goes(self, row: ConnectionAttempt) -> list[str]:
        """Say what erasing means."""
        return ["Its steps and the address in it go for good; what the client may do stays."]

    @admin.action(description="Erase…", permissions=("delete",))
    def erase(self, request: Any, queryset: QuerySet[ConnectionAttempt]) -> HttpResponse | None:
        """Ask, and erase each of the selected."""
        act = ActOnMany(
            "erase",
            "Erase",
            "erased",
            ["Their steps and the addresses in them go for good; what clients may do stays."],
            lambda row: self.remove(request, row),
        )
        return ask_and_act_on_many(self, request, queryset, act)

    @display(description="when")
    def when(self, row: ConnectionAttempt) -> str:
        """Show when something happened last."""
        return times.second(row.last_at)

    @display(description="person")
    def person(self, row: Any) -> str:
        """Name whose it is."""
        return row.told.person or "nobody yet"

    @display(description="client")
    def client_name(self, row: Any) -> str:
        """Name the client, or what it calls itself."""
        return row.told.client or row.user_agent or "unknown"

    @display(description="server")
    def to(self, row: Any) -> str:
        """Name the server."""
        return str(row.told.server) if row.server else "unknown"

    @display(description="came from", empty_value="-")
    def addresses(self, row: Any) -> str:
        """Name where its steps came from: the browser may sit elsewhere than the client."""
        return ", ".join(row.told.addresses)

    @display(description="state", label=COLOURS)
    def state(self, row: Any) -> str:
        """Say how it stands."""
        return str(row.told.state)

    @display(description="how far it came")
    def came_to(self, row: ConnectionAttempt) -> str:
        """Say how far it came."""
        return row.get_last_step_display()

    @display(description="why no further", empty_value="-")
    def problem(self, row: Any) -> str | None:
        """Say why it came no further."""
        return row.told.reason.what if row.told.reason else None

    @display(description="what happened")
    def timeline(self, row: Any) -> str:
        """Show the way it came, station by station."""
        shown = {"attempt": row.told, "for_admin": True}
        return render_to_string("admin/accounts/timeline.html", shown)


def _tell(rows: Any) -> None:
    """Give each row what is told of it."""
    told: list[AttemptFacts] = facts_for_admin(rows)
    for row, facts in zip(rows, told, strict=True):
        row.told = facts
