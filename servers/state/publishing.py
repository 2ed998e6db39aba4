"""Steps that make published servers what the file says: fields, sources, entries."""

from collections.abc import Iterator
from typing import Any

from catalog.models import Entry
from servers.errors import BadName, StateRefused
from servers.models import Server, ServerEntry, ServerSource
from servers.services.naming import check_exposed_name, default_exposed_name
from servers.state.desired import LIMITS, DesiredEntry, DesiredServer
from servers.state.known import Known
from servers.state.steps import Step

FIELDS = (
    *("title", "description", "instructions", "visibility", "discoverable"),
    *("listing", "recording", "keep_days", "jobs_of_one", "jobs_open", *LIMITS),
)


def plan_server(wanted: DesiredServer, known: Known) -> Iterator[Step]:
    """Yield what makes a server what the file says, its rules aside."""
    row = known.servers.get(wanted.slug)
    yield from _plan_fields(wanted, row, known)
    yield from _plan_contents(wanted, row, known)


def _plan_fields(wanted: DesiredServer, row: Server | None, known: Known) -> Iterator[Step]:
    slug, line = wanted.slug, wanted.line
    fields = _stated(wanted, known)
    args: dict[str, Any] = {"slug": slug}
    if row is None:
        args["fields"] = {"title": slug, **fields}
        yield Step("create", f"server {slug}", line, "publish_server", args)
    elif changes := {name: value for name, value in fields.items() if _now(row, name) != value}:
        what = f"server {slug}: {', '.join(changes)}"
        yield Step("update", what, line, "update_server", {**args, "fields": changes})
    if wanted.enabled not in (None, row.enabled if row else True):
        what = f"server {slug}: {'enabled' if wanted.enabled else 'not enabled'}"
        args["enabled"] = wanted.enabled
        yield Step("update", what, line, "set_server_enabled", args)


def _stated(wanted: DesiredServer, known: Known) -> dict[str, str | int]:
    """Return the fields the file states; the team by its name, empty for none, limits 0 for none."""
    fields = {name: getattr(wanted, name) for name in FIELDS}
    if wanted.team is not None:
        fields["team"] = known.check_team(wanted.line, wanted.team) if wanted.team else ""
    return {name: value for name, value in fields.items() if value is not None}


def _now(row: Server, name: str) -> str | int:
    """Return a field as the file would state it."""
    if name in LIMITS:
        return getattr(row, name) or 0
    if name == "team":
        return row.team.name if row.team else ""
    value = getattr(row, name)
    return value if isinstance(value, bool | int) else str(value)


def _plan_contents(wanted: DesiredServer, row: Server | None, known: Known) -> Iterator[Step]:
    """Yield withdrawals first, so that names are free when something else wants them."""
    followed = list(row.sources.select_related("source").order_by("pk")) if row else []
    stay, fresh = _sources(wanted, followed, known)
    for each in followed:
        if each not in stay:
            what = f"all of {each.source} on server {wanted.slug}"
            yield Step("remove", what, wanted.line, "unpublish_source", {"followed": each})
    if wanted.entries is not None:
        yield from _plan_entries(wanted, _published(row, stay), _covered(stay, fresh), known)
    yield from fresh


def _sources(
    wanted: DesiredServer, followed: list[ServerSource], known: Known
) -> tuple[list[ServerSource], list[Step]]:
    """Return which "all of a source" stay, and the steps that add others."""
    if wanted.sources is None:
        return followed, []
    stay, fresh = [], []
    by_source = {each.source_id: each for each in followed}
    for each in wanted.sources:
        source = known.source(each.line, each.source)
        if source.pk in by_source:
            stay.append(by_source[source.pk])
        else:
            args = {"slug": wanted.slug, "source": source}
            what = f"all of {source} on server {wanted.slug}"
            fresh.append(Step("create", what, each.line, "publish_source", args))
    return stay, fresh


def _covered(stay: list[ServerSource], fresh: list[Step]) -> set[int]:
    """Return the sources of which everything is going to be published."""
    return {each.source_id for each in stay} | {step.args["source"].pk for step in fresh}


def _published(row: Server | None, stay: list[ServerSource]) -> dict[int, ServerEntry]:
    """Return what is published and not withdrawn together with its source."""
    if row is None:
        return {}
    kept = {each.pk for each in stay}
    rows = row.entries.select_related("server", "entry__source").order_by("pk")
    return {each.entry_id: each for each in rows if each.via_id is None or each.via_id in kept}


def _plan_entries(
    wanted: DesiredServer, published: dict[int, ServerEntry], covered: set[int], known: Known
) -> Iterator[Step]:
    """Yield what makes the list of entries complete; what all of a source brings stays."""
    later: list[Step] = []
    for position, each in enumerate(wanted.entries or ()):
        entry = known.entry(each)
        row = published.pop(entry.pk, None)
        place = (_exposed(each, entry), position)
        if row is None:
            later.append(_publish(wanted.slug, each, entry, place))
        elif place != (row.exposed_name, row.position):
            later.append(_move(wanted.slug, each, row, place))
    for row in published.values():
        if row.entry.source_id not in covered:
            what = f"{row.kind} {row.exposed_name} on server {wanted.slug}"
            yield Step("remove", what, wanted.line, "unpublish_entry", {"published": row})
    yield from sorted(later, key=lambda step: step.action == "create")


def _exposed(wanted: DesiredEntry, entry: Entry) -> str:
    """Return the name clients should see."""
    try:
        name = wanted.exposed or default_exposed_name(entry)
        check_exposed_name(entry, name)
    except BadName as error:
        raise StateRefused(wanted.line, str(error)) from error
    return name


def _publish(slug: str, wanted: DesiredEntry, entry: Entry, place: tuple[str, int]) -> Step:
    renamed = f" as {place[0]}" if place[0] != default_exposed_name(entry) else ""
    what = f"{entry.kind} {entry.name}{renamed} on server {slug}, from {entry.source}"
    args = {"slug": slug, "entry": entry, "exposed_name": place[0], "position": place[1]}
    return Step("create", what, wanted.line, "publish_entry", args)


def _move(slug: str, wanted: DesiredEntry, row: ServerEntry, place: tuple[str, int]) -> Step:
    renamed = f" as {place[0]}" if place[0] != row.exposed_name else ""
    what = f"{row.kind} {row.exposed_name} on server {slug}{renamed} at place {place[1] + 1}"
    args = {"published": row, "exposed_name": place[0], "position": place[1]}
    return Step("update", what, wanted.line, "update_published_entry", args)
