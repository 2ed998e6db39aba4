"""Clients that still connect by HTTP+SSE, the deprecated transport of 2024-11-05."""

from django.conf import settings
from django.db import models
from django.db.models import Q


class SSEClient(models.Model):
    """A client that came by HTTP+SSE, to one server, for one person or without `user` for anybody.

    `name` is what it calls itself in initialize, made fit to be shown; `agent` the User-Agent that it
    sent last. Both are its own words and prove nothing.
    """

    server = models.ForeignKey(
        "servers.Server", on_delete=models.CASCADE, related_name="sse_clients"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="sse_clients",
    )
    name = models.CharField("client", max_length=80)
    agent = models.CharField("user agent", max_length=120, blank=True)
    first_used_at = models.DateTimeField("first used")
    last_used_at = models.DateTimeField("last used", db_index=True)
    connects = models.PositiveBigIntegerField(default=0)

    class Meta:
        """Each client stands once; the second rule is for nobody, whom no database takes for equal."""

        verbose_name = "client on HTTP+SSE"
        verbose_name_plural = "clients on HTTP+SSE"
        ordering = ("-last_used_at", "-id")
        constraints = (
            models.UniqueConstraint(fields=("server", "user", "name"), name="sse_client_once"),
            models.UniqueConstraint(
                fields=("server", "name"),
                condition=Q(user__isnull=True),
                name="sse_client_of_nobody_once",
            ),
        )

    def __str__(self) -> str:
        """Give the client's name."""
        return self.name
