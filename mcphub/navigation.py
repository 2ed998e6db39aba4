"""The admin's sidebar, in the product's words: what a person may not see is not in it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from servers.selectors import requests_waiting


@dataclass(frozen=True, slots=True)
class Page:
    """A list of the admin, and the Django permission, or one of several, that shows it.

    `waiting` counts what waits there for an answer.
    """

    title: str
    icon: str
    url: str
    permissions: tuple[str, ...]
    page: str = "changelist"
    waiting: Callable[[], int] | None = None


ENTRIES = ("catalog.view_entry", "catalog.change_entry")
GROUPS: dict[str, tuple[Page, ...]] = {
    "Publishing": (
        Page("Servers", "dns", "servers_server", ("servers.view_server", "servers.change_server")),
        Page(
            "Access",
            "shield_person",
            "servers_accessrule",
            ("servers.view_accessrule", "servers.change_accessrule"),
        ),
        Page(
            "Requests",
            "waving_hand",
            "servers_accessrequest",
            ("servers.view_accessrequest", "servers.change_accessrequest"),
            waiting=requests_waiting,
        ),
        Page("Origins", "public", "servers_allowedorigin", ("servers.view_allowedorigin",)),
        Page("Ended sessions", "link_off", "servers_endedsession", ("servers.view_endedsession",)),
    ),
    "Catalog": (
        Page(
            "Sources",
            "folder_code",
            "catalog_source",
            ("catalog.view_source", "catalog.change_source"),
        ),
        Page("Tools", "build", "catalog_tool", ENTRIES),
        Page("Resources", "description", "catalog_resource", ENTRIES),
        Page("Templates", "data_object", "catalog_template", ENTRIES),
        Page("Prompts", "chat", "catalog_prompt", ENTRIES),
        Page("Versions", "history", "catalog_entryversion", ENTRIES),
        Page("Tags", "sell", "catalog_tag", ("catalog.view_tag", "catalog.change_tag")),
    ),
    "People": (
        Page("People", "person", "accounts_user", ("accounts.view_user", "accounts.change_user")),
        Page("Teams", "groups", "accounts_team", ("accounts.view_team", "accounts.change_team")),
        Page(
            "Clients",
            "devices",
            "accounts_oauthclient",
            ("accounts.view_oauthclient", "accounts.change_oauthclient"),
        ),
        Page(
            "Client policy",
            "how_to_reg",
            "accounts_oauthclient",
            ("accounts.view_clientpolicy", "accounts.change_clientpolicy"),
            "policy",
        ),
        Page("Connections", "link", "accounts_consent", ("accounts.view_consent",)),
        Page("Tokens", "key", "accounts_issuedtoken", ("accounts.view_issuedtoken",)),
    ),
    "Watch": (
        Page(
            "Attempts to connect",
            "stethoscope",
            "accounts_connectionattempt",
            ("accounts.view_connectionattempt",),
        ),
        Page(
            "Audit trail", "receipt_long", "monitoring_auditevent", ("monitoring.view_auditevent",)
        ),
        Page(
            "Names in the trail",
            "badge",
            "monitoring_auditperson",
            ("monitoring.view_auditperson",),
        ),
        Page("Seals", "verified", "monitoring_auditseal", ("monitoring.view_auditseal",)),
    ),
}


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the sidebar for this person, as django-unfold takes it."""
    top: list[dict[str, Any]] = [
        {"title": "Overview", "icon": "space_dashboard", "link": reverse("admin:index")},
        # "/" begins every address: without this it would be marked on each page.
        {"title": "My servers", "icon": "home", "link": "/", "active": False},
    ]
    groups = [(title, _items(request, pages)) for title, pages in GROUPS.items()]
    _mark(request.path, [item for _, items in groups for item in items])
    shown = [
        {"title": title, "items": items, "separator": True} for title, items in groups if items
    ]
    return [{"items": top}, *shown]


def _items(request: Any, pages: tuple[Page, ...]) -> list[dict[str, Any]]:
    return [
        {
            "title": page.title,
            "icon": page.icon,
            "link": reverse(f"admin:{page.url}_{page.page}"),
            "badge": page.waiting() if page.waiting else 0,
            "badge_variant": "primary",
        }
        for page in pages
        if any(request.user.has_perm(name) for name in page.permissions)
    ]


def _mark(path: str, items: list[dict[str, Any]]) -> None:
    """Mark the page that this address belongs to: of those it begins with, the longest."""
    fitting = [item["link"] for item in items if path.startswith(item["link"])]
    here = max(fitting, key=len, default="")
    for item in items:
        item["active"] = item["link"] == here
