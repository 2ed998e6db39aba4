"""How what clients do with their tokens enters the audit trail: queued, without a query.

A client acts, not a person at a page, so these are no changes with before and after. The event is
recorded once the transaction is committed; whoever opened it asked before whether there is room.
"""

from dataclasses import dataclass
from functools import partial

from django.db import transaction

from accounts.models import OAuthClient, User
from monitoring import audit

KIND = "token"


@dataclass(frozen=True, slots=True)
class Deed:
    """What happened to a family of tokens: whose, by which client, for which server."""

    action: str
    user: User
    client: OAuthClient
    server: str
    detail: str = ""
    reason: str = ""


def trail(deed: Deed) -> None:
    """Record a deed when it is done; one with a reason is something the hub refused."""
    event = audit.Event(
        kind=KIND,
        action=deed.action,
        user=deed.user.public_id,
        client=str(deed.client.public_id),
        server=deed.server,
        verdict="deny" if deed.reason else "allow",
        reason=deed.reason,
        detail=deed.detail,
        outcome="denied" if deed.reason else "ok",
    )
    transaction.on_commit(partial(audit.record, event))
