"""Requests for access: a person asks for a server they may find but not use, an admin answers."""

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.formats import date_format

from accounts.models import User
from accounts.services.recording import record
from servers.errors import Answered, AskedLately, Gone, InvalidValue, StillDenied
from servers.facts import rules_by_server, shut_out, subject_of
from servers.models import AccessRequest, AccessRule, Server
from servers.permissions import Permission, require
from servers.services.recording import request_facts
from servers.services.rules import add_rule
from servers.services.writing import check, locked_server, write

PAUSE = timedelta(days=7)
"""How long after a declined request one may ask again."""
NOTE = "Asked for access"


@write
def ask_for_access(*, actor: User, server: Server, reason: str = "") -> AccessRequest:
    """Ask to use a server; who waits already goes on waiting, with the reason given first.

    The server's row is locked, so that of two requests sent at once the second finds the first.
    Raises InvalidValue, AskedLately, Gone.
    """
    row = locked_server(server)
    last = AccessRequest.objects.filter(server=row, user=actor).first()
    if last is not None and last.state == AccessRequest.State.OPEN:
        return last
    if not (row.discoverable and row.enabled):
        raise Gone("This server cannot be asked for.")
    if last is not None and (again := may_ask_again_at(last)) and again > timezone.now():
        day = date_format(again, "j F")
        raise AskedLately(f"Your last request was declined. You may ask again from {day}.")
    request = AccessRequest(server=row, user=actor, reason=reason.strip())
    check(request, exclude=("server", "user"))
    request.save()
    record(actor, "access.ask", server=row.slug, after=request_facts(request))
    return request


def may_ask_again_at(request: AccessRequest) -> datetime | None:
    """Return from when on a declined request may be made again; None for any other."""
    if request.state != AccessRequest.State.DECLINED or request.decided_at is None:
        return None
    return request.decided_at + PAUSE


@write
def grant_request(*, actor: User | None, request: AccessRequest) -> AccessRequest:
    """Let the person in by an access rule of their own, at work at once.

    Raises NotAllowed, Answered, StillDenied, InvalidValue, Gone.
    """
    require(actor, Permission.ANSWER_REQUEST)
    row = _open(request)
    if not row.user.is_active:
        raise InvalidValue(f"{row.user.username} is disabled.")
    rules = rules_by_server(AccessRule.objects.filter(server=row.server))[row.server_id]
    if shut_out(subject_of(row.user), rules):
        raise StillDenied(
            f"An access rule denies {row.user.username} everything on {row.server}."
            " Take that back first."
        )
    add_rule(actor=actor, server=row.server, user=row.user, note=NOTE)
    return _answer(actor, row, AccessRequest.State.GRANTED, "access.grant")


@write
def decline_request(*, actor: User | None, request: AccessRequest) -> AccessRequest:
    """Say no; after a pause the person may ask again. Raises NotAllowed, Answered, Gone."""
    require(actor, Permission.ANSWER_REQUEST)
    return _answer(actor, _open(request), AccessRequest.State.DECLINED, "access.decline")


def _open(request: AccessRequest) -> AccessRequest:
    """Return the request as it is now, its server kept from others; only an open one is answered."""
    server = locked_server(request.server)
    row = server.requests.select_related("server", "user").filter(pk=request.pk).first()
    if row is None:
        raise Gone("This request is no longer there.")
    if row.state != AccessRequest.State.OPEN:
        raise Answered(f"{row.user.username}'s request was answered already.")
    return row


def _answer(actor: User | None, row: AccessRequest, state: str, action: str) -> AccessRequest:
    """Write the answer down."""
    before = request_facts(row)
    row.state, row.decided_at = state, timezone.now()
    row.save(update_fields=["state", "decided_at"])
    record(actor, action, server=row.server.slug, before=before, after=request_facts(row))
    return row
