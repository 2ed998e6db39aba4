"""The end of clients that became known by themselves and that nobody ever used."""

from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from oauth2_provider.models import get_access_token_model, get_grant_model

from accounts.models import Consent, OAuthClient
from accounts.services.recording import record

UNUSED_FOR = timedelta(days=7)
"""Long enough for a person who left the consent page open over a weekend."""
MOST_UNUSED = 5_000
A_BATCH = 500
MOST_BATCHES = 20
_NAMED = 20

Source = OAuthClient.RegistrationSource


def unused_clients() -> QuerySet[OAuthClient]:
    """Return the clients that registered, or were learned from a document, and hold nothing.

    Not the blocked: without its row a client could come again as if nobody had decided.
    """
    mine = {"client": OuterRef("pk")}, {"application": OuterRef("pk")}
    rows: QuerySet[OAuthClient] = OAuthClient.objects.filter(
        ~Exists(Consent.objects.filter(**mine[0])),
        ~Exists(get_access_token_model().objects.filter(**mine[1])),
        ~Exists(get_grant_model().objects.filter(**mine[1])),
        registration_source__in=(Source.DCR, Source.CIMD),
        blocked=False,
    )
    return rows.order_by("updated", "pk")


def expire_clients() -> int:
    """Delete the clients that were unused for long, some at a time; return how many."""
    past = unused_clients().filter(updated__lt=timezone.now() - UNUSED_FOR)
    gone = 0
    for _batch in range(MOST_BATCHES):
        keys = list(past.values_list("pk", flat=True)[:A_BATCH])
        gone += _delete(keys) if keys else 0
        if len(keys) < A_BATCH:
            break
    return gone


def make_room() -> int:
    """Delete the unused clients beyond those there may be, the oldest first; return how many."""
    beyond = unused_clients().count() - MOST_UNUSED
    if beyond <= 0:
        return 0
    return _delete(list(unused_clients().values_list("pk", flat=True)[: min(beyond, A_BATCH)]))


@transaction.atomic
def _delete(keys: list[int]) -> int:
    """Delete these clients as far as they are still unused, and record that once for all of them.

    Locked first: somebody who allows one meanwhile is either seen here, or waits and finds it gone.
    """
    locked = list(OAuthClient.objects.select_for_update().filter(pk__in=keys).order_by("pk"))
    rows = unused_clients().filter(pk__in=[row.pk for row in locked])
    gone = [(str(row.public_id), str(row)) for row in rows]
    if gone:
        rows.order_by().delete()
        ids, names = zip(*gone[:_NAMED], strict=True)
        facts = {"count": len(gone), "names": names, "ids": ids}
        record(None, "client.expire", client=ids[0] if len(gone) == 1 else "", before=facts)
    return len(gone)
