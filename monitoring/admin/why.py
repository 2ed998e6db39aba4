"""From a denied call to the page that explains it, which a room above has: linked by its name."""

from typing import Any

from django.urls import NoReverseMatch, reverse

from monitoring.models import AuditEvent

PAGE = "admin:servers_accessrule_why"
NEEDS = (
    ("servers.view_accessrule", "servers.change_accessrule"),
    ("servers.view_server", "servers.change_server"),
    ("accounts.view_user", "accounts.change_user"),
    ("catalog.view_entry", "catalog.change_entry"),
)
"""What an answer tells of: who asks why must be let see all of it, each by one of the permissions."""
KINDS = {"call": "tool", "read": "resource", "get": "prompt", "complete": ""}
"""Kind of event -> kind of what was asked for; a completion says not which."""


def why_address(event: AuditEvent) -> str:
    """Return where a denial is explained as it would be judged now; nothing for what is no denied call."""
    if event.verdict != "deny" or event.kind not in KINDS or not event.server:
        return ""
    said = {
        "user": str(event.user or ""),
        "client": event.client,
        "server": event.server,
        "kind": KINDS[event.kind],
        "name": event.entry,
    }
    try:
        return reverse(PAGE, query={name: text for name, text in said.items() if text})
    except NoReverseMatch:
        return ""


def may_ask(user: Any) -> bool:
    """Tell whether somebody may be told why: what is asked there, and so what leads there."""
    return all(any(user.has_perm(name) for name in names) for names in NEEDS)
