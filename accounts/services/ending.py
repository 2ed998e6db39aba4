"""Ending what came of consents: every token of a family, so that no way back in is left.

Any number of rows may go, and what is wanted gone is wanted gone now: they are locked and deleted some at
a time, by a few statements each, in one transaction. So memory stays small, twenty thousand take a few
seconds, and either all of them are gone or none. Rows are not loaded and no signal is sent for each, so
what depends on them is deleted here too (a test knows all that does), and what ended is announced here.
"""

from collections.abc import Collection, Iterator
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from oauth2_provider.models import get_access_token_model, get_grant_model, get_refresh_token_model

from accounts.models import Consent, EndedToken, IssuedToken, OAuthClient, TokenFamily
from accounts.services.announcing import announce_principals

AT_ONCE = 2_000
"""Rows whose ids are held in memory together."""


@transaction.atomic
def end_families(families: QuerySet[TokenFamily]) -> int:
    """Delete families with all their tokens and return how many there were.

    Each family is locked first, as a refresh locks it: what a refresh under way issues is deleted too.
    """
    return sum(_end_families(keys) for keys in _locked(families))


@transaction.atomic
def end_consents(consents: QuerySet[Consent]) -> int:
    """Delete consents with all that came of them, codes not yet used included; return how many."""
    return sum(_end_consents(keys) for keys in _locked(consents))


@transaction.atomic
def end_tokens(issued: QuerySet[IssuedToken]) -> int:
    """Delete access tokens that are of no family and return how many there were."""
    return sum(_end_tokens(keys) for keys in _locked(issued.filter(family=None)))


@transaction.atomic
def end_wider_access(consent: Consent, scopes: Collection[str]) -> int:
    """Delete a consent's access tokens that open more than these scopes; return how many there were.

    Its families stay, and renew to what the consent gives. They are locked first, as a refresh locks them:
    what one under way issues is deleted too, and the next reads the consent as it is then. Whoever calls
    holds the consent, as a redemption does.
    """
    for _held in _locked(TokenFamily.objects.filter(consent=consent)):
        pass
    issued = IssuedToken.objects.filter(family__consent=consent)
    return sum(_end_tokens(_wider(keys, scopes)) for keys in _locked(issued))


def _wider(keys: list[int], scopes: Collection[str]) -> list[int]:
    """Return those of some access tokens that have a scope besides these."""
    rows = IssuedToken.objects.filter(pk__in=keys).order_by("pk")
    held = rows.values_list("pk", "access_token__scope")
    return [key for key, scope in held if not set(scope.split()).issubset(scopes)]


def _end_families(keys: list[int]) -> int:
    families = TokenFamily.objects.filter(pk__in=keys)
    renewing = get_refresh_token_model().objects.filter(
        token_family__in=families.order_by().values("public_id")
    )
    _delete_access(IssuedToken.objects.filter(family__in=keys))
    get_access_token_model().objects.filter(source_refresh_token__in=renewing.values("pk")).update(
        source_refresh_token=None
    )
    _delete(renewing)
    _delete(families)
    announce_principals(*(f"family:{key}" for key in keys))
    return len(keys)


def _end_consents(keys: list[int]) -> int:
    consents = Consent.objects.filter(pk__in=keys)
    _remember(keys)
    end_families(TokenFamily.objects.filter(consent__in=keys))
    allowed = consents.filter(user=OuterRef("user"), client=OuterRef("application")).order_by()
    _delete(get_grant_model().objects.filter(Exists(allowed)))
    _mark(OAuthClient.objects.filter(pk__in=consents.order_by().values("client")))
    _delete(consents)
    return len(keys)


def _remember(keys: list[int]) -> None:
    """Keep the digests of what clients still hold of consents: the doctor tells that it was taken back."""
    families = TokenFamily.objects.filter(consent__in=keys).order_by()
    access = IssuedToken.objects.filter(
        family__consent__in=keys, access_token__expires__gt=timezone.now()
    )
    found = list(
        access.order_by().values_list(
            "access_token__token_checksum", "user", "family__consent__client", "server"
        )
    )
    whose = {
        name: row
        for name, *row in families.values_list(
            "public_id", "consent__user", "consent__client", "consent__server"
        )
    }
    renewing = get_refresh_token_model().objects.filter(
        token_family__in=families.values("public_id"), revoked=None
    )
    for checksum, name in renewing.values_list("token_checksum", "token_family"):
        found.append((checksum, *whose[name]))
    rows = [
        EndedToken(checksum=checksum, user_id=user, client_id=client, server=server)
        for checksum, user, client, server in found
    ]
    EndedToken.objects.bulk_create(rows, ignore_conflicts=True)


def _mark(clients: QuerySet[OAuthClient]) -> None:
    """Note the moment: a client that holds nothing any more is kept for a while, counted from here.

    Whoever holds a client's row writes it anew or lets it be allowed again, and is not waited for: who
    decides about a client holds it first, and consents later.
    """
    free = clients.select_for_update(skip_locked=True, no_key=True, of=("self",)).order_by("pk")
    keys = [row.pk for row in free.only("pk")]
    OAuthClient.objects.filter(pk__in=keys).update(updated=timezone.now())


def _end_tokens(keys: list[int]) -> int:
    issued = IssuedToken.objects.filter(pk__in=keys)
    marks = issued.values_list("access_token__token_checksum", flat=True)
    announce_principals(*(f"token:{mark}" for mark in marks))
    _delete_access(issued)
    return len(keys)


def _delete_access(issued: QuerySet[IssuedToken]) -> None:
    """Delete what binds access tokens, and them."""
    keys = list(issued.values_list("access_token", flat=True))
    _delete(issued)
    get_refresh_token_model().objects.filter(access_token__in=keys).update(access_token=None)
    _delete(get_access_token_model().objects.filter(pk__in=keys))


def _delete(rows: QuerySet[Any]) -> None:
    """Delete rows by one statement, with nothing that refers to them; keys are checked at the commit."""
    rows.order_by()._raw_delete(rows.db)


def _locked(rows: QuerySet[Any]) -> Iterator[list[int]]:
    """Yield the ids of the rows, which are locked, some at a time."""
    ordered, last = rows.select_for_update(of=("self",)).only("pk").order_by("pk"), 0
    while some := [row.pk for row in ordered.filter(pk__gt=last)[:AT_ONCE]]:
        yield some
        last = some[-1]
