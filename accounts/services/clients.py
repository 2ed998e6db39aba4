"""What admins decide about clients: let in, blocked, described otherwise, deleted."""

from django.db import transaction

from accounts import permissions
from accounts.errors import ClientRefused
from accounts.models import OAuthClient, User
from accounts.permissions import Permission
from accounts.services.checking import check_fields, locked_client
from accounts.services.ending import end_consents
from accounts.services.recording import record
from accounts.services.registering import client_facts


@transaction.atomic
def approve_client(*, actor: User | None, client: OAuthClient) -> None:
    """Let in a client that waits: people may authorize it from now on. Raises NotAllowed, Gone."""
    _decide(actor, client, "client.approve", approved=True)


@transaction.atomic
def block_client(*, actor: User | None, client: OAuthClient) -> None:
    """Refuse a client and every token it holds, for everyone. Raises NotAllowed, Gone."""
    _decide(actor, client, "client.block", blocked=True)


@transaction.atomic
def unblock_client(*, actor: User | None, client: OAuthClient) -> None:
    """Let a client in again; the tokens it holds work again. Raises NotAllowed, Gone."""
    _decide(actor, client, "client.unblock", blocked=False)


@transaction.atomic
def update_client(
    *, actor: User | None, client: OAuthClient, name: str, redirect_uris: str
) -> OAuthClient:
    """Describe a client otherwise; what others say of themselves is not an admin's to change.

    Raises NotAllowed, Gone, ClientRefused, InvalidFields.
    """
    permissions.require(actor, Permission.CHANGE_CLIENT)
    row = locked_client(client)
    if row.registration_source != row.RegistrationSource.MANUAL:
        raise ClientRefused("Only clients that an admin added are described by admins.")
    before = client_facts(row)
    row.name, row.redirect_uris = name, redirect_uris
    check_fields(row)
    if client_facts(row) != before:
        row.save()
        named, after = str(row.public_id), client_facts(row)
        record(actor, "client.update", client=named, before=before, after=after)
    return row


@transaction.atomic
def delete_client(*, actor: User | None, client: OAuthClient) -> None:
    """Delete a client and everything it was given; its tokens stop at once.

    One that registers itself may come again: blocking is what keeps it out. Raises NotAllowed,
    Gone.
    """
    permissions.require(actor, Permission.DELETE_CLIENT)
    row = locked_client(client)
    ended = end_consents(row.consents.all())
    before = {**client_facts(row), "connections": ended}
    record(actor, "client.delete", client=str(row.public_id), before=before)
    row.delete()


def _decide(actor: User | None, client: OAuthClient, action: str, **flags: bool) -> None:
    """Write a decision and record it, unless it already stands so."""
    permissions.require(actor, Permission.CHANGE_CLIENT)
    row = locked_client(client)
    before = client_facts(row)
    for name, value in flags.items():
        setattr(row, name, value)
        setattr(client, name, value)
    if client_facts(row) != before:
        row.save(update_fields=[*flags, "updated"])
        named, after = str(row.public_id), client_facts(row)
        record(actor, action, client=named, before=before, after=after)
