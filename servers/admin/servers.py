"""Published servers: what clients connect to, what is on them, and who may use it."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminTextareaWidget

from accounts.address import public_base
from accounts.admin.ending import lead_to, may_end
from accounts.models import Consent, IssuedToken
from monitoring.admin.base import ServiceAdmin, ServiceForm
from servers import services
from servers.admin.published import (
    NewSourcesInline,
    PublishedInline,
    SourcesInline,
    save_published,
    save_sources,
)
from servers.admin.publishing import publish_page
from servers.admin.rules import RulesInline
from servers.errors import ServersError
from servers.models import Server, ServerEntry
from servers.selectors import list_cost, with_counts

SAID = (
    "slug",
    "title",
    "description",
    "instructions",
    "visibility",
    "team",
    "discoverable",
    "calls_per_minute",
    "burst",
)
LIMITS = {"calls_per_minute", "burst"}
STATES = {"On": "success", "Off": "info"}
VISIBILITIES = {"public": "warning", "team": "info"}
VISIBLE = {"public": "Public", "team": "Team"}


class ServerForm(ServiceForm):
    """What an admin says about a server."""

    class Meta:
        model = Server
        fields = (*SAID, "enabled")
        labels = {"slug": "Address", "calls_per_minute": "Calls a minute", "burst": "Calls at once"}
        widgets = {
            "description": UnfoldAdminTextareaWidget(attrs={"rows": 3}),
            "instructions": UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        }
        help_texts = {
            "slug": "The last part of its URL, behind /mcp/. Tokens stay valid when it changes;"
            " clients must be told.",
            "title": "What people see.",
            "team": "Its members may use everything on it.",
            "discoverable": "People who may not use it see its title and description, and may ask"
            " for access. To clients it stays unknown.",
            "calls_per_minute": "How many each person may make with each client; without a token,"
            " each address. Tools, resources and prompts count together. Empty: no limit.",
            "burst": "How many of them may come together after a pause. Empty: a minute's worth.",
            "enabled": "Off, it answers like a server that is not there.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in LIMITS & self.fields.keys():
            self.fields[name].widget.attrs["min"] = 1  # Django says 0 of any positive number

    def clean(self) -> dict[str, Any] | None:
        """Say beside the field that a burst is of a limit."""
        cleaned = super().clean() or {}
        limited = cleaned.get("calls_per_minute", 1) is not None  # one that is wrong is told there
        if cleaned.get("burst") is not None and not limited:
            self.add_error("burst", "Needs calls a minute.")
        return cleaned


@admin.register(Server)
class ServerAdmin(ServiceAdmin):
    """Servers at /mcp/<slug>."""

    form = ServerForm
    refusals = (ServersError,)
    inlines = (PublishedInline, SourcesInline, NewSourcesInline, RulesInline)
    empty_hint = "Publish a server, put tools on it, and give its URL to a client."
    list_display = ("shown", "visibility_shown", "team", "state", "limit", "on_it", "cost")
    list_filter = ("visibility", "enabled", "team")
    list_select_related = ("team",)
    search_fields = ("slug", "title", "description")
    search_help_text = "An address or a title"
    fieldsets = ((None, {"fields": (*SAID, "enabled")}),)
    add_fieldsets = ((None, {"fields": SAID}),)
    change_form_outer_before_template = "admin/servers/connect.html"
    actions = ("switch_on", "switch_off")
    actions_detail = ("publish", "end_connections")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Server]:
        """Return the servers with what is on them, and what their tools cost a model."""
        rows: QuerySet[Server] = super().get_queryset(request)
        return with_counts(rows)

    def changeform_view(
        self, request: Any, object_id: Any = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        """Show the URL, and about what the list of tools costs."""
        row = self.get_object(request, object_id) if object_id else None
        if row is not None:
            url = f"{public_base(request)}{row.path}"
            extra_context = {**(extra_context or {}), "url": url, "cost": list_cost(row)}
        return super().changeform_view(request, object_id, form_url, extra_context)

    def create(self, request: Any, form: Any) -> Server:
        """Publish the server."""
        order = {name: form.cleaned_data[name] for name in SAID}
        return services.publish_server(actor=request.user, **order)

    def update(self, request: Any, row: Server, form: Any) -> None:
        """Change what is said, and switch it."""
        order, actor = form.cleaned_data, request.user
        if changed := {name: order[name] for name in SAID if name in form.changed_data}:
            services.update_server(actor=actor, server=row, **changed)
        if "enabled" in form.changed_data:
            services.set_server_enabled(actor=actor, server=row, enabled=order["enabled"])

    def remove(self, request: Any, row: Server) -> None:
        """Delete the server."""
        services.delete_server(actor=request.user, server=row)

    def save_rows(self, request: Any, row: Any, formset: Any) -> None:
        """Bring what is on the server in line."""
        if formset.model is ServerEntry:
            save_published(request.user, formset)
        else:
            save_sources(request.user, row, formset)

    def name_to_type(self, row: Server) -> str:
        """Ask for the address."""
        return row.slug

    def what_goes(self, row: Server) -> list[str]:
        """Say what goes with a server."""
        tokens = IssuedToken.objects.filter(server=row.public_id, family=None).count()
        connections = Consent.objects.filter(server=row.public_id).count()
        return [
            f"{row.path} answers like a server that is not there.",
            f"{tokens} token{'s open' if tokens != 1 else ' opens'} nothing any more.",
            f"{connections} connection{'s are' if connections != 1 else ' is'} of no use either.",
            "Its access rules go with it; what is on it stays in the catalog.",
        ]

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Lead to the new server's page, where things are put on it."""
        super().response_add(request, obj, post_url_continue)
        return HttpResponseRedirect(reverse("admin:servers_server_change", args=[obj.pk]))

    @action(description="Publish tools…", url_path="publish", icon="add", permissions=("change",))
    def publish(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Offer what the server lacks."""
        return publish_page(self, request, object_id)

    def has_end_permission(self, request: Any, obj: Any = None) -> bool:
        """Tell whether they may take back what people allowed."""
        return may_end(request)

    @action(description="End connections…", url_path="end", icon="link_off", permissions=("end",))
    def end_connections(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Lead to the page that ends all connections to it."""
        return lead_to("server", get_object_or_404(Server, pk=object_id).public_id)

    @admin.action(description="Switch on", permissions=("change",))
    def switch_on(self, request: Any, queryset: QuerySet[Server]) -> None:
        """Switch on each of the selected."""
        self._switch(request, queryset, True)

    @admin.action(description="Switch off", permissions=("change",))
    def switch_off(self, request: Any, queryset: QuerySet[Server]) -> None:
        """Switch off each of the selected."""
        self._switch(request, queryset, False)

    def _switch(self, request: Any, queryset: QuerySet[Server], enabled: bool) -> None:
        def act(row: Server) -> None:
            services.set_server_enabled(actor=request.user, server=row, enabled=enabled)

        self.each(request, queryset, act, f"switched {'on' if enabled else 'off'}")

    @display(description="server", ordering="slug", header=True)
    def shown(self, row: Server) -> tuple[str, str]:
        """Show the title, and below it the address."""
        return str(row), row.path

    @display(description="visibility", label=VISIBILITIES, ordering="visibility")
    def visibility_shown(self, row: Server) -> tuple[str, str]:
        """Say who may use it before any rule."""
        return row.visibility, VISIBLE[row.visibility]

    @display(description="state", label=STATES, ordering="enabled")
    def state(self, row: Server) -> str:
        """Say whether it answers."""
        return "On" if row.enabled else "Off"

    @display(description="limit", ordering="calls_per_minute", empty_value="none")
    def limit(self, row: Server) -> str | None:
        """Say how often each caller may call."""
        return None if row.calls_per_minute is None else f"{row.calls_per_minute:,} a minute"

    @display(description="on it", ordering="published_number")
    def on_it(self, row: Any) -> int:
        """Count what is on it."""
        return int(row.published_number)

    @display(description="tokens (estimate)", ordering="tool_tokens")
    def cost(self, row: Any) -> str:
        """Show about how many tokens a model spends on the list of its tools."""
        return f"about {row.tool_tokens}"
