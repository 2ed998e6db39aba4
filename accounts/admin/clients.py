"""MCP clients that people authorize: seen, blocked, let in again."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from unfold.decorators import display

from accounts import services
from accounts.errors import AccountsError
from accounts.models import OAuthClient
from monitoring.admin.base import ServiceAdmin, ServiceForm

STATES = {"Let in": "success", "Blocked": "danger"}


class ClientForm(ServiceForm):
    """All there is to decide about a client."""

    class Meta:
        model = OAuthClient
        fields = ("blocked",)


@admin.register(OAuthClient)
class OAuthClientAdmin(ServiceAdmin):
    """Clients, and whether they may call."""

    form = ClientForm
    refusals = (AccountsError,)
    adds = deletes = False
    empty_hint = "A client appears here when the first person authorizes it."
    list_display = ("name_or_id", "client_id", "state", "tokens", "created")
    list_filter = ("blocked", "client_type")
    search_fields = ("name", "client_id")
    search_help_text = "A name or an id"
    readonly_fields = ("name_or_id", "client_id", "client_type", "redirect_uris", "tokens")
    fields = (*readonly_fields, "blocked")
    actions = ("block", "unblock")

    def get_queryset(self, request: HttpRequest) -> QuerySet[OAuthClient]:
        """Return the clients with the number of their tokens."""
        rows: QuerySet[OAuthClient] = super().get_queryset(request)
        counted: QuerySet[Any] = rows.annotate(held=Count("accesstoken"))
        return counted

    def update(self, request: Any, row: OAuthClient, form: Any) -> None:
        """Block, or let in again."""
        blocked = form.cleaned_data["blocked"]
        change = services.block_client if blocked else services.unblock_client
        change(actor=request.user, client=row)

    @admin.action(description="Block: refuse all their tokens", permissions=("change",))
    def block(self, request: Any, queryset: QuerySet[OAuthClient]) -> None:
        """Block each of the selected."""

        def act(row: OAuthClient) -> None:
            services.block_client(actor=request.user, client=row)

        self.each(request, queryset, act, "blocked")

    @admin.action(description="Let in again", permissions=("change",))
    def unblock(self, request: Any, queryset: QuerySet[OAuthClient]) -> None:
        """Let in each of the selected."""

        def act(row: OAuthClient) -> None:
            services.unblock_client(actor=request.user, client=row)

        self.each(request, queryset, act, "let in again")

    @display(description="client", ordering="name")
    def name_or_id(self, row: OAuthClient) -> str:
        """Name the client."""
        return str(row)

    @display(description="state", label=STATES, ordering="blocked")
    def state(self, row: OAuthClient) -> str:
        """Say whether it may call."""
        return "Blocked" if row.blocked else "Let in"

    @display(description="tokens", ordering="held")
    def tokens(self, row: Any) -> int:
        """Count the tokens it holds."""
        return int(row.held)
