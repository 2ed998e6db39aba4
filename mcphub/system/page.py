"""The page, and the part of it that is fetched again."""

from functools import partial
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from catalog.models import Source
from mcphub.system.facts import Section, sections
from mcphub.system.hiding import Shown, settings_shown

PERMISSION = "monitoring.view_rollup"
MOST_PROBLEMS = 50


def urls(site: admin.AdminSite) -> list[URLPattern]:
    """Return the addresses under /admin/, for who may enter there."""
    return [
        path("system/", site.admin_view(partial(page, site)), name="system"),
        path("system/state/", site.admin_view(state), name="system_state"),
    ]


def page(site: admin.AdminSite, request: HttpRequest) -> HttpResponse:
    """Show it all."""
    _check(request)
    found = sections(request.user)
    shown = list(settings_shown(settings.ENV))
    context = {
        **site.each_context(request),
        "title": "System",
        "sections": found,
        "settings": shown,
        "problems": _problems(request),
        "sees_sources": request.user.has_perm("catalog.view_source"),
        "report": report(found, shown),
    }
    return TemplateResponse(request, "admin/hub/system.html", context)


def state(request: HttpRequest) -> HttpResponse:
    """Return the part that changes by itself."""
    _check(request)
    return render(request, "admin/hub/_system.html", {"sections": sections(request.user)})


def report(found: list[Section], shown: list[Shown]) -> str:
    """Return it as a text that may go to strangers: settings that differ from the default, no paths."""
    lines = [
        f"{title}\n" + "\n".join(f"  {fact.reported or fact.name}: {fact.value}" for fact in facts)
        for title, facts in found
    ]
    given = [f"  {one.name}" for one in shown if one.given]
    return "\n".join([*lines, "Settings that are set", *given])


def _check(request: Any) -> None:
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied


def _problems(request: Any) -> Any:
    if not request.user.has_perm("catalog.view_source"):
        return []
    return Source.objects.exclude(problem="").order_by("name")[:MOST_PROBLEMS]
