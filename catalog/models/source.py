"""Where entries come from."""

import uuid

from django.db import models


class Source(models.Model):
    """One place entries come from: today a Python file; `key` says which, unique among its kind."""

    class Kind(models.TextChoices):
        """The kinds of source; each is one folder in catalog/importers/."""

        PYTHON = "python", "Python"

    class Changes(models.TextChoices):
        """What happens to a definition that is new or changed."""

        TRUST = "trust", "Trust: served at once"
        REVIEW = "review", "Review: served once approved"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=16, choices=Kind.choices, default=Kind.PYTHON)
    key = models.CharField(max_length=255)
    name = models.CharField(max_length=80)
    team = models.ForeignKey(
        "accounts.Team", on_delete=models.SET_NULL, null=True, blank=True, related_name="sources"
    )
    enabled = models.BooleanField(default=True)
    changes = models.CharField(
        max_length=8, choices=Changes.choices, default=Changes.TRUST, db_default=Changes.TRUST
    )
    problem = models.TextField(blank=True, help_text="File, line and cause, if it did not load.")
    synced_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        """A source is known once by its kind and key."""

        ordering = ("name",)
        constraints = (models.UniqueConstraint(fields=("kind", "key"), name="source_once"),)

    def __str__(self) -> str:
        """Name the source."""
        return self.name
