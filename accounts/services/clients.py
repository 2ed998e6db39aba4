"""OAuth clients: blocked, and let in again."""

from django.db import transaction

from accounts import permissions
from accounts.models import OAuthClient, User
from accounts.permissions import Permission
from accounts.services.recording import record


@transaction.atomic
def block_client(*, actor: User | None, client: OAuthClient) -> None:
    """Refuse a client and every token it holds, for everyone. Raises NotAllowed."""
    _set_blocked(actor, client, blocked=True)


@transaction.atomic
def unblock_client(*, actor: User | None, client: OAuthClient) -> None:
    """Let a client in again; the tokens it holds work again. Raises NotAllowed."""
    _set_blocked(actor, client, blocked=False)


def _set_blocked(actor: User | None, client: OAuthClient, *, blocked: bool) -> None:
    """Write the flag and record it, unless it already stands so."""
    permissions.require(actor, Permission.CHANGE_CLIENT)
    row = OAuthClient.objects.select_for_update().get(pk=client.pk)
    client.blocked = blocked
    if row.blocked != blocked:
        before = _facts(row)
        row.blocked = blocked
        row.save(update_fields=["blocked"])
        action = "client.block" if blocked else "client.unblock"
        record(actor, action, before=before, after=_facts(row))


def _facts(client: OAuthClient) -> dict[str, object]:
    """Return what the audit trail keeps of a client; never its secret."""
    return {"id": str(client.public_id), "name": str(client), "blocked": client.blocked}
