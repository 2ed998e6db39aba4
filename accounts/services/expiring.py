"""The end of what has had its time: consent pages, codes, tokens of clients, families nobody can refresh.

Called every minute by each process. What is due is found at the end of an index, so that a sweep costs
what it deletes, however much there is besides. A family is locked first, as a refresh and an ending
lock it; one that is locked already waits for the next time. Tokens that people made for themselves
stay in their list, as expired, until they take them out.
"""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from oauth2_provider.models import (
    get_access_token_model,
    get_grant_model,
    get_refresh_token_model,
)
from oauth2_provider.settings import oauth2_settings

from accounts.models import AuthorizationRequest, EndedToken, IssuedToken, TokenFamily
from accounts.services.ending import end_families

AT_ONCE = 500
MOST_TURNS = 100
MARGIN = timedelta(hours=1)
"""How much longer a refresh token is kept than it is good, so that no refresh meets its end."""
ENDED_KEPT = timedelta(days=7)
MOST_ENDED = 50_000


def sweep_tokens() -> int:
    """Delete what is past its time; return how many rows that were. Safe in many processes at once."""
    return sum(_in_turns(sweep) for sweep in SWEEPS)


def _in_turns(sweep: Callable[[], int]) -> int:
    """Sweep, some at a time, until less than a whole turn was due."""
    gone = 0
    for _turn in range(MOST_TURNS):
        swept = sweep()
        gone += swept
        if swept < AT_ONCE:
            break
    return gone


def _sweep_codes() -> int:
    """Delete the oldest codes as far as they are past; all live equally long."""
    rows = get_grant_model().objects.order_by("pk").values_list("pk", "expires")[:AT_ONCE]
    past = [key for key, expires in rows if expires < timezone.now()]
    deleted: int = get_grant_model().objects.filter(pk__in=past).delete()[0] if past else 0
    return deleted


def _sweep_pages() -> int:
    """Delete the oldest consent pages as far as they are past; all live equally long."""
    rows = AuthorizationRequest.objects.order_by("pk").values_list("pk", "expires_at")[:AT_ONCE]
    past = [key for key, expires in rows if expires < timezone.now()]
    return AuthorizationRequest.objects.filter(pk__in=past).delete()[0] if past else 0


@transaction.atomic
def _sweep_access() -> int:
    """Delete access tokens that came of consents and have expired."""
    now = timezone.now()
    life = timedelta(seconds=oauth2_settings.ACCESS_TOKEN_EXPIRE_SECONDS)
    rows = IssuedToken.objects.filter(
        family__isnull=False, created_at__lt=now - life, access_token__expires__lte=now
    ).order_by("created_at")
    due = list(rows.values_list("access_token_id", "family__public_id")[:AT_ONCE])
    free = _free({family for _, family in due})
    past = [access for access, family in due if family in free]
    get_access_token_model().objects.filter(pk__in=past).delete()
    return len(past)


def _sweep_played() -> int:
    """Delete tokens of the playground that have expired."""
    rows = IssuedToken.objects.filter(
        origin=IssuedToken.Origin.PLAYGROUND, access_token__expires__lte=timezone.now()
    ).order_by("created_at")
    past = list(rows.values_list("access_token_id", flat=True)[:AT_ONCE])
    get_access_token_model().objects.filter(pk__in=past).delete()
    return len(past)


@transaction.atomic
def _sweep_refresh() -> int:
    """Delete refresh tokens nobody may use any more, and the families that have no other."""
    tokens = get_refresh_token_model().objects
    life = timedelta(seconds=oauth2_settings.REFRESH_TOKEN_EXPIRE_SECONDS)
    until = timezone.now() - life - MARGIN
    oldest = tokens.order_by("pk").values_list("pk", "created", "token_family")[:AT_ONCE]
    due = [(key, family) for key, created, family in oldest if created < until]
    free = _free({family for _, family in due})
    past = [key for key, family in due if family in free]
    tokens.filter(pk__in=past).delete()
    others = tokens.filter(token_family=OuterRef("public_id"))
    end_families(TokenFamily.objects.filter(~Exists(others), public_id__in=free))
    return len(past)


def _sweep_ended() -> int:
    """Delete what is left of tokens that were taken back a week ago, and of too many the oldest."""
    rows = EndedToken.objects.order_by("pk").values_list("pk", "ended_at")[:AT_ONCE]
    beyond, until = EndedToken.objects.count() - MOST_ENDED, timezone.now() - ENDED_KEPT
    past = [key for number, (key, ended) in enumerate(rows) if number < beyond or ended < until]
    return EndedToken.objects.filter(pk__in=past).delete()[0] if past else 0


SWEEPS = (
    _sweep_pages,
    _sweep_codes,
    _sweep_access,
    _sweep_refresh,
    _sweep_played,
    _sweep_ended,
)


def _free(families: set[UUID]) -> set[UUID]:
    """Return those whose tokens may go: locked now, for nobody else had, or not there any more."""
    rows = TokenFamily.objects.order_by("pk").filter(public_id__in=families)
    there = set(rows.values_list("public_id", flat=True))
    held = set(rows.select_for_update(skip_locked=True).values_list("public_id", flat=True))
    return (families - there) | held
