"""The number that tells every process whether what it holds is still true."""

from django.db import models


class CatalogVersion(models.Model):
    """One row, updated last in each transaction that changes what is served or who may use it."""

    number = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        """Show the number."""
        return str(self.number)
