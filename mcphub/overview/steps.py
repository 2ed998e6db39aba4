"""The first minutes with a hub, as steps that check themselves off by what really happened."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.urls import reverse

from accounts.caller import PLAYGROUND
from accounts.models import Consent, IssuedToken, Membership
from catalog.models import Entry
from monitoring.models import AuditEvent
from servers.models import AccessRule, Server, ServerEntry


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what to do, where, and whether it was done; `url` is empty for who may not go there."""

    title: str
    words: str
    url: str
    link: str
    done: bool


def _brought_in() -> bool:
    return Entry.objects.filter(state=Entry.State.ACTIVE, source__enabled=True).exists()


def _published() -> bool:
    return Server.objects.filter(_has_entries(), enabled=True).exists()


def _given() -> bool:
    """Tell whether anybody may use a server with something on it."""
    members = Membership.objects.filter(team=OuterRef("team"), user__is_active=True)
    allowing = AccessRule.objects.filter(server=OuterRef("pk"), effect=AccessRule.Effect.ALLOW)
    opened = Q(visibility=Server.Visibility.PUBLIC) | Exists(members) | Exists(allowing)
    return Server.objects.filter(_has_entries(), opened, enabled=True).exists()


def _connected() -> bool:
    """Tell whether a client was let in, or a token was used by one: the playground is none."""
    used = IssuedToken.objects.filter(last_used_at__isnull=False)
    by_clients = used.exclude(origin=IssuedToken.Origin.PLAYGROUND)
    return Consent.objects.exists() or by_clients.exists() or _called()


def _called() -> bool:
    """Tell whether a client called: the playground is none."""
    calls = AuditEvent.objects.filter(kind="call", verdict="allow")
    return calls.exclude(client__startswith=PLAYGROUND).exists()


def _has_entries() -> Exists:
    return Exists(ServerEntry.objects.filter(server=OuterRef("pk"), entry__enabled=True))


STEPS: tuple[tuple[str, str, str, str, str, Callable[[], bool]], ...] = (
    (
        "Bring in tools",
        "Name a file of Python functions in MCPHUB_TOOLS; what it offers appears by itself.",
        "admin:catalog_source_changelist",
        "Sources",
        "catalog.source",
        _brought_in,
    ),
    (
        "Publish a server",
        "Choose what is on it, and the address that clients connect to.",
        "admin:servers_server_changelist",
        "Servers",
        "servers.server",
        _published,
    ),
    (
        "Give access",
        "Make it public, hand it to a team with people in it, or write an access rule.",
        "admin:servers_accessrule_changelist",
        "Access",
        "servers.accessrule",
        _given,
    ),
    (
        "Connect a client",
        "Each server has a page with what to paste into Claude, ChatGPT, Cursor and others.",
        "servers:home",
        "Connect",
        "",
        _connected,
    ),
    (
        "See the call arrive",
        "Ask the client for something that a tool does: the call appears here within seconds.",
        "admin:monitoring_auditevent_changelist",
        "Audit trail",
        "monitoring.auditevent",
        _called,
    ),
)


def first_minutes(user: Any) -> list[Step]:
    """Return the steps while one is open, for who may take them; none when all are done."""
    if not user.has_perm("servers.change_server"):
        return []
    steps = [
        Step(title, words, reverse(name) if _sees(user, model) else "", link, done())
        for title, words, name, link, model, done in STEPS
    ]
    return [] if all(step.done for step in steps) else steps


def _sees(user: Any, model: str) -> bool:
    """Tell whether somebody may see a model's list; what is no list of the admin is everybody's."""
    app, _, name = model.partition(".")
    return not model or any(user.has_perm(f"{app}.{verb}_{name}") for verb in ("view", "change"))
