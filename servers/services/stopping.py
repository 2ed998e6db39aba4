"""Emergency stops: a thing is stopped, at once and on every process, and let go again."""

from django.db.models import Model
from django.utils.text import capfirst

from accounts.models import OAuthClient, User
from accounts.services.recording import record
from catalog.models import Entry, Source
from catalog.services import announce
from servers.errors import AlreadyStopped, Gone
from servers.models import Server, Stop
from servers.permissions import Permission, require
from servers.services.recording import stop_facts
from servers.services.writing import check, told, write

Target = Server | Source | Entry | User | OAuthClient
FIELDS: tuple[tuple[type[Model], str], ...] = (
    (Server, Stop.Kind.SERVER),
    (Source, Stop.Kind.SOURCE),
    (Entry, Stop.Kind.ENTRY),
    (User, Stop.Kind.USER),
    (OAuthClient, Stop.Kind.CLIENT),
)
"""What can be stopped by itself, and the kind of stop, which is the name of its field too."""


@write
def stop(*, actor: User | None, target: Target | None, reason: str) -> Stop:
    """Stop a thing, with None everything: calls are refused with the reason, running ones end.

    Raises NotAllowed, InvalidValue, AlreadyStopped, Conflict.
    """
    require(actor, Permission.ADD_STOP)
    kind = kind_of(target)
    row = Stop(kind=kind, reason=reason.strip(), made_by=actor)
    if target is not None:
        setattr(row, f"{kind}_id", target.pk)
    _save(row)
    server, entry = _named(row)
    record(actor, "stop.add", server=server, entry=entry, after=stop_facts(row))
    announce()
    return row


@write
def lift(*, actor: User | None, stop: Stop) -> None:
    """Let what is stopped go on; calls that were ended stay so. Raises NotAllowed, Gone."""
    require(actor, Permission.DELETE_STOP)
    row = Stop.objects.select_for_update().filter(pk=stop.pk).first()
    if row is None:
        raise Gone("This is not stopped any more.")
    server, entry = _named(row)
    record(actor, "stop.lift", server=server, entry=entry, before=stop_facts(row))
    row.delete()
    announce()


def kind_of(target: Target | None) -> str:
    """Return the kind of stop that stops this."""
    kinds = (kind for model, kind in FIELDS if isinstance(target, model))
    return str(next(kinds, Stop.Kind.EVERYTHING))


def _save(row: Stop) -> None:
    """Check and save; of two who stop the same at once, the database lets one."""
    if (there := _why_not(row)) is not None:
        raise there
    check(row, exclude=("server", "source", "entry", "user", "client", "made_by"))
    with told(lambda: _why_not(row)):
        row.save()


def _why_not(row: Stop) -> AlreadyStopped | None:
    """Say that it is stopped, and why."""
    rows = Stop.objects.filter(kind=row.kind)
    if row.kind != Stop.Kind.EVERYTHING:
        rows = rows.filter(**{row.kind: getattr(row, f"{row.kind}_id")})
    there = rows.first()
    if there is None:
        return None
    return AlreadyStopped(f"{capfirst(str(there))} is stopped already: {there.reason}")


def _named(row: Stop) -> tuple[str, str]:
    """Return what the trail is searched by: the server's address and the entry's name, as far as known."""
    return row.server.slug if row.server else "", row.entry.name if row.entry else ""
