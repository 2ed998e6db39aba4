"""The admin's sidebar, in the product's words: what a person may not see is not in it."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from accounts.models import User
from accounts.selectors import clients_waiting
from catalog.admin.waiting import may_review
from catalog.selectors import waiting_number
from mcphub.system import page as system
from monitoring.admin import live, why
from servers import roles
from servers.admin import matrix
from servers.selectors import requests_waiting


@dataclass(frozen=True, slots=True)
class Page:
    """A list of the admin, and the Django permission, or one of several, that shows it.

    `waiting` counts what waits there for an answer, `waiting_for` what waits for this person; `seen_by`
    decides where no one permission does.
    """

    title: str
    icon: str
    url: str
    permissions: tuple[str, ...]
    page: str = "changelist"
    waiting: Callable[[], int] | None = None
    waiting_for: Callable[[User], int] | None = None
    seen_by: Callable[[User], bool] | None = None

    def badge(self, user: User) -> int:
        """Count what waits there."""
        if self.waiting_for is not None:
            return self.waiting_for(user)
        return self.waiting() if self.waiting else 0


TRIED = re.compile(r"/try/(tool|resource|template|prompt)/")
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
            "Who may use what",
            "table_view",
            "servers_accessrule",
            ("servers.view_accessrule", "servers.change_accessrule"),
            "matrix",
            seen_by=matrix.may_see,
        ),
        Page(
            "Why?",
            "help",
            "servers_accessrule",
            ("servers.view_accessrule", "servers.change_accessrule"),
            "why",
            seen_by=why.may_ask,
        ),
        Page(
            "Requests",
            "waving_hand",
            "servers_accessrequest",
            ("servers.view_accessrequest", "servers.change_accessrequest"),
            waiting=requests_waiting,
        ),
        Page("Stops", "front_hand", "servers_stop", ("servers.view_stop", "servers.delete_stop")),
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
        Page(
            "Changes waiting",
            "rule",
            "catalog_entryversion",
            ENTRIES,
            "waiting",
            waiting_for=waiting_number,
            seen_by=may_review,
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
            waiting=clients_waiting,
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
            "Live",
            "graphic_eq",
            "monitoring_auditevent",
            ("monitoring.view_auditevent",),
            "live",
            seen_by=live.may_see,
        ),
        Page("Jobs", "pending_actions", "servers_job", ("servers.view_job", "servers.change_job")),
        Page(
            "Banner",
            "campaign",
            "monitoring_banner",
            ("monitoring.view_banner", "monitoring.change_banner"),
        ),
        Page(
            "Attempts to connect",
            "stethoscope",
            "accounts_connectionattempt",
            ("accounts.view_connectionattempt",),
        ),
        Page(
            "Clients on HTTP+SSE",
            "history_toggle_off",
            "servers_sseclient",
            ("servers.view_sseclient",),
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
        Page(
            "Masked names",
            "visibility_off",
            "monitoring_redactedname",
            ("monitoring.view_redactedname",),
        ),
        Page("Verification", "verified", "monitoring_trailcheck", ("monitoring.view_trailcheck",)),
        Page("System", "monitor_heart", "system", (system.PERMISSION,), ""),
        Page("Seals", "approval", "monitoring_auditseal", ("monitoring.view_auditseal",)),
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
            "link": reverse(f"admin:{page.url}{page.page and '_'}{page.page}"),
            "badge": page.badge(request.user),
            "badge_variant": "primary",
        }
        for page in pages
        if _shown(request.user, page)
    ]


def _shown(user: Any, page: Page) -> bool:
    """Tell whether a permission shows a page, or, of a list, a role in a team."""
    if page.seen_by is not None:
        return page.seen_by(user)
    if any(user.has_perm(name) for name in page.permissions):
        return True
    if page.page != "changelist":
        return False
    app, _, name = page.permissions[0].partition(".")
    return roles.opened(user, f"{app}.{name.partition('_')[2]}", "view") is not None


def _mark(path: str, items: list[dict[str, Any]]) -> None:
    """Mark the page that this address belongs to: of those it begins with, the longest.

    The playground stands under servers, but belongs to the list of what is tried in it.
    """
    if tried := TRIED.search(path):
        path = reverse(f"admin:catalog_{tried[1]}_changelist")
    fitting = [item["link"] for item in items if path.startswith(item["link"])]
    here = max(fitting, key=len, default="")
    for item in items:
        item["active"] = item["link"] == here
