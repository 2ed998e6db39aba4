"""Every page of the admin is among the pictures, and so is looked at, in every width and by axe-core."""

import re
import uuid
from urllib.parse import urlsplit

from django.contrib import admin
from django.test import RequestFactory
from django.urls import Resolver404, resolve

from accounts.models import User
from tests.admin_doors import doors
from tests.pictures.rows import PAGES

NAMED = re.compile(r"\{\w+\}")
NO_PAGE = (
    "overview", "admin:search", "admin:login", "admin:logout", "admin:password_change", "admin:jsi18n",
    "admin:password_change_done", "admin:autocomplete", "admin:view_on_site", "admin:app_list",
    "admin:servers_server_connected", "admin:servers_server_arrival", "admin:system_state",
    "admin:monitoring_trailcheck_state", "admin:monitoring_trailcheck_verify",
    "admin:monitoring_auditevent_export", "admin:monitoring_auditevent_live_rows",
    "admin:servers_server_try_at", "admin:servers_server_try_token", "admin:servers_accessrule_explain",
    "admin:servers_accessrule_to_why", "admin:servers_accessrule_to_matrix", "admin:accounts_user_why",
    "admin:servers_job_rows", "admin:servers_job_part",
    "admin:catalog_entryversion_decide", "admin:servers_accessrequest_answer",
)  # fmt: skip
"""Addresses that answer with a part of a page, with data, or that lead elsewhere."""
LEADS = ("_history", "_mint", "_end_connections", "_live_calls", "_stop")
"""How the names of those end that lead elsewhere, for whatever row."""


def name_of(path: str) -> str:
    """The name of a picture's address, whatever stands for what the scene made."""
    for stand_in in ("1", str(uuid.UUID(int=1))):
        try:
            found = resolve(NAMED.sub(stand_in, urlsplit(path).path))
        except Resolver404:
            continue
        if found.url_name:
            return str(found.view_name)
    return ""


def never(name: str, alice: User) -> bool:
    """Whether it is a page for what nobody may: rows that no service makes or deletes."""
    request = RequestFactory().get("/")
    request.user = alice
    for model, page in admin.site._registry.items():
        start = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        if name == f"{start}_add":
            return not page.has_add_permission(request)
        if name == f"{start}_delete":
            return not page.has_delete_permission(request)
    return False


def test_every_page_of_the_admin_has_a_picture(alice: User) -> None:
    """A page that is added needs a row in tests/pictures/rows_*.py."""
    pictured = {name_of(page.path) for page in PAGES if page.path.startswith("/admin/")}
    wanted = {
        door.name
        for door in doors()
        if door.name not in NO_PAGE
        and not door.name.endswith(LEADS)
        and not never(door.name, alice)
    }
    assert sorted(wanted - pictured) == []
