"""The playground: a page that is an MCP client, and the short tokens it speaks with.

The page's scripts (static/mcphub/playground/) send real requests to /mcp/<slug>, so a call from here is
found, judged, run and recorded like any other. This file decides who may open it, and as whom: who may
see the entry, by a permission or a role, and who curates for a team that has it on a server.
"""

import json
from functools import partial
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST

from accounts import permissions, scopes
from accounts.address import public_base
from accounts.errors import AccountsError, NotAllowed, UnknownScope
from accounts.models import User
from accounts.oauth.directory import directory
from accounts.permissions import Permission
from accounts.services import check_scopes, mint_playground_token
from accounts.words import words_of
from catalog.models import Entry, Prompt, Resource, Template, Tool
from catalog.overlay import overlaid
from catalog.permissions import curated_teams
from monitoring.admin.why import may_ask
from servers import roles
from servers.admin.areas import area_url
from servers.admin.putting import may_put
from servers.models import Server, ServerEntry
from servers.protocol.revisions import REVISIONS
from servers.selectors import Publishing, publishing, resource_at

KINDS: dict[str, type[Entry]] = {
    "tool": Tool,
    "resource": Resource,
    "template": Template,
    "prompt": Prompt,
}
RESOURCE = "resource"
SEES_PEOPLE = ("accounts.view_user", Permission.CHANGE_USER)
SEES_JOBS = ("servers.view_job", "servers.change_job")
SEES_SERVERS = ("servers.view_server", "servers.change_server", Permission.VIEW_AS)
REFUSED, UNFIT = 403, 422
NOT_HERE = "There is nothing of that kind here."
NOT_USABLE = "There is nobody of that name who may use this server."


def playground_urls(page: Any) -> list[URLPattern]:
    """Return the addresses of the playground, each of which asks for its own permission."""
    wrap, at = page.admin_site.admin_view, "try/<str:kind>/<int:pk>/"
    return [
        path("try/at/", wrap(partial(try_at, page)), name="servers_server_try_at"),
        path(at, wrap(partial(try_page, page)), name="servers_server_try"),
        path(
            f"{at}token/",
            wrap(require_POST(partial(token_for_try, page))),
            name="servers_server_try_token",
        ),
    ]


def try_page(page: Any, request: Any, kind: str, pk: int) -> HttpResponse:
    """Show the playground of a tool, resource, template or prompt; `page` is the admin of servers."""
    entry = _entry(page, request, kind, pk)
    servers = _servers(request.user, entry)
    sees_entry = bool(_page_of(page, kind).has_view_permission(request, entry))
    context = {
        **page.admin_site.each_context(request),
        "title": f"Try {entry.name}",
        # The way to it is that of the entry: a server is where it is tried, not where it belongs.
        "opts": entry._meta,
        "object": entry,
        "entry": entry,
        "back": _back(page, request, entry, sees_entry=sees_entry),
        "put": f"?entry={entry.pk}",
        "may_put": may_put(page, request),
        "servers": servers,
        "scopes": words_of(scopes.SCOPES),
        "revisions": [revision.date for revision in reversed(REVISIONS)],
        "may_view_as": permissions.has(request.user, Permission.VIEW_AS),
        "asks_why": may_ask(request.user),
        "facts": _facts(request, entry, servers),
    }
    request.current_app = page.admin_site.name
    return TemplateResponse(request, "admin/servers/try.html", context)


@sensitive_variables()
def token_for_try(page: Any, request: Any, kind: str, pk: int) -> HttpResponse:
    """Make a token of ten minutes for one of the servers that publish the entry."""
    entry = _entry(page, request, kind, pk)
    server, name = _server(request, entry), request.POST.get("user", "")
    wanted = request.POST.getlist("scopes")
    try:
        check_scopes(wanted)  # before anybody is looked for: what is wrong here is about nobody
        minted = mint_playground_token(
            actor=request.user,
            user=_person(request.user, name),
            server=server,
            scopes=wanted,
        )
    except AccountsError as refused:
        return _refused(request.user, name, refused)
    expires = minted.issued.access_token.expires
    return JsonResponse({"token": minted.token, "until": int(expires.timestamp() * 1000)})


def _refused(actor: User, name: str, refused: AccountsError) -> JsonResponse:
    """Say why there is no token: to who may not see people the same, whoever was named, there or not."""
    hides = bool(name) and name != actor.username and not any(map(actor.has_perm, SEES_PEOPLE))
    if hides and permissions.has(actor, Permission.VIEW_AS) and type(refused) is not UnknownScope:
        return JsonResponse({"error": NOT_USABLE}, status=REFUSED)
    status = REFUSED if isinstance(refused, NotAllowed) else UNFIT
    return JsonResponse({"error": str(refused)}, status=status)


def try_at(page: Any, request: Any) -> HttpResponse:
    """Lead from an address that a result named to the playground of the resource that has it."""
    if not _page_of(page, RESOURCE).has_view_permission(request):
        raise PermissionDenied
    uri, server = request.GET.get("uri", "")[:512], request.GET.get("server", "")[:36]
    key = resource_at(server, uri)
    entry = Resource.objects.filter(pk=key).first() if key is not None else None
    if entry is not None and _may_try(page, request, entry):
        return HttpResponseRedirect(reverse("admin:servers_server_try", args=[RESOURCE, entry.pk]))
    messages.warning(request, "No resource has that address on this server.")
    return HttpResponseRedirect(reverse("admin:catalog_resource_changelist"))


def _page_of(page: Any, kind: str) -> Any:
    """Return the admin of a kind of entries, which judges who may see them."""
    return page.admin_site.get_model_admin(KINDS[kind])


def _entry(page: Any, request: Any, kind: str, pk: int) -> Any:
    """Return the entry; 403 for who may see none, 404 for one that is not there, or not for them."""
    if kind not in KINDS:
        raise Http404(NOT_HERE)
    if not _page_of(page, kind).has_view_permission(request):
        raise PermissionDenied
    rows = KINDS[kind]._default_manager.select_related("source", "current__definition")
    entry = rows.filter(pk=pk).first()
    if entry is None or not _may_try(page, request, entry):
        raise Http404(NOT_HERE)
    return entry


def _may_try(page: Any, request: Any, entry: Entry) -> bool:
    """Tell whether this person may see the entry, or curates for a team that has it on a server."""
    if _page_of(page, entry.kind).has_view_permission(request, entry):
        return True
    return _of_their_servers(request.user, entry).exists()


def _of_their_servers(user: User, entry: Entry) -> QuerySet[ServerEntry]:
    return ServerEntry.objects.filter(entry=entry.pk, server__team__in=curated_teams(user))


def _back(page: Any, request: Any, entry: Entry, *, sees_entry: bool) -> tuple[str, str]:
    """Return where one goes from here, and what that is: the entry, or the server it was found on."""
    if sees_entry:
        kind = entry.get_kind_display().lower()
        return reverse(f"admin:catalog_{entry.kind}_change", args=[entry.pk]), kind
    first = _of_their_servers(request.user, entry).select_related("server")[0]
    return area_url(first.server, "contents"), "server"


def _servers(user: User, entry: Entry) -> list[Publishing]:
    """Return where it can be tried: servers that somebody may not know of are left out."""
    found = publishing(entry, user)
    if any(user.has_perm(name) for name in SEES_SERVERS):
        return found
    theirs = roles.opened(user, "servers.server", "view")
    ids = [each.public_id for each in found] if theirs is not None else []
    rows = Server.objects.filter(theirs or Q(), public_id__in=ids)
    known = set(rows.values_list("public_id", flat=True))
    return [each for each in found if each.usable or each.public_id in known]


def _person(actor: User, username: str) -> User:
    """Return who is to be played: oneself if nobody is named."""
    if not username or username == actor.username:
        return actor
    permissions.require(actor, Permission.VIEW_AS)
    user = User.objects.filter(username=username[:150].replace("\0", "")).first()
    if user is None:
        raise NotAllowed(NOT_USABLE)
    return user


def _server(request: Any, entry: Entry) -> Any:
    """Return the chosen server as accounts knows it; Http404 for one that does not publish this."""
    chosen = request.POST.get("server", "")
    for each in _servers(request.user, entry):
        if str(each.public_id) == chosen:
            return directory().by_public_ids([each.public_id])[each.public_id]
    raise Http404("That server does not publish this.")


def _facts(request: HttpRequest, entry: Entry, servers: list[Publishing]) -> dict[str, Any]:
    """Return what the page's scripts must know; they put it on the page as text alone."""
    definition = entry.current.definition if entry.current else None
    words = entry.own_words
    jobs = reverse("admin:servers_job_changelist")
    return {
        "kind": entry.kind,
        "name": entry.name,
        "definition": overlaid(json.loads(definition.body), words) if definition else {},
        "servers": [
            {"id": str(each.public_id), "slug": each.slug, "path": each.path, "name": each.name}
            for each in servers
        ],
        "base": public_base(request),
        "at": reverse("admin:servers_server_try_at"),
        "token": reverse("admin:servers_server_try_token", args=[entry.kind, entry.pk]),
        "jobs": jobs if any(map(request.user.has_perm, SEES_JOBS)) else "",
    }
