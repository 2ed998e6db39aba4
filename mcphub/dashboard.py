"""The admin's first page: what is served, what is wrong, what changed last."""

from dataclasses import dataclass
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest
from django.urls import reverse

from accounts.models import IssuedToken, User
from catalog.models import Entry, Source
from monitoring.admin import words
from monitoring.models import AuditEvent, AuditPerson
from servers.models import Server

PROBLEMS = 5
CHANGES = 10


@dataclass(frozen=True, slots=True)
class Figure:
    """A number on a card, with where it leads; `url` is empty for who may not go there."""

    title: str
    number: int
    url: str
    icon: str


def dashboard(request: Any, context: dict[str, Any]) -> dict[str, Any]:
    """Add what the first page shows of what this person may see."""
    user = request.user
    if user.has_perm("catalog.view_source"):
        context["problems"] = Source.objects.exclude(problem="").order_by("name")[:PROBLEMS]
    if user.has_perm("monitoring.view_auditevent"):
        context["changes"] = _changes()
    context["figures"] = _figures(request)
    return context


def _figures(request: HttpRequest) -> list[Figure]:
    served = Q(enabled=True, state=Entry.State.ACTIVE, source__enabled=True)
    counted: tuple[tuple[str, str, str, str, QuerySet[Any]], ...] = (
        ("Servers on", "servers.view_server", "servers_server", "dns",
         Server.objects.filter(enabled=True)),
        ("Tools on", "catalog.view_entry", "catalog_tool", "build",
         Entry.objects.filter(served, kind=Entry.Kind.TOOL)),
        ("People", "accounts.view_user", "accounts_user", "person",
         User.objects.filter(is_active=True)),
        ("Tokens", "accounts.view_issuedtoken", "accounts_issuedtoken", "key",
         IssuedToken.objects.all()),
    )  # fmt: skip
    return [
        Figure(title, rows.count(), reverse(f"admin:{name}_changelist"), icon)
        for title, permission, name, icon, rows in counted
        if request.user.has_perm(permission)
    ]


def _changes() -> list[AuditEvent]:
    """Return the newest changes by people, with their names; found by an index."""
    person = AuditPerson.objects.filter(pk=OuterRef("user")).values("label")[:1]
    rows = AuditEvent.objects.filter(kind="change").order_by("-id")
    changes: list[Any] = list(rows.annotate(label=Subquery(person))[:CHANGES])
    for event in changes:
        event.said = words.of_change(event.action, event.data)
        event.about = words.subject(event.entry, event.data)
    return changes
