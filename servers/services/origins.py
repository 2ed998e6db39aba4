"""Web pages that may call MCP endpoints from a browser: allowed, and forgotten again."""

from accounts.models import User
from accounts.services.recording import record
from catalog.services import announce
from servers.errors import InvalidValue
from servers.models import AllowedOrigin
from servers.permissions import Permission, require
from servers.services.writing import check, write

DEFAULT_PORTS = (("https://", ":443"), ("http://", ":80"))


@write
def allow_origin(*, actor: User | None, origin: str, note: str = "") -> AllowedOrigin:
    """Let pages of an origin read answers of /mcp/*; one that may already stays as it is.

    Raises NotAllowed, InvalidValue.
    """
    require(actor, Permission.ADD_ORIGIN)
    row = AllowedOrigin(origin=as_browsers_say(origin), note=note)
    try:
        check(row)
    except InvalidValue:  # unless it is allowed already, perhaps since a moment ago
        if not AllowedOrigin.objects.filter(origin=row.origin).exists():
            raise
    row, created = AllowedOrigin.objects.get_or_create(origin=row.origin, defaults={"note": note})
    if created:
        record(actor, "origin.allow", after=_facts(row))
        announce()
    return row


@write
def forget_origin(*, actor: User | None, origin: AllowedOrigin) -> None:
    """Let pages of an origin no longer read answers. Raises NotAllowed."""
    require(actor, Permission.DELETE_ORIGIN)
    gone, _ = AllowedOrigin.objects.filter(pk=origin.pk).delete()
    if gone:
        record(actor, "origin.forget", before=_facts(origin))
        announce()


def as_browsers_say(origin: str) -> str:
    """Return an origin as browsers send it: lower case, without a slash or the usual port."""
    said = origin.strip().lower().rstrip("/")
    for scheme, port in DEFAULT_PORTS:
        if said.startswith(scheme):
            said = said.removesuffix(port)
    return said


def _facts(origin: AllowedOrigin) -> dict[str, object]:
    """Return what the audit trail keeps of an origin."""
    return {"origin": origin.origin, "note": origin.note}
