"""What the database says of a token, or of a person without one: the query behind `accounts.tokens`."""

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Model, Q, QuerySet
from django.utils import timezone
from oauth2_provider.models import get_access_token_model

from accounts import scopes
from accounts.caller import Caller
from accounts.models import Consent, IssuedToken, Membership, TokenFamily, User
from accounts.oauth import steps
from accounts.oauth.matching import WINDOW
from accounts.tokens import Principal
from monitoring import audit

STDIO = "stdio"
"""What stands for the client of a caller who comes over standard streams."""
USED_EVERY = timedelta(minutes=1)
"""`last_used_at` is this exact; finer would be a write a call."""


def read_principal(digest: str) -> Principal | None:
    """Return who the token with this SHA-256 belongs to, or None if it opens nothing.

    It opens nothing without an IssuedToken row (it is bound to no server), when it expired, when
    its user is inactive, or when its client is blocked or waits for approval. The user's name is kept
    for the audit trail, whose events have only the id.
    """
    row = (
        get_access_token_model()
        .objects.select_related("user", "application", "issued__family")
        .filter(token_checksum=digest, issued__isnull=False, expires__gt=timezone.now())
        .first()
    )
    if row is None or not row.user.is_active or not _is_usable(row.application):
        return None
    _note_first_call(row)
    _mark_used(row.issued)
    audit.remember_person(row.user.public_id, row.user.get_username())
    caller = _caller(row, digest, _teams_of(row.user_id))
    return Principal(caller, caller.keys)


def read_person(user: int, server: uuid.UUID, scope_names: Iterable[str]) -> Principal | None:
    """Return a person as the caller of a server who shows no token, because the operating system knows
    who started the process; None for one who is not there, or inactive."""
    row = User.objects.filter(pk=user, is_active=True).first()
    if row is None:
        return None
    teams = _teams_of(user)
    audit.remember_person(row.public_id, row.get_username())
    caller = Caller(
        server=server,
        user=row.pk,
        user_public_id=row.public_id,
        username=row.get_username(),
        teams=teams,
        client=STDIO,
        client_name=STDIO,
        scopes=scopes.expand(scope_names),
        keys=(f"user:{user}", *(f"team:{team}" for team in teams)),
    )
    return Principal(caller, caller.keys)


def still_standing(callers: Iterable[Caller]) -> frozenset[Caller]:
    """Return those of the callers whose leave has not been taken back.

    A token that expired or was refreshed takes nothing back: a call goes by the family it came of. A
    token that people made stands while it is there; without a token the person does. Three queries,
    however many callers.
    """
    known = frozenset(callers)
    families = _ids(
        TokenFamily.objects.filter(consent__client__approved=True, consent__client__blocked=False),
        "consent__user",
        (caller.family for caller in known),
    )
    tokens = _ids(IssuedToken.objects, "user", (caller.issued for caller in known))
    people = _ids(User.objects, "", (caller.user for caller in known))

    def stands(caller: Caller) -> bool:
        if caller.family is not None:
            return caller.family in families
        return caller.issued in tokens if caller.issued is not None else caller.user in people

    return frozenset(filter(stands, known))


def _ids(rows: Any, person: str, wanted: Iterable[int | None]) -> set[int]:
    """Return which of the wanted rows are there, and their person active."""
    active = {f"{person}__is_active" if person else "is_active": True}
    asked = {pk for pk in wanted if pk is not None}
    return set(rows.filter(pk__in=asked, **active).values_list("pk", flat=True)) if asked else set()


def _is_usable(client: Any) -> bool:
    """Tell whether a token's client may do anything; one that people made has none."""
    return client is None or client.is_usable(None)


def _note_first_call(row: Any) -> None:
    """Note that a client got through with what it was given: the first token, or the one it renewed
    it to at once.
    """
    issued, family = row.issued, row.issued.family
    if family is None or issued.last_used_at is not None:
        return
    new = family.created_at > timezone.now() - WINDOW
    if new and not family.issued.filter(last_used_at__isnull=False).exists():
        steps.note_first_call(issued.server, row.user_id, row.application_id)


def _teams_of(user: int) -> frozenset[int]:
    return frozenset(Membership.objects.filter(user_id=user).values_list("team_id", flat=True))


def _caller(row: Any, digest: str, teams: frozenset[int]) -> Caller:
    """Return who an access token's row speaks for; a token without a client is its own client."""
    issued, client = row.issued, row.application
    return Caller(
        server=issued.server,
        user=row.user_id,
        user_public_id=row.user.public_id,
        username=row.user.get_username(),
        teams=teams,
        client=str(client.public_id if client else issued.public_id),
        client_name=str(client) if client else issued.name,
        scopes=scopes.expand(row.scope.split()),
        expires_at=row.expires.timestamp(),
        family=issued.family_id,
        issued=issued.pk,
        keys=(
            f"token:{digest}",
            f"user:{row.user_id}",
            f"server:{issued.server}",
            *((f"client:{client.pk}",) if client else ()),
            *((f"family:{issued.family_id}",) if issued.family_id else ()),
            *(f"team:{team}" for team in teams),
        ),
    )


def _mark_used(issued: IssuedToken) -> None:
    """Note that a token was used, and the connection it came of, at most once a minute.

    The connection's is kept beside it: access tokens come and go every quarter of an hour.
    """
    now = timezone.now()
    if issued.last_used_at is not None and issued.last_used_at >= now - USED_EVERY:
        return
    _touch(IssuedToken.objects.filter(pk=issued.pk), now)
    if issued.family_id is not None:
        _touch(Consent.objects.filter(families=issued.family_id), now)


@transaction.atomic
def _touch(rows: QuerySet[Any], now: datetime) -> None:
    """Write the moment into a row that has an older one; not into one that is just being deleted.

    Whoever ends many connections holds their rows until all are gone, and no call waits for that.
    """
    stale = Q(last_used_at__isnull=True) | Q(last_used_at__lt=now - USED_EVERY)
    free = rows.filter(stale).select_for_update(skip_locked=True, of=("self",))
    keys = [row.pk for row in free.only("pk")]
    model: type[Model] = rows.model
    model._default_manager.filter(pk__in=keys).update(last_used_at=now)
