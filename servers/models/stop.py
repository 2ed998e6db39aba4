"""Emergency stops: what may not be called for now, and what its callers are told."""

from django.conf import settings
from django.db import models
from django.db.models import Q


def _only(kind: str, field: str | None) -> Q:
    """Return the condition that a stop of this kind names what it stops, and nothing else."""
    fields = ("server", "source", "entry", "user", "client")
    others = {f"{name}__isnull": name != field for name in fields}
    return Q(kind=kind, **others)


class Stop(models.Model):
    """One thing that is stopped until the row is gone; `reason` is what callers read."""

    class Kind(models.TextChoices):
        """What is stopped."""

        EVERYTHING = "everything", "Everything"
        SERVER = "server", "A server"
        SOURCE = "source", "A source"
        ENTRY = "entry", "A tool, resource, template or prompt"
        USER = "user", "A person"
        CLIENT = "client", "A client"

    kind = models.CharField(max_length=10, choices=Kind.choices)
    server = models.OneToOneField(
        "servers.Server", on_delete=models.CASCADE, null=True, blank=True, related_name="stop"
    )
    source = models.OneToOneField(
        "catalog.Source", on_delete=models.CASCADE, null=True, blank=True, related_name="stop"
    )
    entry = models.OneToOneField(
        "catalog.Entry", on_delete=models.CASCADE, null=True, blank=True, related_name="stop"
    )
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="stop",
    )
    client = models.OneToOneField(
        settings.OAUTH2_PROVIDER_APPLICATION_MODEL,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="stop",
    )
    reason = models.CharField(max_length=200)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        """Newest first; each names one thing, and everything is stopped once."""

        ordering = ("-created_at", "-id")
        constraints = (
            models.CheckConstraint(
                condition=_only("everything", None)
                | _only("server", "server")
                | _only("source", "source")
                | _only("entry", "entry")
                | _only("user", "user")
                | _only("client", "client"),
                name="stop_names_one",
            ),
            models.UniqueConstraint(
                fields=("kind",), condition=Q(kind="everything"), name="everything_stopped_once"
            ),
        )

    def __str__(self) -> str:
        """Name what is stopped."""
        return str(self.stopped or "everything")

    @property
    def stopped(self) -> models.Model | None:
        """The row that is stopped, None for everything."""
        return self.server or self.source or self.entry or self.user or self.client
