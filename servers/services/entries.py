"""Single entries on a server: published, renamed, moved, withdrawn."""

from accounts.models import User
from accounts.services.recording import record
from catalog.models import Entry
from catalog.services import announce
from servers.errors import FollowsSource, Gone, NameTaken
from servers.models import Server, ServerEntry
from servers.permissions import Permission, require
from servers.services.naming import check_exposed_name, default_exposed_name
from servers.services.recording import entry_facts
from servers.services.writing import check, locked_server, locked_source, told, write


@write
def publish_entry(
    *,
    actor: User | None,
    server: Server,
    entry: Entry,
    exposed_name: str = "",
    position: int = 0,
) -> ServerEntry:
    """Publish an entry on a server, by default under its own name or address.

    Raises NotAllowed, InvalidValue, BadName, NameTaken, Gone.
    """
    require(actor, Permission.CHANGE_SERVER)
    locked_source(entry.source)
    row = locked_server(server)
    published = ServerEntry(
        server=row,
        entry=entry,
        kind=entry.kind,
        exposed_name=exposed_name.strip() or default_exposed_name(entry),
        position=position,
    )
    _save(published)
    record(
        actor,
        "server.entry.publish",
        server=row.slug,
        entry=published.exposed_name,
        after=entry_facts(published),
    )
    announce()
    return published


@write
def update_published_entry(
    *,
    actor: User | None,
    published: ServerEntry,
    exposed_name: str | None = None,
    position: int | None = None,
) -> ServerEntry:
    """Rename or move what is published; None leaves it, an empty name gives it its own again.

    Raises NotAllowed, InvalidValue, BadName, NameTaken, Gone.
    """
    row = _locked(actor, published)
    before = entry_facts(row)
    if exposed_name is not None:
        row.exposed_name = exposed_name.strip() or default_exposed_name(row.entry)
    if position is not None:
        row.position = position
    if entry_facts(row) != before:
        _save(row)
        record(
            actor,
            "server.entry.update",
            server=row.server.slug,
            entry=row.exposed_name,
            before=before,
            after=entry_facts(row),
        )
        announce()
    return row


@write
def unpublish_entry(*, actor: User | None, published: ServerEntry) -> None:
    """Withdraw an entry from a server. Raises NotAllowed, FollowsSource, Gone."""
    row = _locked(actor, published)
    if row.server.sources.filter(source=row.entry.source).exists():
        raise FollowsSource(
            f"{row.exposed_name} is published with all of {row.entry.source}. Switch it off,"
            " deny it with an access rule, or withdraw the source."
        )
    record(
        actor,
        "server.entry.unpublish",
        server=row.server.slug,
        entry=row.exposed_name,
        before=entry_facts(row),
    )
    row.delete()
    announce()


def _locked(actor: User | None, published: ServerEntry) -> ServerEntry:
    """Return the row as it is now, its server kept from others, if the actor may change it."""
    require(actor, Permission.CHANGE_SERVER)
    server = locked_server(published.server)
    rows = server.entries.select_related("server", "entry__source", "entry__current__definition")
    row = rows.filter(pk=published.pk).first()
    if row is None:
        raise Gone(f"{published.exposed_name} is no longer published on {server.slug}.")
    return row


def _save(row: ServerEntry) -> None:
    """Check and save; whether the name is free is the database's to judge."""
    check_exposed_name(row.entry, row.exposed_name)
    check(row, exclude=("server", "entry", "via"))
    with told(lambda: _why_taken(row)):
        row.save()


def _why_taken(row: ServerEntry) -> NameTaken | None:
    """Say what stands in a row's way on its server."""
    others = ServerEntry.objects.filter(server=row.server).exclude(pk=row.pk)
    if others.filter(entry=row.entry).exists():
        return NameTaken(f"{row.entry.name} is published on {row.server.slug} already.")
    if others.filter(kind=row.kind, exposed_name=row.exposed_name).exists():
        return NameTaken(
            f"The {row.kind} name {row.exposed_name} is taken on {row.server.slug}."
            " Publish it under another name."
        )
    return None
