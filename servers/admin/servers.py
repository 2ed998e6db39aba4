"""Published servers: their list, their settings, and the areas of their pages (areas.py)."""

from collections import Counter
from functools import partial
from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import URLPattern, path
from unfold.decorators import action, display

from accounts.admin.ending import lead_to, may_end
from accounts.models import Consent, IssuedToken
from monitoring.admin import live
from monitoring.admin.base import ServiceAdmin
from servers import services
from servers.admin.areas import area_url, found, framed, opened
from servers.admin.connecting import arrival, connect, connect_client, connected
from servers.admin.contents import contents_area, withdraw_source
from servers.admin.definition import definition_page
from servers.admin.forms import (
    FIRST,
    LIMITS,
    LISTED,
    NAMED,
    RECORDED,
    SAID,
    WHO,
    NewServerForm,
    ServerForm,
)
from servers.admin.overview import access, overview
from servers.admin.publishing import publish_area
from servers.admin.putting import put_page
from servers.admin.trying import playground_urls
from servers.costs import costs_of
from servers.errors import ServersError
from servers.models import Server
from servers.selectors import with_counts

STATES = {"On": "success", "Off": "info"}


@admin.register(Server)
class ServerAdmin(ServiceAdmin):
    """Servers at /mcp/<slug>."""

    form = ServerForm
    refusals = (ServersError,)
    empty_hint = "Publish a server, put tools on it, and give its URL to a client."
    list_display = ("shown", "state", "who", "on_it", "cost", "clients")
    list_display_links = None
    list_filter = ("visibility", "enabled", "team", "listing")
    list_select_related = ("team",)
    search_fields = ("slug", "title", "description")
    search_help_text = "An address or a title"
    fieldsets = (
        ("What it is", {"fields": (*NAMED, "enabled")}),
        ("Who may use it", {"fields": WHO}),
        ("What models are told", {"fields": LISTED}),
        ("Limits", {"fields": LIMITS}),
        ("Recording", {"fields": RECORDED}),
    )
    add_fieldsets = ((None, {"fields": FIRST}),)
    change_form_outer_before_template = "admin/servers/settings.html"
    actions = ("switch_on", "switch_off")
    actions_detail = ("live_calls", "end_connections")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Server]:
        """Return the servers with how much is on them."""
        rows: QuerySet[Server] = super().get_queryset(request)
        return with_counts(rows)

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Add what each list of tools costs, and how many clients people have allowed on it."""
        changelist = super().get_changelist_instance(request)
        rows = list(changelist.result_list)
        costs = costs_of(rows)
        allowed = Consent.objects.filter(server__in=[row.public_id for row in rows]).order_by()
        numbers = allowed.values("server").annotate(number=Count("client", distinct=True))
        clients = Counter(dict(numbers.values_list("server", "number")))
        for row in rows:
            row.tokens, row.client_number = costs[row.pk], clients[row.public_id]
        changelist.result_list = rows
        return changelist

    def get_form(self, request: Any, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Ask little of a new server."""
        if obj is None:
            kwargs["form"] = NewServerForm
        return super().get_form(request, obj, change=change, **kwargs)

    def get_urls(self) -> list[URLPattern]:
        """Add the areas of a server's page."""
        areas = {
            "overview": ("overview/", opened(self, overview)),
            "contents": ("contents/", opened(self, contents_area)),
            "publish": ("publish/", opened(self, publish_area, changes=True)),
            "withdraw_source": (
                "contents/source/<int:followed>/withdraw/",
                opened(self, withdraw_source, changes=True),
            ),
            "access": ("access/", opened(self, access)),
            "connect": ("connect/", opened(self, connect)),
            "connected": ("connected/", opened(self, connected)),
            "arrival": ("connect/<slug:client_id>/arrival/", opened(self, arrival)),
            "connect_client": ("connect/<slug:client_id>/", opened(self, connect_client)),
        }
        wrap = self.admin_site.admin_view
        more = [
            path(f"<int:object_id>/{where}", wrap(view), name=f"servers_server_{name}")
            for name, (where, view) in areas.items()
        ]
        more += [
            path("put/", wrap(partial(put_page, self)), name="servers_server_put"),
            # Here, since only this room knows how clients see a version.
            path(
                "definition/<int:version>/",
                wrap(partial(definition_page, self)),
                name="servers_server_definition",
            ),
        ]
        return [*more, *playground_urls(self), *super().get_urls()]

    def changeform_view(
        self, request: Any, object_id: Any = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        """Show the settings as one of the areas."""
        row = found(self, request, object_id) if object_id else None
        if row is not None:
            frame = framed(self, request, row, "change")
            extra_context = {**(extra_context or {}), **frame}
        return super().changeform_view(request, object_id, form_url, extra_context)

    def create(self, request: Any, form: Any) -> Server:
        """Publish the server."""
        order = {name: form.cleaned_data[name] for name in FIRST}
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
        return HttpResponseRedirect(area_url(obj, "overview"))

    def response_post_save_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        """Lead back to the server's page."""
        return HttpResponseRedirect(area_url(obj, "overview"))

    def has_end_permission(self, request: Any, obj: Any = None) -> bool:
        """Tell whether they may take back what people allowed."""
        return may_end(request)

    has_live_permission = live.permitted
    live_calls = live.leading_to(lambda row: {"server": row.slug})

    @action(description="End connections…", url_path="end", icon="link_off", permissions=("end",))
    def end_connections(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Lead to the page that ends all connections to it."""
        return lead_to("server", self.seen(request, object_id).public_id)

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

    @display(description="server", ordering="slug")
    def shown(self, row: Server) -> str:
        """Name it with a link to its page, and below it the address."""
        return render_to_string(
            "admin/servers/_cell.html", {"server": row, "url": area_url(row, "overview")}
        )

    @display(description="state", label=STATES, ordering="enabled")
    def state(self, row: Server) -> str:
        """Say whether it answers."""
        return "On" if row.enabled else "Off"

    @display(description="who may use it", ordering="visibility")
    def who(self, row: Server) -> str:
        """Say who may use it before any rule."""
        if row.visibility == Server.Visibility.PUBLIC:
            return "Anyone"
        return f"Team {row.team}" if row.team else "By rules only"

    @display(description="on it", ordering="published_number")
    def on_it(self, row: Any) -> int:
        """Count what is on it."""
        return int(row.published_number)

    @display(description="tokens (estimate)")
    def cost(self, row: Any) -> str:
        """Show about how many tokens a model spends on the list of its tools, and of how many."""
        return render_to_string("admin/servers/_budget.html", {"server": row})

    @display(description="clients")
    def clients(self, row: Any) -> str:
        """Count the clients that people allowed on it."""
        return f"{row.client_number} allowed" if row.client_number else "none yet"
