"""The immutable text behind versions."""

from django.db import models


class Definition(models.Model):
    """What a model sees of an entry: canonical JSON under its SHA-256.

    Stored as text: jsonb would rewrite numbers and order, and the hash would no longer fit.
    """

    sha256 = models.CharField(max_length=64, primary_key=True)
    body = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        """Show the beginning of the hash."""
        return self.sha256[:12]
