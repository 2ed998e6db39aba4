"""The history of an entry: which definition held when."""

from django.db import models
from django.db.models import Q


class EntryVersion(models.Model):
    """One definition of one entry, numbered from 1; the entry's `current` one is served.

    The newest one is what the source says, whether or not it is served.
    """

    class State(models.TextChoices):
        """Where the version stands."""

        APPROVED = "approved", "Approved"
        SUPERSEDED = "superseded", "Superseded"
        WAITING = "waiting", "Waits"
        DECLINED = "declined", "Declined"

    entry = models.ForeignKey("catalog.Entry", on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    definition = models.ForeignKey(
        "catalog.Definition", on_delete=models.PROTECT, related_name="versions"
    )
    state = models.CharField(max_length=12, choices=State.choices, default=State.APPROVED)
    created_at = models.DateTimeField(auto_now_add=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Newest first; a number is given once, and of an entry one version waits at most.

        The second constraint is also the index by which what waits is found and counted.
        """

        ordering = ("-number",)
        verbose_name = "version"
        constraints = (
            models.UniqueConstraint(fields=("entry", "number"), name="entry_version_once"),
            models.UniqueConstraint(
                fields=("entry",), condition=Q(state="waiting"), name="entry_waits_once"
            ),
        )

    def __str__(self) -> str:
        """Number the version."""
        return f"{self.entry} v{self.number}"
