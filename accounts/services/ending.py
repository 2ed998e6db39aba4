"""Ending what came of consents: every token of a family, so that no way back in is left."""

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from oauth2_provider.models import get_access_token_model, get_grant_model, get_refresh_token_model

from accounts.models import Consent, OAuthClient, TokenFamily


@transaction.atomic
def end_families(families: QuerySet[TokenFamily]) -> int:
    """Delete families with all their tokens and return how many there were.

    Each family is locked first, as a refresh locks it: what a refresh under way issues is deleted too.
    """
    locked = list(families.select_for_update(of=("self",)).order_by("pk"))
    keys = [family.pk for family in locked]
    names = [family.public_id for family in locked]
    get_refresh_token_model().objects.filter(token_family__in=names).delete()
    get_access_token_model().objects.filter(issued__family__in=keys).delete()
    TokenFamily.objects.filter(pk__in=keys).delete()
    return len(locked)


@transaction.atomic
def end_consents(consents: QuerySet[Consent]) -> int:
    """Delete consents with all that came of them, codes not yet used included; return how many."""
    locked = list(consents.select_for_update(of=("self",)).order_by("pk"))
    keys = [consent.pk for consent in locked]
    end_families(TokenFamily.objects.filter(consent__in=keys))
    for consent in locked:
        grants = get_grant_model().objects
        grants.filter(user=consent.user_id, application=consent.client_id).delete()
    # A client that holds nothing any more is kept for a while, counted from here.
    clients = OAuthClient.objects.filter(pk__in={consent.client_id for consent in locked})
    clients.update(updated=timezone.now())
    Consent.objects.filter(pk__in=keys).delete()
    return len(locked)
