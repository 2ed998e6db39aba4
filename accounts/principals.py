"""What the database says of a token, or of a person without one: the query behind `accounts.tokens`."""

import time
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Model, Q, QuerySet
from django.utils import timezone
from oauth2_provider.models import get_access_token_model

from accounts import permissions, scopes
from accounts.caller import PLAYGROUND, Caller
from accounts.composed import Composed
from accounts.models import Consent, IssuedToken, Membership, TokenFamily, User
from accounts.oauth.matching import WINDOW
from accounts.tokens import Principal
from monitoring import audit

STDIO = "stdio"
"""What stands for the client of a caller who comes over standard streams."""
USED_EVERY = timedelta(minutes=1)
"""`last_used_at` is this exact; finer would be a write a call."""


def read_principal(digest: str) -> Principal | None:
    """Return who the token with this SHA-256 belongs to, or None if it opens nothing."""
    return read_principals((digest,)).get(digest)


def read_principals(digests: Collection[str]) -> dict[str, Principal]:
    """Return who the tokens with these SHA-256 belong to, those left out that open nothing.

    One opens nothing without an IssuedToken row (it is bound to no server), when it expired, when its user
    or who holds it in the playground is inactive, when its holder may not view as its user any more, or
    when its client is blocked or waits for approval. The user's name is kept for the audit trail, whose
    events have only the id.
    """
    rows = (
        get_access_token_model()
        .objects.select_related("user", "application", "issued__family", "issued__made_by")
        .filter(token_checksum__in=digests, issued__isnull=False, expires__gt=timezone.now())
    )
    opening = [row for row in rows if _opens(row)]
    teams = _teams_of(row.user_id for row in opening)
    found = {row.token_checksum: _principal(row, teams[row.user_id]) for row in opening}
    _mark_used([row.issued for row in opening])
    return found


def _opens(row: Any) -> bool:
    """Tell whether a token that has not expired opens anything."""
    usable = row.user.is_active and _is_usable(row.application)
    return usable and _still_held(row.issued.made_by, row.user)


def _principal(row: Any, teams: frozenset[int]) -> Principal:
    """Return who a token belongs to, and take note of who that is."""
    audit.remember_person(row.user.public_id, row.user.get_username())
    caller = _caller(row, row.token_checksum, teams)
    return Principal(caller, caller.keys, _is_first(row.issued.family))


def read_person(user: int, server: uuid.UUID, scope_names: Iterable[str]) -> Principal | None:
    """Return a person as the caller of a server who shows no token, because the operating system knows
    who started the process; None for one who is not there, or inactive."""
    row = User.objects.filter(pk=user, is_active=True).first()
    if row is None:
        return None
    teams = teams_of(user)
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
    token that people made stands while it is there, expired or not; without a token the person does. One
    query for each of these kinds that there is, however many callers.
    """
    by_kind: defaultdict[str, set[Caller]] = defaultdict(set)
    for caller in callers:
        by_kind[_stands_by(caller)].add(caller)
    return frozenset(caller for kind, those in by_kind.items() for caller in _standing(kind, those))


# what a caller stands by -> the rows of it that count
_COUNTING: dict[str, QuerySet[Any]] = {
    "family": TokenFamily.objects.filter(
        consent__client__approved=True,
        consent__client__blocked=False,
        consent__user__is_active=True,
    ),
    "issued": IssuedToken.objects.filter(user__is_active=True),
    "user": User.objects.filter(is_active=True),
}


def _stands_by(caller: Caller) -> str:
    """Return what a caller's leave hangs on: it is the name of their field that has its key."""
    if caller.family is not None:
        return "family"
    return "issued" if caller.issued and not _may_be_swept(caller) else "user"


def _may_be_swept(caller: Caller) -> bool:
    """Tell whether a token's row may be gone though nobody took it back: the playground's, once expired."""
    return caller.client.startswith(PLAYGROUND) and caller.expires_at <= time.time()


def _standing(kind: str, callers: Collection[Caller]) -> list[Caller]:
    """Return the callers of a kind whose row counts."""
    wanted = {getattr(caller, kind) for caller in callers} - {None}
    there = set(_COUNTING[kind].filter(pk__in=wanted).values_list("pk", flat=True))
    return [caller for caller in callers if getattr(caller, kind) in there]


def _of_key(kind: str, key: int) -> QuerySet[Any]:
    return _COUNTING[kind].filter(pk=key).only("pk").order_by()


# The same for one caller: each job that is begun asks.
_COUNTS: dict[str, Composed[Any]] = {kind: Composed(partial(_of_key, kind)) for kind in _COUNTING}


def recalled(caller: Caller) -> Caller | None:
    """Return a caller as they are now, who asked for something some time ago; None if they may no more.

    That their token expired meanwhile takes nothing back, also not that it was swept away since.
    """
    if caller.user is None:
        return caller
    kind = _stands_by(caller)
    if _COUNTS[kind].first(getattr(caller, kind)) is None:
        return None
    return replace(caller, teams=teams_of(caller.user))


_MEMBERSHIPS: Composed[Membership] = Composed(
    lambda user: Membership.objects.filter(user=user).only("team_id").order_by()
)


def teams_of(user: int) -> frozenset[int]:
    """Return the teams of one person, by a look-up that is composed once."""
    return frozenset(row.team_id for row in _MEMBERSHIPS.all(user))


def _still_held(maker: User | None, user: User) -> bool:
    """Tell whether who holds a token in the playground may still: as oneself, or as somebody else."""
    if maker is None or maker.pk == user.pk:
        return maker is None or maker.is_active
    return permissions.may_view_as(maker, user)


def _is_usable(client: Any) -> bool:
    """Tell whether a token's client may do anything; one that people made has none."""
    return client is None or client.is_usable(None)


def _is_first(family: TokenFamily | None) -> bool:
    """Tell whether a connection is new, and no call of it has got through."""
    if family is None or family.called_at is not None:
        return False
    return family.created_at > timezone.now() - WINDOW


def _teams_of(users: Iterable[int]) -> defaultdict[int, frozenset[int]]:
    """Return the teams of some people."""
    found: defaultdict[int, frozenset[int]] = defaultdict(frozenset)
    if asked := set(users):
        rows = Membership.objects.filter(user_id__in=asked)
        for user, team in rows.values_list("user_id", "team_id"):
            found[user] |= {team}
    return found


def _caller(row: Any, digest: str, teams: frozenset[int]) -> Caller:
    """Return who an access token's row speaks for; a token without a client is its own client."""
    issued, client = row.issued, row.application
    return Caller(
        server=issued.server,
        user=row.user_id,
        user_public_id=row.user.public_id,
        username=row.user.get_username(),
        teams=teams,
        client=str(client.public_id) if client else _own_client(issued),
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
            *((f"user:{issued.made_by_id}",) if issued.made_by_id else ()),
            *((f"family:{issued.family_id}",) if issued.family_id else ()),
            *(f"team:{team}" for team in teams),
        ),
    )


def _own_client(issued: IssuedToken) -> str:
    """Return what stands for the client of a token without one: itself, or the playground of its maker.

    The trail keeps this when the token is long gone, and it still tells who it was.
    """
    maker = issued.made_by
    return f"{PLAYGROUND}{maker.public_id}" if maker else str(issued.public_id)


def _mark_used(issued: Iterable[IssuedToken]) -> None:
    """Note that tokens were used, and the connections they came of, at most once a minute.

    The connection's is kept beside it: access tokens come and go every quarter of an hour.
    """
    now = timezone.now()
    recent = now - USED_EVERY
    used = [one for one in issued if one.last_used_at is None or one.last_used_at < recent]
    if used:
        _touch(IssuedToken.objects.filter(pk__in=[one.pk for one in used]), now)
    families = {one.family_id for one in used if one.family_id is not None}
    if families:
        _touch(Consent.objects.filter(families__in=families), now)


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
