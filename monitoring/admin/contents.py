"""What was recorded of a call, as its event's page shows it: as text, to who may see it."""

import contextlib
import json
from dataclasses import dataclass
from typing import Any

from django.template.loader import render_to_string

from monitoring.asked import uuid_of
from monitoring.calls import CALLS
from monitoring.models import AuditEvent, CallContent

KINDS = frozenset(CALLS)
PERMISSION = "monitoring.view_callcontent"
LONGEST = 100_000
"""Characters of one side that a page shows; what is kept is shorter as a rule."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page says: `state` names the sentence where there is nothing to show."""

    state: str
    server: str = ""
    may_switch: bool = False
    arguments: str = ""
    result: str = ""
    expires: Any = None


def of(event: AuditEvent, user: Any) -> Shown:
    """Return what was recorded of a call, or why nothing is shown."""
    about = _data(event)
    state = "denied" if event.verdict == "deny" else "nothing"
    if about.get("content_lost"):
        state = "lost"
    elif "content" in about:
        row = _row(about["content"]) if user.has_perm(PERMISSION) else None
        if row is not None:
            return Shown(
                "", event.server, False, laid(row.arguments), laid(row.result), row.expires_at
            )
        state = "gone" if user.has_perm(PERMISSION) else "hidden"
    return Shown(state, event.server, user.has_perm("servers.change_server"))


def rendered(shown: Shown) -> str:
    """Return the page's part."""
    return render_to_string("admin/monitoring/content.html", {"shown": shown})


def says_nothing_else(event: AuditEvent) -> bool:
    """Tell whether an event's data only leads to what was recorded."""
    return event.kind in KINDS and not _data(event).keys() - {"content", "content_lost"}


def laid(text: str) -> str:
    """Return JSON laid out for reading, bounded; what is none as it stands."""
    with contextlib.suppress(ValueError):
        text = json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    return text[:LONGEST].encode("utf-8", "replace").decode()


def _row(content: object) -> CallContent | None:
    known = uuid_of(str(content))
    return None if known is None else CallContent.objects.filter(pk=known).first()


def _data(event: AuditEvent) -> dict[str, Any]:
    try:
        read = json.loads(event.data or "{}")
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}
