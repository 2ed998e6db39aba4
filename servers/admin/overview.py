"""The first area: is anything on it, what does it cost, who may use it, who calls it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from monitoring.admin.why import may_ask
from servers.admin.areas import area_url, shown
from servers.admin.matrix import may_see
from servers.arrivals import arrivals
from servers.audience import Audience, audience
from servers.contents import KINDS, count_kinds, sources_on
from servers.costs import spending
from servers.models import Server
from servers.permissions import Permission

SOME = 3
"""Sentences and clients told here; their areas have all."""


def overview(page: Any, request: HttpRequest, server: Server) -> HttpResponse:
    """Show a server at a glance."""
    counts = count_kinds(server)
    return shown(
        page,
        request,
        server,
        "overview",
        "overview",
        counts=[(KINDS[kind], kind, number) for kind, number in counts.items() if number],
        sources=sources_on(server),
        spent=spending(server),
        audience=(told := audience(server) if sees_rules(request) else None),
        give_url=_giving(page, request, server) if _is_nobody_s(server, told) else "",
        arrived=arrivals(server).connected,
        some=SOME,
    )


def access(page: Any, request: HttpRequest, server: Server) -> HttpResponse:
    """Show who may use a server, and why."""
    user: Any = request.user
    return shown(
        page,
        request,
        server,
        "access",
        "access",
        audience=audience(server) if sees_rules(request) else None,
        add_rule_url=_add_rule_url(server),
        sees_matrix=may_see(user),
        asks_why=may_ask(user),
    )


def sees_rules(request: Any) -> bool:
    """Tell whether somebody may read access rules, and so who they are about."""
    user = request.user
    return bool(user.has_perm("servers.view_accessrule") or user.has_perm(Permission.CHANGE_RULE))


def _is_nobody_s(server: Server, told: Audience | None) -> bool:
    """Tell whether, as far as this person is told, nobody may use the server yet."""
    if told is not None:
        return not told.everyone and not told.people
    return server.visibility != Server.Visibility.PUBLIC and server.team is None


def _giving(page: Any, request: Any, server: Server) -> str:
    """Return where this person gives access: by a rule, or by the team it belongs to; or nowhere."""
    if request.user.has_perm(Permission.ADD_RULE):
        return _add_rule_url(server)
    may_change = page.has_change_permission(request, server)
    return f"{area_url(server, 'change')}#id_team" if may_change else ""


def _add_rule_url(server: Server) -> str:
    return reverse("admin:servers_accessrule_add", query={"server": server.pk})
