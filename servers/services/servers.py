"""Published servers: made, changed, switched off, deleted."""

from typing import TypedDict, Unpack

from accounts.models import Team, User
from accounts.services.recording import record
from catalog.services import announce
from servers.errors import NameTaken
from servers.models import LastCall, Server
from servers.permissions import Permission, require
from servers.services.naming import suggested_slug
from servers.services.recording import server_facts
from servers.services.writing import check, locked_server, told, write


class Details(TypedDict, total=False):
    """What an admin may say about a server besides its name; what is not named stays as it is."""

    description: str
    instructions: str
    visibility: str
    team: Team | None
    discoverable: bool
    calls_per_minute: int | None
    burst: int | None
    jobs_of_one: int
    jobs_open: int
    listing: str
    token_budget: int | None
    recording: str
    keep_days: int


class ServerFields(Details, total=False):
    """The same with its name."""

    slug: str
    title: str


@write
def publish_server(
    *, actor: User | None, title: str, slug: str = "", **details: Unpack[Details]
) -> Server:
    """Publish a server without entries; without a slug its address follows from its title.

    What limits it is for each caller, None for no limit. Raises NotAllowed, InvalidValue, NameTaken.
    """
    require(actor, Permission.ADD_SERVER)
    title = title.strip()
    server = Server(slug=slug.strip() or suggested_slug(title), title=title, **details)
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
        _move_calls(before["slug"], row.slug)
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
    LastCall.objects.filter(server=row.slug).delete()
    row.delete()
    announce()


def _move_calls(before: object, after: str) -> None:
    """Let who called a server under its old address stand as connected under its new one."""
    if before != after:
        LastCall.objects.filter(server=after).delete()
        LastCall.objects.filter(server=before).update(server=after)


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
