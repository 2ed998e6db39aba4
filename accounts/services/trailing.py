"""How the steps of connecting enter the audit trail: log-ins, tokens of clients, and what was refused.

They change nothing that a person at a page decides, so they have no before and after. What a client
does with its tokens is recorded once the transaction is committed; whoever opened it asked before
whether there is room. What is refused to somebody nobody knows yet is counted, not listed.
"""

from dataclasses import dataclass
from functools import partial

from django.db import transaction

from accounts.models import OAuthClient, User
from monitoring import audit, metrics, rollup

KIND, SESSION = "token", "session"
LOGGED_IN, LOGGED_OUT = "session.begin", "session.end"


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


def trail_session(user: User, action: str) -> None:
    """Record that somebody logged in or out. Raises AuditFull."""
    audit.remember_person(user.public_id, user.get_username())
    audit.record(
        audit.Event(kind=SESSION, action=action, user=user.public_id, verdict="allow", outcome="ok")
    )


def count_refused(reason: str, address: str) -> None:
    """Count a refusal; the trail gets one event a minute and source, however many there are."""
    metrics.child(metrics.auth_failures, reason).inc()
    rollup.failed_authentication(reason, address)
