"""What people answer to authorization requests: asked on a page, allowed or denied once.

Promises: nothing is given but by `allow_request`, to who was asked, for what was checked when the page
was shown. A page is answered once: the first to mark its row decides, in the transaction that
makes the consent and the code, whatever process or double click comes second.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from accounts import scopes as scope_table
from accounts.errors import Refused, ServerNotUsable, UnknownScope
from accounts.models import AuthorizationRequest, Consent, OAuthClient, User
from accounts.oauth import engine
from accounts.oauth.answers import Back
from accounts.oauth.denials import Reason
from accounts.oauth.directory import ServerFacts, directory
from accounts.oauth.redirects import host_of
from accounts.services.ending import end_wider_access
from accounts.services.recording import record

LIFETIME = timedelta(minutes=10)
MOST_OPEN = 20
"""Pages of one person that can be answered; of more, the oldest cannot any longer."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a client asks for: a code for this challenge, scopes (none: the server's defaults), and a
    server (None: the person chooses)."""

    client: OAuthClient
    back: Back
    code_challenge: str
    scopes: tuple[str, ...] = ()
    server: ServerFacts | None = None


def digest_of(session_key: str) -> str:
    """Return the name under which a session's pages are kept; its key opens the session."""
    return hashlib.sha256(session_key.encode()).hexdigest()


@transaction.atomic
def keep_request(*, actor: User, session_key: str, asked: Asked) -> AuthorizationRequest:
    """Keep a request for the page that is about to be shown, and forget what is past. Raises Refused."""
    shown = AuthorizationRequest(
        user=actor,
        session_digest=digest_of(session_key),
        client=asked.client,
        redirect_uri=asked.back.redirect_uri,
        state=asked.back.state,
        code_challenge=asked.code_challenge,
        scopes=" ".join(asked.scopes),
        server=asked.server.public_id if asked.server else None,
        expires_at=timezone.now() + LIFETIME,
    )
    engine.check(shown)
    _hold(actor, asked.client)
    _forget_past(actor)
    shown.save()
    return shown


@sensitive_variables("code")
@transaction.atomic
def allow_request(
    *, actor: User, shown: AuthorizationRequest, server: ServerFacts, scopes: Iterable[str]
) -> str:
    """Give a client the scopes, with all they imply, on one server; return the code it redeems.

    What it had there and is not given again is taken back at once, also from the tokens it holds.
    Raises UnknownScope, ServerNotUsable, and Refused when the page was answered before, or when the
    client may not ask any more.
    """
    given = _in_order(scopes)
    request = engine.check(shown)
    _hold(actor, shown.client)
    _claim(actor, shown)
    if shown.server not in (None, server.public_id) or not _usable(actor, server):
        raise ServerNotUsable(f"{actor.username} may not use a server {server.slug!r}.")
    before = _consent(actor, shown, server, given)
    code = engine.make_code(request, user=actor, resource=server.resource, scopes=given)
    after = {**_facts(shown), "scopes": list(given)}
    record(actor, "consent.allow", server=server.slug, before=before, after=after)
    return code


@transaction.atomic
def deny_request(*, actor: User, shown: AuthorizationRequest) -> None:
    """Note that a person said no. Raises Refused when the page was answered before, or the client may
    not be told any more.
    """
    engine.check(shown)
    _claim(actor, shown)
    known = directory().by_public_ids([shown.server] if shown.server else [])
    slug = next((server.slug for server in known.values()), "")
    record(actor, "consent.deny", server=slug, after=_facts(shown))


def _hold(actor: User, client: OAuthClient) -> None:
    """Keep the rows of person and client, as whoever disables or deletes them does. Raises Refused for a
    person who is shut out and a client that is gone.

    What is allowed while somebody is being shut out would be there again when they are let in.
    """
    people = User.objects.select_for_update(no_key=True).filter(pk=actor.pk, is_active=True)
    if people.first() is None:
        raise Refused(Reason.PAGE_GONE)
    clients = OAuthClient.objects.select_for_update(no_key=True).filter(pk=client.pk)
    if clients.first() is None:
        raise Refused(Reason.CLIENT_UNKNOWN)


def _claim(actor: User, shown: AuthorizationRequest) -> None:
    """Mark a page as answered, and empty it. Raises Refused for whoever comes second, or too late."""
    now = timezone.now()
    rows = AuthorizationRequest.objects.filter(pk=shown.pk, user=actor, expires_at__gt=now)
    open_rows = rows.filter(decided_at__isnull=True)
    if not open_rows.update(decided_at=now, state="", code_challenge=""):
        raise Refused(Reason.DECIDED if rows.exists() else Reason.PAGE_GONE)


def _forget_past(actor: User) -> None:
    """Delete this person's pages that have expired, and the oldest of too many."""
    mine = AuthorizationRequest.objects.filter(user=actor)
    mine.filter(expires_at__lte=timezone.now()).delete()
    surplus = list(mine.order_by("-pk").values_list("pk", flat=True)[MOST_OPEN - 1 :])
    if surplus:
        mine.filter(pk__in=surplus).delete()


def _in_order(scopes: Iterable[str]) -> tuple[str, ...]:
    """Return scopes with all they imply, in the hub's order. Raises UnknownScope."""
    asked = list(scopes)
    if unknown := scope_table.unknown(asked):
        raise UnknownScope(f"There is no scope {unknown[0][:80]!r}.")
    if not asked:
        raise UnknownScope("Choose at least one thing it may do.")
    held = scope_table.expand(asked)
    return tuple(scope for scope in scope_table.SCOPES if scope in held)


def _usable(actor: User, server: ServerFacts) -> bool:
    """Tell whether a person may use a server now."""
    return any(each.public_id == server.public_id for each in directory().servers_for(actor))


def _consent(
    actor: User, shown: AuthorizationRequest, server: ServerFacts, given: tuple[str, ...]
) -> dict[str, object] | None:
    """Write the consent, end the access that it no longer gives, and return what stood there before."""
    rows = Consent.objects.filter(user=actor, client=shown.client, server=server.public_id)
    row = rows.select_for_update(of=("self",)).first()
    Consent.objects.update_or_create(
        user=actor,
        client=shown.client,
        server=server.public_id,
        defaults={"scopes": " ".join(given), "redirect_uri": shown.redirect_uri},
    )
    if row is None:
        return None
    before = row.scopes.split()
    if not scope_table.expand(before).issubset(given):
        end_wider_access(row, given)
    return {"scopes": before}


def _facts(shown: AuthorizationRequest) -> dict[str, object]:
    """Return what the audit trail keeps of a request: nothing that only the client may know."""
    return {
        "client": str(shown.client),
        "client_id": str(shown.client.public_id),
        "redirect_host": host_of(shown.redirect_uri),
    }
