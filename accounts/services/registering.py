"""New clients: added by an admin, registered by themselves (RFC 7591), or learned from a document."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import ip_address
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.views.decorators.debug import sensitive_variables

from accounts import permissions
from accounts.errors import ClientRefused
from accounts.models import ClientPolicy, OAuthClient, User
from accounts.oauth.denials import Reason
from accounts.oauth.redirects import LOOPBACK, may_return_to
from accounts.oauth.registration import REDIRECT, ClientMetadata, MetadataError
from accounts.permissions import Permission
from accounts.selectors import client_policy
from accounts.services.checking import check_fields, locked_client
from accounts.services.expiry import make_room
from accounts.services.recording import record

PREFIX = "mcphub_secret_"  # so that secret scanners and people know what they look at
SECRET_BYTES = 32
CLOSED = "Clients do not register themselves at this hub: an admin adds them."
Registration, Source = ClientPolicy.Registration, OAuthClient.RegistrationSource


@dataclass(frozen=True, slots=True)
class NewClient:
    """A new client, and the text of its secret, which exists nowhere else; public ones have none."""

    client: OAuthClient
    secret: str = field(repr=False, default="")


@dataclass(frozen=True, slots=True)
class Document:
    """What the document at a client's id said, and until when that holds."""

    client_id: str
    metadata: ClientMetadata
    expires_at: datetime


@sensitive_variables("made")
@transaction.atomic
def add_client(*, actor: User | None, metadata: ClientMetadata) -> NewClient:
    """Add a client by an admin's hand. Raises NotAllowed, InvalidFields."""
    permissions.require(actor, Permission.ADD_CLIENT)
    made = _save(OAuthClient(registration_source=Source.MANUAL), metadata)
    record(actor, "client.add", **_about(made.client))
    return made


@sensitive_variables("made")
@transaction.atomic
def register_client(*, metadata: ClientMetadata, address: str) -> NewClient:
    """Let a client register itself, as far as the policy allows; nobody has been asked yet.

    Where admins approve clients it is known and may do nothing. Raises ClientRefused if clients do
    not register here, MetadataError if this one returns to a host that is not listed.
    """
    policy = client_policy()
    check_policy(policy, metadata.redirect_uris, policy.hosts)
    row = OAuthClient(
        registration_source=Source.DCR,
        registered_from=_address(address),
        approved=policy.registration != Registration.APPROVAL,
    )
    made = _save(row, metadata)
    make_room()
    record(None, "client.register", **_about(made.client))
    return made


@sensitive_variables("secret")
@transaction.atomic
def renew_secret(*, actor: User | None, client: OAuthClient) -> NewClient:
    """Give a confidential client of an admin another secret; the old one is refused from now on.

    What it holds stays. Raises NotAllowed, Gone, ClientRefused.
    """
    permissions.require(actor, Permission.CHANGE_CLIENT)
    row = locked_client(client)
    if not row.is_confidential or row.registration_source != Source.MANUAL:
        raise ClientRefused("Only a confidential client that an admin added gets a new secret.")
    secret = row.client_secret = _new_secret()
    row.save(update_fields=["client_secret", "updated"])
    record(actor, "client.secret", **_about(row))
    return NewClient(row, secret)


@transaction.atomic
def know_document(*, document: Document) -> OAuthClient:
    """Know a client by its document, or learn what has changed in it.

    An admin's decisions about the client stay as they are. Raises ClientRefused, MetadataError.
    """
    policy = client_policy()
    hosts = policy.hosts | LOOPBACK  # of a listed domain that vouches for them
    rows = OAuthClient.objects.select_for_update(no_key=True)
    row = rows.filter(client_id=document.client_id).first()
    if row is not None:
        return _learn(row, document)
    check_policy(policy, document.metadata.redirect_uris, hosts)
    new = OAuthClient(
        client_id=document.client_id,
        registration_source=Source.CIMD,
        approved=policy.registration != Registration.APPROVAL,
        cimd_expires_at=document.expires_at,
    )
    client = _save(new, document.metadata).client
    make_room()
    record(None, "client.register", **_about(client))
    return client


def check_policy(policy: ClientPolicy, uris: Iterable[str], hosts: frozenset[str]) -> None:
    """Raise what the policy has against a new client that returns to these addresses."""
    if policy.registration == Registration.CLOSED:
        raise ClientRefused(CLOSED, Reason.CLOSED)
    listed = policy.registration == Registration.HOSTS
    if listed and not all(may_return_to(uri, hosts) for uri in uris):
        sentence = "Clients of this hub return to listed hosts alone."
        raise MetadataError(REDIRECT, sentence, Reason.HOST)


def client_facts(client: OAuthClient) -> dict[str, object]:
    """Return what the audit trail keeps of a client; never its secret."""
    return {
        "id": str(client.public_id),
        "name": str(client),
        "client_id": client.client_id,
        "source": client.registration_source,
        "redirect_uris": client.redirect_uris.split(),
        "approved": client.approved,
        "blocked": client.blocked,
        "address": client.registered_from,
    }


def _about(client: OAuthClient) -> dict[str, Any]:
    """Return what an event is told of a client as it is now: which, and its facts."""
    return {"client": str(client.public_id), "after": client_facts(client)}


def _learn(row: OAuthClient, document: Document) -> OAuthClient:
    """Bring a client that is known in line with its document."""
    if row.registration_source != Source.CIMD:
        raise ClientRefused("A client with this id was added by an admin.")
    before = client_facts(row)
    changed = _describe(row, document.metadata)
    row.cimd_expires_at = document.expires_at
    row.save(update_fields=[*changed, "cimd_expires_at", "updated"])
    if client_facts(row) != before:
        record(None, "client.document", before=before, **_about(row))
    return row


@sensitive_variables()
def _save(row: OAuthClient, metadata: ClientMetadata) -> NewClient:
    """Save a new client with what it says of itself, and a secret if it is to have one."""
    _describe(row, metadata)
    secret = _new_secret() if metadata.is_confidential else ""
    row.client_type = row.CLIENT_CONFIDENTIAL if secret else row.CLIENT_PUBLIC
    row.authorization_grant_type = row.GRANT_AUTHORIZATION_CODE
    row.client_secret, row.hash_client_secret = secret or make_password(None), bool(secret)
    check_fields(row)
    row.save()
    return NewClient(row, secret)


def _new_secret() -> str:
    """Return a secret that nobody guesses."""
    return f"{PREFIX}{secrets.token_urlsafe(SECRET_BYTES)}"


def _describe(row: OAuthClient, metadata: ClientMetadata) -> tuple[str, ...]:
    """Write what a client says of itself into its row; return the names of the fields."""
    said = {
        "name": metadata.name,
        "redirect_uris": " ".join(metadata.redirect_uris),
        "auth_method": metadata.auth_method,
        "client_uri": metadata.client_uri,
        "software_id": metadata.software_id,
        "software_version": metadata.software_version,
    }
    for name, value in said.items():
        setattr(row, name, value)
    return tuple(said)


def _address(text: str) -> str | None:
    """Return an IP address as every database keeps it, or None for what is none."""
    try:
        return str(ip_address(text.partition("%")[0]))
    except ValueError:
        return None
