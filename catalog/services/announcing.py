"""Telling every process that what it serves, or to whom, is no longer true."""

from django.db import transaction
from django.db.models import F

from catalog.models import CatalogVersion
from monitoring import bus

TOPIC = "catalog"
ROW = 1
"""The key of the only row."""


@transaction.atomic
def announce() -> int:
    """Raise the catalog's number by one and publish it on commit; returns the new number.

    Called last in every transaction that changes what is served or who may use it: the row's lock
    is held to the commit, so numbers come in the order of the commits, and the shorter the better.
    """
    CatalogVersion.objects.bulk_create([CatalogVersion(pk=ROW)], ignore_conflicts=True)
    CatalogVersion.objects.filter(pk=ROW).update(number=F("number") + 1)
    number = CatalogVersion.objects.get(pk=ROW).number
    transaction.on_commit(lambda: bus.publish(TOPIC, str(number)))
    return number
