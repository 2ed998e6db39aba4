"""Families that end because of what a client did: it revoked a token, or a used one came back."""

from typing import Protocol

from django.db import transaction
from django.db.models import QuerySet
from oauth2_provider.models import get_access_token_model, get_refresh_token_model

from accounts.models import OAuthClient, TokenFamily
from accounts.oauth.directory import slug_by_id
from accounts.services.ending import end_families
from accounts.services.trailing import Deed, trail

REVOKED = "token.revoke"


class Sender(Protocol):
    """Who sent a token or code: a client that was authenticated, from an address."""

    client: OAuthClient
    address: str


@transaction.atomic
def end_misused(*, families: QuerySet[TokenFamily], action: str, by: Sender) -> None:
    """End the family that a used code or refresh token belongs to."""
    detail = f"sent by the client {by.client.public_id}"
    _end(families, action, by.address, reason="used_before", detail=detail)


@transaction.atomic
def revoke_by_client(*, by: Sender, checksum: str) -> None:
    """End the family of a client's token of either kind, named by its SHA-256 (RFC 7009).

    A token of another client's is left alone, and nothing tells that there is one.
    """
    refresh = get_refresh_token_model().objects.filter(token_checksum=checksum)
    access = get_access_token_model().objects.filter(token_checksum=checksum)
    names = list(refresh.values_list("token_family", flat=True)[:1])
    names += access.values_list("issued__family__public_id", flat=True)[:1]
    families = TokenFamily.objects.filter(public_id__in=names, consent__client=by.client)
    _end(families, REVOKED, by.address)


def _end(families: QuerySet[TokenFamily], action: str, address: str, **why: str) -> None:
    """End a family, if another request has not, and record it once."""
    family = families.select_related("consent__user", "consent__client").order_by().first()
    if family is None or not end_families(TokenFamily.objects.filter(pk=family.pk)):
        return
    consent = family.consent
    slug = slug_by_id(consent.server)
    trail(Deed(action, consent.user, consent.client, slug, address=address, **why))
