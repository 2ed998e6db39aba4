"""Ending what came of consents: every token of a family, so that no way back in is left.

Any number of rows may go: they are locked and deleted some at a time, in one transaction, so that
memory stays small and either all of them are gone or none.
"""

from collections.abc import Iterator
from typing import TypeVar

from django.db import transaction
from django.db.models import Exists, Model, OuterRef, QuerySet
from oauth2_provider.models import get_access_token_model, get_grant_model, get_refresh_token_model

from accounts.models import Consent, IssuedToken, TokenFamily

AT_ONCE = 500
"""Rows that are held in memory together."""
Row = TypeVar("Row", bound=Model)


@transaction.atomic
def end_families(families: QuerySet[TokenFamily]) -> int:
    """Delete families with all their tokens and return how many there were.

    Each family is locked first, as a refresh locks it: what a refresh under way issues is deleted too.
    """
    return sum(_end_families(locked) for locked in _locked(families))


@transaction.atomic
def end_consents(consents: QuerySet[Consent]) -> int:
    """Delete consents with all that came of them, codes not yet used included; return how many."""
    return sum(_end_consents(locked) for locked in _locked(consents))


@transaction.atomic
def end_tokens(issued: QuerySet[IssuedToken]) -> int:
    """Delete access tokens and return how many there were; for those that are of no family."""
    return sum(_end_tokens(locked) for locked in _locked(issued))


def _end_families(locked: list[TokenFamily]) -> int:
    keys = [family.pk for family in locked]
    names = [family.public_id for family in locked]
    get_refresh_token_model().objects.filter(token_family__in=names).delete()
    get_access_token_model().objects.filter(issued__family__in=keys).delete()
    TokenFamily.objects.filter(pk__in=keys).delete()
    return len(locked)


def _end_consents(locked: list[Consent]) -> int:
    rows = Consent.objects.filter(pk__in=[consent.pk for consent in locked])
    end_families(TokenFamily.objects.filter(consent__in=rows))
    allowed = rows.filter(user=OuterRef("user"), client=OuterRef("application")).order_by()
    get_grant_model().objects.filter(Exists(allowed)).delete()
    rows.delete()
    return len(locked)


def _end_tokens(locked: list[IssuedToken]) -> int:
    keys = [issued.access_token_id for issued in locked]
    get_access_token_model().objects.filter(pk__in=keys).delete()
    return len(locked)


def _locked(rows: QuerySet[Row]) -> Iterator[list[Row]]:
    """Yield the rows, locked, some at a time."""
    ordered, last = rows.select_for_update(of=("self",)).order_by("pk"), 0
    while some := list(ordered.filter(pk__gt=last)[:AT_ONCE]):
        yield some
        last = some[-1].pk
