"""Attempts to connect: written from the notebook, swept when old, erased by an admin."""

import logging
import unicodedata
from dataclasses import replace
from datetime import timedelta

from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts import permissions
from accounts.models import ConnectionAttempt, OAuthClient, Step, TokenFamily, User
from accounts.oauth import matching
from accounts.oauth.notebook import Noted
from accounts.oauth.steps import notebook
from accounts.permissions import Permission
from accounts.refused_tokens import of_ended, why_refused
from accounts.services.recording import record

log = logging.getLogger(__name__)
KEPT = timedelta(days=7)
MOST_KEPT = 20_000
MOST_STEPS = 60
"""Steps of one attempt; a client that goes round and round adds no more."""
MOST_CANDIDATES = 50
A_SWEEP = 500
MOST_TURNS = 100
ORDER = {step: number for number, step in enumerate(Step.values)}


def write_noted() -> int:
    """Write the steps this process has noted; return how many. Never on the event loop.

    A database that is away loses them: they are a help, and calls must not wait for them.
    """
    taken, dropped = notebook.take()
    if dropped:
        log.warning("%d steps of connecting were too many to be noted", dropped)
    written = 0
    for step in taken:
        try:
            written += _write(step)
        except (User.DoesNotExist, IntegrityError):  # the person or client went meanwhile
            continue
        except DatabaseError as error:
            log.warning("steps of connecting could not be written: %s", error)
            break
    return written


@transaction.atomic
def _write(step: Noted) -> bool:
    """Write a step, unless it is a call and none of its connection's first; tell whether it was."""
    if _is_late(step):
        return False
    note_step(step)
    return True


def _is_late(step: Noted) -> bool:
    """Tell whether a call of its connection got through before; of one that is gone, nobody knows."""
    if step.family is None:
        return False
    family = TokenFamily.objects.filter(pk=step.family)
    new = family.filter(called_at=None)
    first = new.exists() if step.reason else new.update(called_at=step.at)
    return not first and family.exists()


@transaction.atomic
def note_step(step: Noted) -> ConnectionAttempt:
    """Add a step to the attempt it belongs to, which is made if there is none.

    Raises User.DoesNotExist for a step of somebody who is gone.
    """
    step = _explained(step)
    attempt = matching.find(step, _candidates(step)) or ConnectionAttempt(begun_at=step.at)
    _learn(attempt, step)
    attempt.save()
    if attempt.steps.count() < MOST_STEPS:
        attempt.steps.create(
            step=step.step,
            reason=step.reason[:40],
            detail=_clean(step.detail, 300),
            address=step.address[:64],
            user_agent=_clean(step.user_agent, 120),
            named=step.user_id is not None,
            at=step.at,
        )
    return attempt


def sweep_attempts() -> int:
    """Delete attempts that are a week old, and of too many the oldest; return how many went.

    Those of nobody in particular go first: anybody can cause them.
    """
    old = ConnectionAttempt.objects.filter(last_at__lt=timezone.now() - KEPT)
    gone = _delete_some(old.order_by("last_at"), A_SWEEP * MOST_TURNS)
    rows = ConnectionAttempt.objects.order_by("last_at")
    for first in (rows.filter(user=None, client=None), rows):
        gone += _delete_some(first, ConnectionAttempt.objects.count() - MOST_KEPT)
    return gone


@transaction.atomic
def erase_attempt(*, actor: User | None, attempt: ConnectionAttempt) -> None:
    """Delete an attempt with its steps, and the address in it. Raises NotAllowed."""
    permissions.require(actor, Permission.DELETE_ATTEMPT)
    record(actor, "attempt.erase", before={"id": str(attempt.public_id)})
    attempt.delete()


def _explained(step: Noted) -> Noted:
    """Return a step with whose it is, and why its token was refused. Raises User.DoesNotExist."""
    if step.user_id:
        User.objects.only("pk").get(pk=step.user_id)
    if step.step == Step.TOKEN:
        return _renewing_ended(step)
    if step.client:
        row = OAuthClient.objects.filter(public_id=step.client).first()
        return replace(step, client_id=row.pk if row else None)
    if not step.token:
        return step
    why = why_refused(step.token, step.server)
    reason = step.reason or why.reason
    return replace(
        step, reason=reason, client_id=why.client_id, user_id=why.user_id, detail=why.detail
    )


def _renewing_ended(step: Noted) -> Noted:
    """Return a step with whose connection it was, if its client shows what that was renewed with."""
    ended = of_ended(step.token) if step.token else None
    if ended is None or ended.client_id != step.client_id:
        return step
    return replace(step, reason=ended.reason, user_id=ended.user_id)


def _candidates(step: Noted) -> list[ConnectionAttempt]:
    """Return the attempts that may go on, the newest first; one that reached its end does not."""
    known = {name: getattr(step, name) for name in ("address", "client_id", "user_id")}
    same = Q(pk__in=())
    for name, value in known.items():
        same |= Q(**{name: value}) if value else Q()
    over = Q(last_step=Step.CALL, reason="", last_at__lt=step.at)
    early, late = step.at - matching.WINDOW, step.at + matching.WINDOW
    rows = ConnectionAttempt.objects.filter(same, last_at__gte=early, begun_at__lte=late)
    ordered = rows.exclude(over).select_related("client").order_by("-last_at", "-pk")
    return list(ordered[:MOST_CANDIDATES])


def _learn(attempt: ConnectionAttempt, step: Noted) -> None:
    """Take what a step says into its attempt; what is known already stays."""
    attempt.address = attempt.address or step.address[:64]
    attempt.user_agent = attempt.user_agent or _clean(step.user_agent, 120)
    attempt.server = attempt.server or step.server
    attempt.client_id = attempt.client_id or step.client_id
    attempt.user_id = attempt.user_id or step.user_id
    attempt.begun_at = min(attempt.begun_at, step.at)
    attempt.last_at = max(attempt.last_at or step.at, step.at)
    if step.reason or ORDER[step.step] >= ORDER.get(attempt.last_step, -1):
        attempt.last_step, attempt.reason = step.step, step.reason[:40]


def _clean(text: str, longest: int) -> str:
    """Return a text without what does not print: a NUL cannot be kept, other marks could mislead."""
    kept = (each for each in text[:longest] if unicodedata.category(each)[0] != "C")
    return "".join(kept)


def _delete_some(rows: QuerySet[ConnectionAttempt], most: int) -> int:
    """Delete the first rows, some at a time: a sweep must not hold the database for long."""
    gone = 0
    while gone < most:
        keys = list(rows.values_list("pk", flat=True)[: min(A_SWEEP, most - gone)])
        if not keys:
            break
        ConnectionAttempt.objects.filter(pk__in=keys).delete()
        gone += len(keys)
    return gone
