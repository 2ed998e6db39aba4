"""Changes waiting: what sources under review would change, field by field, to be approved or declined."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Max
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse

from accounts.models import User
from catalog import services
from catalog.admin.differences import Compared, compared
from catalog.models import EntryVersion, Source
from catalog.permissions import Permission, curated_teams, has, may_for, sees_entries
from catalog.selectors import versions_seen_by, waiting_for
from monitoring import asked
from monitoring.admin.confirming import Act, ask_and_act

SHOWN = 20
"""Changes on one page."""
DECISIONS = {
    "approve": (services.approve_version, "approved"),
    "decline": (services.decline_version, "declined"),
}


@dataclass(frozen=True, slots=True)
class Waits:
    """How much waits of a source, and the newest of it: what comes later was not looked at."""

    source: Source
    number: int
    last: int
    may_decide: bool


@dataclass(frozen=True, slots=True)
class Group:
    """The changes of one source that the page shows."""

    waits: Waits
    changes: tuple[Compared, ...]


def may_review(user: User) -> bool:
    """Tell whether the page is for this person: they see entries, or curate for a team."""
    return sees_entries(user) or curated_teams(user).exists()


def waiting_page(page: Any, request: Any) -> HttpResponse:
    """Show what waits; on POST decide on one, or on all that are ticked."""
    if not may_review(request.user):
        raise PermissionDenied
    if request.method == "POST":
        _decide(page, request)
        return redirect(request.get_full_path())
    return _shown(page, request)


def approve_all_page(page: Any, request: Any, source: int) -> HttpResponse:
    """Ask for the source's name, then approve all of it that waited when it was asked."""
    row = Source.objects.select_related("team").filter(pk=source).first()
    if row is None or not may_for(request.user, Permission.CHANGE_ENTRY, row.team):
        raise PermissionDenied  # one answer for both: it tells nobody what is there
    waiting = EntryVersion.objects.filter(entry__source=row, state=EntryVersion.State.WAITING)
    last = asked.key(request.GET.get("last", "")) or 0
    number = waiting.filter(pk__lte=last).count()

    def do(form: Any) -> str:
        done = services.approve_all_waiting(actor=request.user, source=row, last=last)
        return f"{done} changes of {row} are served now."

    act = Act(
        title=f"Approve all that waits of {row}?",
        lead=f"{number} changes are served from then on, looked at or not.",
        what_goes=[
            "What arrived after the page that led here goes on waiting.",
            "Each can be rolled back on its own page.",
        ],
        typed=row.name,
        word="Approve all",
        back=reverse("admin:catalog_entryversion_waiting"),
        do=do,
        final=False,
    )
    return ask_and_act(page, request, act)


def _decide(page: Any, request: Any) -> None:
    """Approve or decline what the pressed button names; what waits no more is told."""
    verb, texts = _order(request.POST)
    service, done = DECISIONS[verb]
    rows = versions_seen_by(request.user).filter(pk__in=asked.keys(texts[: 2 * SHOWN]))
    found = list(rows.select_related("entry__source").order_by("pk"))
    if not found:
        messages.error(request, "Tick at least one.")
        return
    page.each(request, found, lambda row: service(actor=request.user, version=row), done)


def _order(said: Any) -> tuple[str, list[str]]:
    """Return what to do and with which: a button names one version, or stands for the ticked."""
    for verb in DECISIONS:
        if said.get(verb):
            return verb, [said[verb]]
    verb = said.get("ticked", "")
    return (verb, said.getlist("version")) if verb in DECISIONS else ("decline", [])


def _shown(page: Any, request: Any) -> HttpResponse:
    """Return the page."""
    waits = _waits(request.user)
    chosen = asked.key(request.GET.get("source", ""))
    of = [one for one in waits if one.source.pk == chosen] or waits
    start = max(asked.key(request.GET.get("from", "")) or 0, 0)
    keys = _keys(request.user, of, start)
    context = {
        **page.admin_site.each_context(request),
        "title": "Changes waiting",
        "opts": page.opts,
        "waits": waits,
        "total": sum(one.number for one in waits),
        "chosen": of[0].source.pk if of is not waits else None,
        "groups": list(_groups(keys[:SHOWN], waits)),
        "may_decide": any(one.may_decide for one in of),
        "start": start,
        "more": start + SHOWN if len(keys) > SHOWN else 0,
        "reviewed": _reviews(request.user),
    }
    request.current_app = page.admin_site.name
    return TemplateResponse(request, "admin/catalog/waiting.html", context)


def _reviews(user: User) -> bool:
    """Tell whether any source is under review of those whose versions this person may see."""
    reviewed = Source.objects.filter(changes=Source.Changes.REVIEW)
    if not sees_entries(user):
        reviewed = reviewed.filter(team__in=curated_teams(user))
    return reviewed.exists()


def _waits(user: User) -> list[Waits]:
    """Return the sources of which something waits that this person may see, by name."""
    counted = waiting_for(user).order_by().values("entry__source")
    numbers = {
        row["entry__source"]: (row["number"], row["last"])
        for row in counted.annotate(number=Count("pk"), last=Max("pk"))
    }
    everywhere = has(user, Permission.CHANGE_ENTRY)
    teams = set() if everywhere else set(curated_teams(user).values_list("pk", flat=True))
    rows = Source.objects.filter(pk__in=numbers).order_by("name", "pk")
    return [Waits(row, *numbers[row.pk], everywhere or row.team_id in teams) for row in rows]


def _keys(user: User, of: list[Waits], start: int) -> list[int]:
    """Return the keys of the versions to show, and one more; without their texts, which are long."""
    rows = waiting_for(user).filter(entry__source__in=[one.source.pk for one in of])
    rows = rows.order_by("entry__source__name", "entry__source", "entry__kind", "entry__name", "pk")
    return list(rows.values_list("pk", flat=True)[start : start + SHOWN + 1])


def _groups(keys: list[int], waits: list[Waits]) -> Iterator[Group]:
    """Yield the versions of these keys by their sources, each compared with what is served."""
    by_source = {one.source.pk: one for one in waits}
    rows = EntryVersion.objects.select_related(
        "definition", "entry__source", "entry__current__definition"
    ).in_bulk(keys)
    found = [rows[key] for key in keys if key in rows]
    for source, some in groupby(found, key=lambda row: row.entry.source_id):
        yield Group(by_source[source], tuple(compared(row) for row in some))
