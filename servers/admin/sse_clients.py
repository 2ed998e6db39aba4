"""Clients that still connect by HTTP+SSE, read only: who has to move before the transport can go."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.decorators import display

from accounts.address import public_base
from monitoring.admin import times
from monitoring.admin.base import ServiceAdmin
from servers import sse_clients
from servers.admin.job_filters import ServerFilter
from servers.models import SSEClient

Rows = QuerySet[SSEClient]
MOMENTS = ("first_used", "last_used")


class UsedFilter(admin.SimpleListFilter):
    """Whether it came lately."""

    title, parameter_name = "last used", "used"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, str]]:
        """Offer both."""
        return [("lately", "In the last 30 days"), ("before", "Before")]

    def queryset(self, request: Any, queryset: Rows) -> Rows:
        """Narrow by when it came last."""
        match self.value():
            case "lately":
                return sse_clients.lately(queryset)
            case "before":
                return queryset.exclude(pk__in=sse_clients.lately().order_by().values("pk"))
        return queryset


@admin.register(SSEClient)
class SSEClientAdmin(ServiceAdmin):
    """One row for each client of a person on a server, the last to come first."""

    adds = changes = deletes = False
    empty_hint = (
        "No client uses the deprecated transport. One that connects to /mcp/NAME/sse appears here within"
        " seconds."
    )
    list_before_template = "admin/servers/sse_clients.html"
    list_display = ("named", "server", "who", "last_used", "first_used", "connects_shown")
    list_display_links = ("named",)
    list_filter = (UsedFilter, ServerFilter)
    list_select_related = ("server", "user")
    search_fields = ("name__icontains", "agent__icontains", "user__username", "server__slug")
    search_help_text = "A client, a user agent, a person or a server"
    ordering = ("-last_used_at", "-id")

    def get_queryset(self, request: HttpRequest) -> Rows:
        """Return the clients; what this process has just noted is among them."""
        sse_clients.write_noted()
        rows: Rows = super().get_queryset(request)
        return rows

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Count, above the list, who came lately, of those that this person may see."""
        changelist: Any = super().get_changelist_instance(request)
        changelist.lately = sse_clients.lately(self.get_queryset(request)).count()
        return changelist

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Name the person so that the name leads there, and nobody in words."""
        user = "user" if obj is not None and obj.user else "who"
        return ("name", "agent", "server", user, *MOMENTS, "connects_shown", "instead")

    def get_object(self, request: Any, object_id: str, from_field: Any = None) -> Any:
        """Return a client, and under which address it would connect instead."""
        row = super().get_object(request, object_id, from_field)
        if row is not None:
            row.address = f"{public_base(request)}{row.server.path}"
        return row

    @display(description="client", ordering="name", header=True)
    def named(self, row: SSEClient) -> tuple[str, str]:
        """Give what it calls itself, and below it its User-Agent."""
        return row.name, row.agent

    @display(description="user", ordering="user__username")
    def who(self, row: SSEClient) -> str:
        """Name the person."""
        return row.user.username if row.user else "anonymous"

    @display(description="last used", ordering="last_used_at")
    def last_used(self, row: SSEClient) -> str:
        """Show when it came last."""
        return times.minute(row.last_used_at)

    @display(description="first used", ordering="first_used_at")
    def first_used(self, row: SSEClient) -> str:
        """Show when it came first."""
        return times.minute(row.first_used_at)

    @display(description="connects", ordering="connects")
    def connects_shown(self, row: SSEClient) -> str:
        """Show how often it came."""
        return f"{row.connects:,}"

    @display(description="moves to")
    def instead(self, row: Any) -> str:
        """Give the address for Streamable HTTP."""
        return str(row.address)
