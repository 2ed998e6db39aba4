"""Where a link of the admin may lead: nobody is offered a page that would refuse them.

Breadcrumbs name lists and rows; who may not see those reads the name as text. It stands outside of the
admin's pages since templates are looked through while those are still being made.
"""

from typing import Any
from urllib.parse import urlsplit

from django.contrib import admin
from django.urls import Resolver404, ResolverMatch, resolve

LIST, ROW = "changelist", "change"


def may_go(request: Any, address: str) -> bool:
    """Tell whether a page of the admin opens to this person; what is no list, row or group of lists does."""
    try:
        match = resolve(urlsplit(address).path)
    except Resolver404:
        return False
    if match.url_name == "app_list":
        return bool(admin.site.get_app_list(request, match.kwargs["app_label"]))
    return _sees(request, match)


def _sees(request: Any, match: ResolverMatch) -> bool:
    for model, page in admin.site._registry.items():
        start = f"{model._meta.app_label}_{model._meta.model_name}_"
        if match.url_name == start + LIST:
            return bool(page.has_view_permission(request))
        if match.url_name == start + ROW:
            # Its key alone is asked for, and only where a role has to open the row.
            return bool(page.has_view_permission(request, model(pk=match.kwargs["object_id"])))
    return True
