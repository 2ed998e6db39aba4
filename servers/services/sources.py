""" "All of a source" on a server: published, withdrawn."""

from accounts.models import User
from accounts.services.recording import record
from catalog.models import Source
from catalog.services import announce
from servers.errors import Gone, NameTaken
from servers.models import Server, ServerSource
from servers.permissions import Permission, require
from servers.services.following import publish_missing, tell_left_out
from servers.services.writing import locked_server, locked_source, told, write


@write
def publish_source(*, actor: User | None, server: Server, source: Source) -> ServerSource:
    """Publish all that a source offers, now and later, on a server.

    What is published there singly stays as it is; what finds its name taken is left out and told
    in the source's problem. Raises NotAllowed, NameTaken, Gone.
    """
    require(actor, Permission.CHANGE_SERVER)
    locked = locked_source(source)
    row = locked_server(server)
    followed = ServerSource(server=row, source=locked)
    with told(lambda: _taken(row, locked)):
        followed.save()
    outcome = publish_missing(followed)
    tell_left_out(locked, {row.slug: outcome.left_out})
    record(
        actor,
        "server.source.publish",
        server=row.slug,
        after={"source": locked.name, "key": locked.key, **outcome.facts()},
    )
    announce()
    return followed


@write
def unpublish_source(*, actor: User | None, followed: ServerSource) -> None:
    """Withdraw a source from a server, with all that came by it. Raises NotAllowed, Gone."""
    require(actor, Permission.CHANGE_SERVER)
    source = locked_source(followed.source)
    server = locked_server(followed.server)
    row = server.sources.filter(pk=followed.pk).first()
    if row is None:
        raise Gone(f"{source} is no longer published on {server.slug}.")
    record(
        actor,
        "server.source.unpublish",
        server=server.slug,
        before={"source": source.name, "key": source.key},
    )
    row.delete()
    tell_left_out(source, {server.slug: ()})
    announce()


def _taken(server: Server, source: Source) -> NameTaken | None:
    """Say that the source is there already, if it is."""
    if ServerSource.objects.filter(server=server, source=source).exists():
        return NameTaken(f"All of {source} is published on {server.slug} already.")
    return None
