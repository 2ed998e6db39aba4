"""How the steps of connecting enter the audit trail: log-ins, requests and tokens of clients, refusals.

They change nothing that a person at a page decides, so they have no before and after. What a client
does with its tokens is recorded once the transaction is committed; whoever opened it asked before
whether there is room. What is refused is counted; an event of its own is for what is known of whose it
is, once a minute, since anybody can send a client's id or a person's name again and again.
"""

import json
from dataclasses import dataclass
from functools import partial

from django.db import transaction

from accounts.models import OAuthClient, User
from monitoring import audit, metrics, rollup
from monitoring.sparing import Sparing

KIND, SESSION = "token", "session"
LOGGED_IN, LOGGED_OUT, NOT_IN = "session.begin", "session.end", "session.refuse"
ASKED, NOT_ASKED, NOT_GIVEN = "consent.ask", "consent.refuse", "token.refuse"
LONGEST_NAME = 150
"""Letters of a user name; what is longer is nobody's."""
sparing = Sparing()


@dataclass(frozen=True, slots=True)
class Deed:
    """What happened on the way of a client: whose it is and by which client, as far as that is known,
    for which server, and where it was asked from. One with a reason is something the hub refused.
    """

    action: str
    user: User | None
    client: OAuthClient | None
    server: str = ""
    detail: str = ""
    reason: str = ""
    address: str = ""

    @property
    def verdict(self) -> str:
        """How it was judged; what is only asked for was not yet."""
        return "deny" if self.reason else "" if self.action == ASKED else "allow"

    @property
    def event(self) -> audit.Event:
        """The deed as the trail has it."""
        return audit.Event(
            kind=SESSION if self.action.startswith(SESSION) else KIND,
            action=self.action,
            user=self.user.public_id if self.user else None,
            client=str(self.client.public_id) if self.client else "",
            server=self.server,
            verdict=self.verdict,
            reason=self.reason,
            detail=self.detail,
            outcome="denied" if self.reason else "ok",
            data=json.dumps({"address": self.address[:64]}) if self.address else "",
        )


def trail(deed: Deed) -> None:
    """Record a deed when it is done."""
    transaction.on_commit(partial(audit.record, deed.event))


def trail_sparingly(deed: Deed) -> None:
    """Record a deed that may come again and again, the first of its kind in a minute. Raises AuditFull."""
    event = deed.event
    if sparing.first(deed.address, event._replace(data="")):
        audit.record(event)


def trail_session(user: User, action: str, address: str) -> None:
    """Record that somebody logged in or out. Raises AuditFull."""
    audit.remember_person(user.public_id, user.get_username())
    audit.record(Deed(action, user, None, address=address).event)


def trail_refused_login(name: str, reason: str, address: str) -> None:
    """Count a log-in that was refused, and record it if somebody is called so. Raises AuditFull.

    What else was typed is kept nowhere: people type passwords there.
    """
    count_refused(reason, address)
    name = User.normalize_username(name.strip()[: LONGEST_NAME + 1])
    user = None if "\0" in name else User.objects.filter(username=name).first()
    if user is not None:
        trail_sparingly(Deed(NOT_IN, user, None, reason=reason, address=address))


def count_refused(reason: str, address: str) -> None:
    """Count a refusal; the trail gets one event a minute and source, however many there are."""
    metrics.child(metrics.auth_failures, reason).inc()
    rollup.failed_authentication(reason, address)
