"""MCP clients: how each is known, who allowed it, and whether it is let in."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from unfold.decorators import action, display

from accounts import permissions, services
from accounts.admin import holding
from accounts.admin.adding import add_page, secret_page
from accounts.admin.client_forms import AUTH_WORDS, ClientForm
from accounts.admin.ending import lead_to, may_end
from accounts.admin.policy import policy_page
from accounts.errors import AccountsError
from accounts.models import OAuthClient
from accounts.oauth.provenance import TITLES, provenance_of
from accounts.oauth.redirects import hosts_of
from accounts.permissions import Permission
from monitoring.admin import live, stopping, times
from monitoring.admin.base import ServiceAdmin

State = OAuthClient.State
COLOURS = {
    State.LET_IN.label: "success",
    State.WAITS.label: "warning",
    State.BLOCKED.label: "danger",
}
STATES: dict[str, dict[str, bool]] = {
    State.LET_IN: {"blocked": False, "approved": True},
    State.WAITS: {"blocked": False, "approved": False},
    State.BLOCKED: {"blocked": True},
}
HOSTS_SHOWN = 3
HOST_SHOWN = 40
"""Characters of a host in a list: its end, which says whose it is."""


class StateFilter(admin.SimpleListFilter):
    """Clients that are let in, wait, or are blocked."""

    title, parameter_name = "state", "state"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, str]]:
        """Offer each."""
        return list(State.choices)

    def queryset(self, request: Any, queryset: QuerySet[OAuthClient]) -> QuerySet[OAuthClient]:
        """Narrow to a state."""
        return queryset.filter(**STATES.get(self.value() or "", {}))


class KnownFilter(admin.SimpleListFilter):
    """Clients by how they are known."""

    title, parameter_name = "how it is known", "known"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, str]]:
        """Offer each."""
        return list(TITLES.items())

    def queryset(self, request: Any, queryset: QuerySet[OAuthClient]) -> QuerySet[OAuthClient]:
        """Narrow to one way."""
        known = {"registration_source": self.value()} if self.value() in TITLES else {}
        return queryset.filter(**known)


@admin.register(OAuthClient)
class OAuthClientAdmin(ServiceAdmin):
    """Clients, and whether they may call."""

    form = ClientForm
    refusals = (AccountsError,)
    unseen = ("client_secret",)
    empty_hint = "A client appears here when it registers, or when you add it."
    list_display = ("shown", "returns_to", "people", "tokens", "used", "state_shown")
    list_filter = (StateFilter, KnownFilter, "created")
    search_fields = ("name", "client_id", "redirect_uris")
    search_help_text = "A name, an id or an address"
    ordering = ("-created", "-pk")
    readonly_fields = (
        "known",
        "redirects",
        "client_id",
        "kind",
        "software",
        "registered",
        "people",
        "tokens",
        "used",
        "connections",
    )
    fieldsets = (
        ("Registration", {"fields": ("client_id", "kind", "software", "registered")}),
        ("Who allowed it", {"fields": ("people", "tokens", "used", "connections")}),
    )
    actions = ("approve", "block", "unblock")
    actions_list = ("policy",)
    actions_detail = ("live_calls", "secret", "end_connections", "stop")

    def get_queryset(self, request: HttpRequest) -> QuerySet[OAuthClient]:
        """Return the clients with what they hold."""
        rows: QuerySet[OAuthClient] = super().get_queryset(request)
        return holding.counted(rows)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Leave what a client says of itself to the client."""
        own = () if obj is None or _is_by_hand(obj) else ("name", "redirect_uris")
        return (*super().get_readonly_fields(request, obj), *own)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show the addresses of a client that says them itself one a line."""
        first = "redirect_uris" if obj is None or _is_by_hand(obj) else "redirects"
        return ((None, {"fields": ("name", "known", first, "decision")}), *self.fieldsets)

    def add_view(self, request: Any, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Add a client by hand and show its secret once."""
        return add_page(request, self)

    def update(self, request: Any, row: OAuthClient, form: Any) -> None:
        """Describe it otherwise if that is an admin's to do, and decide."""
        order, actor = form.cleaned_data, request.user
        if "name" in order:
            words = {name: order[name] for name in ("name", "redirect_uris")}
            services.update_client(actor=actor, client=row, **words)
        match order["decision"]:
            case State.BLOCKED:
                services.block_client(actor=actor, client=row)
            case State.LET_IN:
                services.unblock_client(actor=actor, client=row)
                services.approve_client(actor=actor, client=row)

    def remove(self, request: Any, row: OAuthClient) -> None:
        """Delete the client."""
        services.delete_client(actor=request.user, client=row)

    def what_goes(self, row: Any) -> list[str]:
        """Say what goes with a client."""
        number, again = row.consents.count(), not _is_by_hand(row)
        return [
            f"{number} connection{'s' if number != 1 else ''}, with every token: its next call is"
            " refused.",
            *(["It may register again. To keep it out, block it instead."] if again else []),
        ]

    def has_policy_permission(self, request: Any, obj: Any = None) -> bool:
        """Tell whether they may see how clients become known."""
        names = (Permission.VIEW_CLIENT_POLICY, Permission.CHANGE_CLIENT_POLICY)
        return any(permissions.has(request.user, name) for name in names)

    def has_secret_permission(self, request: Any, object_id: Any = None) -> bool:
        """Tell whether they may renew the secret of this client, which must be one an admin gave."""
        row = self.get_object(request, object_id) if object_id else None
        fits = row is not None and row.is_confidential and _is_by_hand(row)
        return fits and permissions.has(request.user, Permission.CHANGE_CLIENT)

    def has_end_permission(self, request: Any, obj: Any = None) -> bool:
        """Tell whether they may take back what others allowed."""
        return may_end(request)

    has_live_permission = live.permitted
    live_calls = live.leading_to(lambda row: {"client": row.public_id})

    @action(description="End connections…", url_path="end", icon="link_off", permissions=("end",))
    def end_connections(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Lead to the page that ends all its connections."""
        return lead_to("client", self.seen(request, object_id).public_id)

    has_stop_permission = stopping.permitted
    stop = stopping.leading_to("client")

    @action(description="New secret", url_path="secret", icon="key", permissions=("secret",))
    def secret(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask, then make a new secret and show it once."""
        return secret_page(request, self, object_id)

    @action(description="How clients become known", url_path="policy", permissions=("policy",))
    def policy(self, request: HttpRequest) -> HttpResponse:
        """Show how clients become known, and let it be decided."""
        return policy_page(request, self)

    @admin.action(description="Approve: let in those that wait", permissions=("change",))
    def approve(self, request: Any, queryset: QuerySet[OAuthClient]) -> None:
        """Let in each of the selected that waits."""

        def act(row: OAuthClient) -> None:
            services.approve_client(actor=request.user, client=row)

        self.each(request, queryset, act, "approved")

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

    @display(description="client", ordering="name", header=True)
    def shown(self, row: OAuthClient) -> tuple[str, str]:
        """Show the name, and below it how the client is known."""
        return str(row), str(provenance_of(row))

    @display(description="how it is known")
    def known(self, row: OAuthClient) -> str:
        """Say how it is known."""
        return str(provenance_of(row))

    @display(description="returns to")
    def returns_to(self, row: OAuthClient) -> str:
        """Name the hosts that people are sent back to."""
        hosts = hosts_of(row.redirect_uris.split())
        shown = [(host[-HOST_SHOWN:],) for host in hosts[:HOSTS_SHOWN]]
        more = f" and {len(hosts) - HOSTS_SHOWN} more" if len(hosts) > HOSTS_SHOWN else ""
        joined = format_html_join(", ", '<span class="hub-whole">{}</span>', shown)
        return format_html("{}{}", joined, more)

    @display(description="redirect addresses")
    def redirects(self, row: OAuthClient) -> str:
        """Show where people are sent back to, one a line."""
        return "\n".join(row.redirect_uris.split()) or "-"

    @display(description="people", ordering="people")
    def people(self, row: Any) -> int:
        """Count the people who allowed it."""
        return int(row.people)

    @display(description="tokens", ordering="held")
    def tokens(self, row: Any) -> int:
        """Count the tokens it holds, of both kinds."""
        return int(row.held)

    @display(description="last used")
    def used(self, row: Any) -> str:
        """Say when it was last used."""
        moment = holding.last_used(row)
        return times.minute(moment)

    @display(description="state", label=COLOURS)
    def state_shown(self, row: OAuthClient) -> str:
        """Say whether it is let in."""
        return str(row.state.label)

    @display(description="kind")
    def kind(self, row: OAuthClient) -> str:
        """Say whether it has a secret."""
        return AUTH_WORDS[row.auth_method]

    @display(description="software")
    def software(self, row: OAuthClient) -> str:
        """Give what it says of its software, as text: the address is its own claim."""
        said = (row.client_uri, row.software_id, row.software_version)
        return "\n".join(each for each in said if each) or "-"

    @display(description="registered")
    def registered(self, row: OAuthClient) -> str:
        """Say when, and from where if it registered itself."""
        where = f" from {row.registered_from}" if row.registered_from else ""
        return f"{times.minute(row.created)}{where}"

    @display(description="connections")
    def connections(self, row: OAuthClient) -> str:
        """Show who allowed it, on which server."""
        context = {"connections": holding.connections_of(row), "shown": holding.SHOWN}
        return render_to_string("admin/accounts/connections.html", context)


def _is_by_hand(row: OAuthClient) -> bool:
    """Tell whether an admin says what the client is."""
    return bool(row.registration_source == row.RegistrationSource.MANUAL)
