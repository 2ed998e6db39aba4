"""The reads of this room that others ask for."""

from catalog.models import CatalogVersion


def catalog_number() -> int:
    """Return the catalog's number, 0 before anything was ever announced."""
    return CatalogVersion.objects.values_list("number", flat=True).first() or 0
