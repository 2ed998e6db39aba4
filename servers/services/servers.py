"""Published servers: made, changed, switched off, deleted."""

from typing import TypedDict, Unpack

from accounts.models import Team, User
from accounts.services.recording import record
from catalog.services import announce
from servers.errors import NameTaken
from servers.models import Server
from servers.permissions import Permission, require
from servers.services.recording import server_facts
from servers.services.writing import check, locked_server, told, write


class ServerFields(TypedDict, total=False):
    """What an admin says about a server; what is not named stays as it is."""

    slug: str
    title: str
    description: str
    instructions: str
    visibility: str
    team: Team | None
    discoverable: bool
    calls_per_minute: int | None
    burst: int | None


@write
def publish_server(
    *,
    actor: User | None,
    slug: str,
    title: str,
    description: str = "",
    instructions: str = "",
    visibility: str = Server.Visibility.TEAM,
    team: Team | None = None,
    discoverable: bool = False,
    calls_per_minute: int | None = None,
    burst: int | None = None,
) -> Server:
    """Publish a server without entries; what limits it is for each caller, None for no limit.

    Raises NotAllowed, InvalidValue, NameTaken.
    """
    require(actor, Permission.ADD_SERVER)
    server = Server(
        slug=slug.strip(),
        title=title.strip(),
        description=description,
        instructions=instructions,
        visibility=visibility,
        team=team,
        discoverable=discoverable,
        calls_per_minute=calls_per_minute,
        burst=burst,
    )
    _save(server)
    record(actor, "server.publish", server=server.slug, after=server_facts(server))
    announce()
    return server


@write
def update_server(*, actor: User | None, server: Server, **changes: Unpack[ServerFields]) -> Server:
    """Change what is named of a server; tokens stay bound to it, also under a new slug.

    Raises NotAllowed, InvalidValue, NameTaken, Gone.
    """
    require(actor, Permission.CHANGE_SERVER)
    row = locked_server(server)
    before = server_facts(row)
    for name, value in changes.items():
        setattr(row, name, value)
    if server_facts(row) != before:
        _save(row)
        record(actor, "server.update", server=row.slug, before=before, after=server_facts(row))
        announce()
    return row


@write
def set_server_enabled(*, actor: User | None, server: Server, enabled: bool) -> Server:
    """Switch a server on or off; off, it answers like one that is not there.

    Raises NotAllowed, Gone.
    """
    require(actor, Permission.CHANGE_SERVER)
    row = locked_server(server)
    if row.enabled != enabled:
        before = server_facts(row)
        row.enabled = enabled
        row.save(update_fields=["enabled"])
        action = "server.enable" if enabled else "server.disable"
        record(actor, action, server=row.slug, before=before, after=server_facts(row))
        announce()
    return row


@write
def delete_server(*, actor: User | None, server: Server) -> None:
    """Delete a server with its rules; its tokens open nothing any more, the catalog stays.

    Raises NotAllowed, Gone.
    """
    require(actor, Permission.DELETE_SERVER)
    row = locked_server(server)
    record(actor, "server.delete", server=row.slug, before=server_facts(row))
    row.delete()
    announce()


def _save(server: Server) -> None:
    """Check and save; the address is the database's to judge."""

    def why() -> NameTaken | None:
        others = Server.objects.filter(slug=server.slug).exclude(public_id=server.public_id)
        taken = NameTaken(f"There is a server at {server.path} already.")
        return taken if others.exists() else None

    if (taken := why()) is not None:
        raise taken
    check(server, exclude=("team",))
    with told(why):
        server.save()
