"""Access tokens: listed without their values, minted for somebody, revoked."""

from typing import Any

from django.contrib import admin
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from unfold.decorators import display

from accounts import services
from accounts.admin.minting import mint_page
from accounts.errors import AccountsError
from accounts.models import IssuedToken
from accounts.oauth.directory import directory
from accounts.words import words_of
from monitoring.admin import times
from monitoring.admin.base import ServiceAdmin
from monitoring.admin.confirming import ActOnMany, ask_and_act_on_many

STATES = {"Valid": "success", "Expired": "warning", "Refused": "danger"}


class ExpiryFilter(admin.SimpleListFilter):
    """Tokens that still open something, or no longer."""

    title, parameter_name = "state", "state"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, str]]:
        """Offer both."""
        return [("valid", "Valid"), ("expired", "Expired")]

    def queryset(self, request: Any, queryset: QuerySet[IssuedToken]) -> QuerySet[IssuedToken]:
        """Narrow by the moment it expires."""
        match self.value():
            case "valid":
                return queryset.filter(access_token__expires__gt=timezone.now())
            case "expired":
                return queryset.filter(access_token__expires__lte=timezone.now())
        return queryset


@admin.register(IssuedToken)
class IssuedTokenAdmin(ServiceAdmin):
    """Tokens; the value of one exists on the page that minted it, and nowhere else."""

    refusals = (AccountsError,)
    changes = False
    delete_word = "Revoke"
    empty_hint = "Mint one for a person, or let people make their own under My tokens."
    list_display = ("name", "person", "opens", "state", "origin", "expires", "used")
    list_filter = (ExpiryFilter, "origin")
    search_fields = ("name", "user__username")
    search_help_text = "A token's or a person's name"
    fields = ("name", "person", "opens", "may", "state", "origin", "created_at", "expires", "used")
    actions = ("revoke",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[IssuedToken]:
        """Return the tokens with whose they are; the value's hash is not read at all."""
        rows: QuerySet[IssuedToken] = super().get_queryset(request)
        rows = rows.select_related("user", "access_token").only(
            *(field.name for field in IssuedToken._meta.concrete_fields),
            "user__username",
            "user__is_active",
            "user__is_superuser",
            "access_token__expires",
            "access_token__scope",
        )
        return rows.annotate(until=F("access_token__expires"))

    def complete(self, rows: Any) -> None:
        """Name the servers, which this room does not know."""
        name_servers(rows)

    def add_view(self, request: Any, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Mint a token for somebody and show it once."""
        return mint_page(request, self)

    def remove(self, request: Any, row: IssuedToken) -> None:
        """Revoke the token."""
        # Lists read their rows in part, and deletion announces the hash they leave out.
        whole = IssuedToken.objects.select_related("user", "access_token").get(pk=row.pk)
        services.revoke_token(actor=request.user, issued=whole)

    def what_goes(self, row: IssuedToken) -> list[str]:
        """Say what revoking means."""
        return [f"Clients of {row.user.username} that use it are refused at once."]

    @admin.action(description="Revoke…", permissions=("delete",))
    def revoke(self, request: Any, queryset: QuerySet[IssuedToken]) -> HttpResponse | None:
        """Ask, and revoke each of the selected."""
        act = ActOnMany(
            "revoke",
            "Revoke",
            "revoked",
            ["Clients and scripts that use them are refused at once."],
            lambda row: self.remove(request, row),
        )
        return ask_and_act_on_many(self, request, queryset, act)

    @display(description="person", ordering="user__username")
    def person(self, row: IssuedToken) -> str:
        """Name whose it is."""
        return row.user.username

    @display(description="opens", ordering="server")
    def opens(self, row: Any) -> str:
        """Name the one server it opens."""
        return row.slug or "a server that is gone"

    @display(description="may")
    def may(self, row: IssuedToken) -> str:
        """Say what it may do."""
        return "\n".join(str(words) for words in words_of(row.access_token.scope.split()))

    @display(description="state", label=STATES)
    def state(self, row: IssuedToken) -> str:
        """Say whether it opens anything."""
        if row.access_token.expires <= timezone.now():
            return "Expired"
        return "Valid" if row.user.is_active else "Refused"

    @display(description="expires", ordering="access_token__expires")
    def expires(self, row: IssuedToken) -> str:
        """Say until when."""
        return times.day(row.access_token.expires)

    @display(description="last used", ordering="last_used_at")
    def used(self, row: IssuedToken) -> str:
        """Say when it last came."""
        return times.minute(row.last_used_at)


def name_servers(rows: Any) -> None:
    """Give each row the slug of its server; None where the server is gone."""
    servers = directory().by_public_ids({row.server for row in rows})
    for row in rows:
        row.slug = servers[row.server].slug if row.server in servers else None
