"""The areas of a server's page: one address each, tabs between them, and the frame they stand in."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse

from accounts.address import public_base
from servers.models import Server

AREAS = {
    "overview": "Overview",
    "contents": "What is on it",
    "access": "Access",
    "connect": "Connect",
    "change": "Settings",
}


@dataclass(frozen=True, slots=True)
class Tab:
    """One of the areas; `here` if it is the one that is shown."""

    title: str
    url: str
    here: bool


Area = Callable[..., HttpResponse]
"""What shows one area, of a server's admin, a request and the server."""


def area_url(server: Server, name: str) -> str:
    """Return the address of an area."""
    return reverse(f"admin:servers_server_{name}", args=[server.pk])


def framed(page: Any, request: HttpRequest, server: Server, name: str) -> dict[str, Any]:
    """Return what the frame shows: the server, its address and the tabs."""
    return {
        **page.admin_site.each_context(request),
        "title": str(server),
        "opts": page.opts,
        "server": server,
        "url": f"{public_base(request)}{server.path}",
        "tabs": [Tab(title, area_url(server, key), key == name) for key, title in AREAS.items()],
        "may_change": page.has_change_permission(request, server),
    }


def shown(
    page: Any, request: Any, server: Server, name: str, template: str, **more: Any
) -> HttpResponse:
    """Return an area in its frame."""
    request.current_app = page.admin_site.name
    context = {**framed(page, request, server, name), **more}
    return TemplateResponse(request, f"admin/servers/{template}.html", context)


def found(page: Any, request: HttpRequest, object_id: str) -> Server | None:
    """Return the server of an address, as far as the admin shows it."""
    key = number(str(object_id), 10**18)
    rows = page.get_queryset(request).select_related("team")
    server: Server | None = rows.filter(pk=key).first()
    return server


def opened(page: Any, area: Area, *, changes: bool = False) -> Callable[..., HttpResponse]:
    """Return the view of an area: for who may see servers, or if it `changes` who may change them."""

    def view(request: HttpRequest, object_id: str, **named: Any) -> HttpResponse:
        server = found(page, request, object_id)
        allowed = page.has_change_permission if changes else page.has_view_permission
        if not allowed(request, server):
            raise PermissionDenied
        if server is None:
            return page._get_obj_does_not_exist_redirect(  # type: ignore[no-any-return]
                request, page.opts, object_id
            )
        return area(page, request, server, **named)

    return view


def number(text: str, most: int = 10**9) -> int:
    """Return a number that was typed or stands in an address; 0 for anything else."""
    fits = text.isascii() and text.isdecimal() and len(text) <= len(str(most))
    return min(int(text), most) if fits else 0
