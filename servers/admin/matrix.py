"""Who reaches what: teams and servers as a table in words, and the people of one server."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from accounts.models import Team, User
from monitoring import asked
from monitoring.admin.why import may_ask
from servers.admin.why import address
from servers.models import Server
from servers.selectors import server_at
from servers.why.reaching import matrix, people_on

TEAMS, SERVERS, PEOPLE = 25, 8, 50
"""Rows and columns on a page, and people on theirs."""
MATRIX_NEEDS = (
    ("servers.view_accessrule", "servers.change_accessrule"),
    ("servers.view_server", "servers.change_server"),
    ("accounts.view_team", "accounts.change_team"),
)
PEOPLE_NEEDS = (*MATRIX_NEEDS, ("accounts.view_user", "accounts.change_user"))


def may_see(user: Any, needs: tuple[tuple[str, ...], ...] = MATRIX_NEEDS) -> bool:
    """Tell whether somebody may see all that the page tells of."""
    return all(any(user.has_perm(name) for name in names) for names in needs)


def matrix_page(page: Any, request: HttpRequest) -> HttpResponse:
    """Show a page of teams beside a page of servers."""
    if not may_see(request.user):
        raise PermissionDenied
    team, server = _said(request, "team"), _said(request, "server")
    rows = Team.objects.filter(name__icontains=team) if team else Team.objects.all()
    columns = Server.objects.select_related("team")
    if server:
        columns = columns.filter(Q(slug__icontains=server) | Q(title__icontains=server))
    teams, servers = _page(request, "p", rows, TEAMS), _page(request, "s", columns, SERVERS)
    shown = list(servers.object_list)
    context = {
        "title": "Who may use what",
        "teams": teams,
        "servers": servers,
        "columns": shown,
        "rows": matrix(teams.object_list, shown) if shown else [],
        "team": team,
        "server": server,
        "sees_people": may_see(request.user, PEOPLE_NEEDS),
        "asks_why": may_ask(request.user),
        "pagers": (
            _pager(request, "p", "Teams", teams),
            _pager(request, "s", "Servers", servers),
        ),
    }
    return _rendered(page, request, "admin/servers/matrix.html", context)


def people_page(page: Any, request: HttpRequest) -> HttpResponse:
    """Show how far each person reaches on one server, all of them or a team's members."""
    if not may_see(request.user, PEOPLE_NEEDS):
        raise PermissionDenied
    server = server_at(_said(request, "server"))
    if server is None:
        raise Http404
    query, team = _said(request, "q"), _team(request)
    found = _people(query, team)
    people = _page(request, "p", found, PEOPLE)
    asks = may_ask(request.user)
    rows = [
        (row, address(user=row.user.username, server=server.slug) if asks else "")
        for row in people_on(server, list(people.object_list))
    ]
    context = {
        "title": f"Who reaches what on {server}",
        "server": server,
        "team": team,
        "query": query,
        "rows": rows,
        "pagers": (_pager(request, "p", "People", people),),
    }
    return _rendered(page, request, "admin/servers/people.html", context)


def _people(query: str, team: Team | None) -> QuerySet[User]:
    rows = User.objects.order_by("username")
    if team is not None:
        rows = rows.filter(memberships__team=team)
    if query:
        rows = rows.filter(Q(username__icontains=query) | Q(email__icontains=query))
    return rows


def _team(request: HttpRequest) -> Team | None:
    """Return the team that is named by its key, if any."""
    key = asked.key(_said(request, "team"))
    return None if key is None else Team.objects.filter(pk=key).first()


def _said(request: HttpRequest, name: str) -> str:
    return asked.words(request.GET.get(name, ""))


def _page(request: HttpRequest, name: str, rows: QuerySet[Any], size: int) -> Page[Any]:
    return Paginator(rows, size).get_page(_said(request, name))


def _pager(request: HttpRequest, name: str, label: str, page: Page[Any]) -> dict[str, Any]:
    """Return the links before and after a page; the other things that were said stay."""

    def to(number: int) -> str:
        query = request.GET.copy()
        query[name] = str(number)
        return f"?{query.urlencode()}"

    return {
        "label": label,
        "here": page.number,
        "pages": page.paginator.num_pages,
        "before": to(page.number - 1) if page.has_previous() else "",
        "after": to(page.number + 1) if page.has_next() else "",
    }


def _rendered(
    page: Any, request: HttpRequest, template: str, context: dict[str, Any]
) -> HttpResponse:
    request.current_app = page.admin_site.name
    whole = {**page.admin_site.each_context(request), **context, "opts": page.opts}
    return TemplateResponse(request, template, whole)
