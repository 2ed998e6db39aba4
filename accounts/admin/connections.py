"""Connections: which person allowed which client on which server; seen, and taken back."""

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from unfold.decorators import action, display

from accounts import services
from accounts.admin.ending import end_page, everything_page
from accounts.admin.tokens import name_servers
from accounts.connections import with_living
from accounts.errors import AccountsError
from accounts.models import Consent
from accounts.oauth.directory import directory
from accounts.oauth.provenance import TITLES, provenance_of
from accounts.words import words_of
from monitoring.admin import times
from monitoring.admin.base import ServiceAdmin
from monitoring.admin.confirming import ActOnMany, ask_and_act_on_many

STATES = {"Connected": "success", "Must ask again": "warning"}
QUIET = timedelta(days=30)
MOST_SERVERS = 100


class KnownFilter(admin.SimpleListFilter):
    """Connections of clients that are known in one way."""

    title, parameter_name = "client known as", "known"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, str]]:
        """Offer the ways."""
        return list(TITLES.items())

    def queryset(self, request: Any, queryset: QuerySet[Consent]) -> QuerySet[Consent]:
        """Narrow to one of them."""
        known = self.value() in TITLES
        return queryset.filter(client__registration_source=self.value()) if known else queryset


class ServerFilter(admin.SimpleListFilter):
    """Connections to one server."""

    title, parameter_name = "server", "server"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, str]]:
        """Offer the servers that there are connections to."""
        ids = Consent.objects.order_by("server").values_list("server", flat=True).distinct()
        servers = directory().by_public_ids(ids[:MOST_SERVERS]).values()
        return sorted((server.slug, server.title) for server in servers)

    def queryset(self, request: Any, queryset: QuerySet[Consent]) -> QuerySet[Consent]:
        """Narrow to the one that is named."""
        slug = (self.value() or "").replace("\0", "")  # PostgreSQL takes none
        server = directory().by_slug(slug) if slug else None
        return queryset.filter(server=server.public_id) if server else queryset


class UseFilter(admin.SimpleListFilter):
    """Connections by when they were used last."""

    title, parameter_name = "last used", "used"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, str]]:
        """Offer what tells those that nobody needs any more."""
        return [("lately", "In the last 30 days"), ("before", "Before that"), ("never", "Never")]

    def queryset(self, request: Any, queryset: QuerySet[Consent]) -> QuerySet[Consent]:
        """Narrow by the moment."""
        quiet = timezone.now() - QUIET
        match self.value():
            case "lately":
                return queryset.filter(last_used_at__gte=quiet)
            case "before":
                return queryset.filter(last_used_at__lt=quiet)
            case "never":
                return queryset.filter(last_used_at=None)
        return queryset


@admin.register(Consent)
class ConsentAdmin(ServiceAdmin):
    """Connections; made on the consent page alone, taken back here or by the person."""

    refusals = (AccountsError,)
    adds = changes = False
    delete_word = "Revoke"
    empty_hint = "A connection appears here when a person allows a client to use a server."
    list_display = ("shown", "person", "opens", "may", "since", "used", "state")
    list_filter = (KnownFilter, ServerFilter, UseFilter)
    list_select_related = ("user", "client")
    search_fields = ("user__username", "client__name", "client__client_id")
    search_help_text = "A person's or a client's name"
    fields = (
        "client_name",
        "known",
        "person",
        "opens",
        "allows",
        "returns",
        "since",
        "used",
        "state",
    )
    actions = ("revoke",)
    actions_list = ("everything",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Consent]:
        """Return the connections with whether any token of theirs is left."""
        return with_living(super().get_queryset(request)).select_related("user", "client")

    def complete(self, rows: Any) -> None:
        """Name the servers, which this room does not know."""
        name_servers(rows)

    def get_urls(self) -> list[URLPattern]:
        """Add the pages that end many at once."""
        wrap = self.admin_site.admin_view

        def end(request: HttpRequest, **named: Any) -> HttpResponse:
            return end_page(self, request, **named)

        more = path("end/<slug:what>/<uuid:public_id>/", wrap(end), name="accounts_consent_end")
        return [more, *super().get_urls()]

    def remove(self, request: Any, row: Consent) -> None:
        """Take the leave back."""
        services.revoke_connection(actor=request.user, consent=row)

    def name_to_type(self, row: Consent) -> str:
        """Ask for the client's name."""
        return str(row.client)

    def what_goes(self, row: Consent) -> list[str]:
        """Say what taking back means."""
        return [
            f"{row.client} is refused at once, and what it is doing for {row.user.username} is"
            " stopped.",
            f"It may ask {row.user.username} again; to keep it out, block the client.",
        ]

    @admin.action(description="Revoke…", permissions=("delete",))
    def revoke(self, request: Any, queryset: QuerySet[Consent]) -> HttpResponse | None:
        """Ask, and take back each of the selected."""
        act = ActOnMany(
            "revoke",
            "Revoke",
            "revoked",
            [
                "Their clients are refused at once, on every process, and what they do is stopped.",
                "They may ask their people again; to keep one out, block it.",
            ],
            lambda row: self.remove(request, row),
        )
        return ask_and_act_on_many(self, request, queryset, act)

    @action(
        description="End everything…",
        url_path="end-everything",
        icon="emergency_home",
        permissions=("delete",),
    )
    def everything(self, request: HttpRequest) -> HttpResponse:
        """Ask, and end every connection of everybody."""
        return everything_page(self, request)

    @display(description="client", ordering="client__name", header=True)
    def shown(self, row: Consent) -> tuple[str, str]:
        """Name the client, and below it how it is known."""
        return str(row.client), str(provenance_of(row.client))

    @display(description="client")
    def client_name(self, row: Consent) -> str:
        """Name the client, and give its id."""
        return f"{row.client} ({row.client.client_id})"

    @display(description="known as")
    def known(self, row: Consent) -> str:
        """Say how the client is known."""
        known = provenance_of(row.client)
        return f"{known}. {known.detail}"

    @display(description="person", ordering="user__username")
    def person(self, row: Consent) -> str:
        """Name who allowed it."""
        return row.user.username

    @display(description="server", ordering="server")
    def opens(self, row: Any) -> str:
        """Name the one server it is for."""
        return row.slug or "a server that is gone"

    @display(description="may")
    def may(self, row: Consent) -> str:
        """Say in short what was allowed."""
        return ", ".join(words.title for words in words_of(row.scopes.split())) or "nothing"

    @display(description="may")
    def allows(self, row: Consent) -> str:
        """Say what was allowed."""
        return "\n".join(str(words) for words in words_of(row.scopes.split()))

    @display(description="returns to")
    def returns(self, row: Consent) -> str:
        """Show where the client was sent back to, without what stood behind it."""
        return row.redirect_uri.partition("?")[0][:200]

    @display(description="since", ordering="created_at")
    def since(self, row: Consent) -> str:
        """Say since when."""
        return times.day(row.created_at)

    @display(description="last used", ordering="last_used_at")
    def used(self, row: Consent) -> str:
        """Say when it last came."""
        return times.minute(row.last_used_at)

    @display(description="state", label=STATES)
    def state(self, row: Any) -> str:
        """Say whether a token of it is left."""
        return "Connected" if row.living else "Must ask again"
