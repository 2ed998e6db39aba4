"""Families that end because of what a client did: it revoked a token, or a used one came back."""

from django.db import transaction
from django.db.models import QuerySet
from oauth2_provider.models import get_access_token_model, get_refresh_token_model

from accounts.models import OAuthClient, TokenFamily
from accounts.oauth.directory import directory
from accounts.services.ending import end_families
from accounts.services.trailing import Deed, trail

REVOKED = "token.revoke"


@transaction.atomic
def end_misused(*, families: QuerySet[TokenFamily], action: str, by: OAuthClient) -> None:
    """End the family that a used code or refresh token belongs to; `by` is the client that sent it."""
    detail = f"sent by the client {by.public_id}"
    _end(families, action, reason="used_before", detail=detail)


@transaction.atomic
def revoke_by_client(*, client: OAuthClient, checksum: str) -> None:
    """End the family of a client's token of either kind, named by its SHA-256 (RFC 7009).

    A token of another client's is left alone, and nothing tells that there is one.
    """
    refresh = get_refresh_token_model().objects.filter(token_checksum=checksum)
    access = get_access_token_model().objects.filter(token_checksum=checksum)
    names = list(refresh.values_list("token_family", flat=True)[:1])
    names += access.values_list("issued__family__public_id", flat=True)[:1]
    _end(TokenFamily.objects.filter(public_id__in=names, consent__client=client), REVOKED)


def _end(families: QuerySet[TokenFamily], action: str, reason: str = "", detail: str = "") -> None:
    """End a family, if another request has not, and record it once."""
    family = families.select_related("consent__user", "consent__client").order_by().first()
    if family is None or not end_families(TokenFamily.objects.filter(pk=family.pk)):
        return
    consent = family.consent
    server = directory().by_public_ids([consent.server]).get(consent.server)
    slug = server.slug if server else ""
    trail(Deed(action, consent.user, consent.client, slug, detail, reason))
