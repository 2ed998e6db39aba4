"""Web pages that may call the hub's MCP endpoints from a browser (CORS)."""

from django.core.validators import RegexValidator
from django.db import models

ORIGIN = RegexValidator(
    r"^https?://[a-z0-9.\-\[\]:]+\Z", "An origin such as https://inspector.example.com, lower case."
)


class AllowedOrigin(models.Model):
    """One origin (Fetch standard: scheme, host, port) that browsers may call /mcp/* from."""

    origin = models.CharField(max_length=255, unique=True, validators=[ORIGIN])
    note = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        """Listed by origin."""

        ordering = ("origin",)
        verbose_name = "origin"

    def __str__(self) -> str:
        """Give the origin."""
        return self.origin
