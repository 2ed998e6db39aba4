"""MCP clients that people authorize."""

import uuid

from django.db import models
from oauth2_provider.models import AbstractApplication


class OAuthClient(AbstractApplication):  # type: ignore[misc]
    """An MCP client; django-oauth-toolkit's Application, swapped while it still can be."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    blocked = models.BooleanField(default=False, help_text="A blocked client's tokens are refused.")

    class Meta(AbstractApplication.Meta):  # type: ignore[misc]
        """Clients are listed by name."""

        ordering = ("name",)
        verbose_name = "client"

    def __str__(self) -> str:
        """Name the client, or give its id."""
        return str(self.name or self.client_id)
