"""Rows of the audit trail and of the SQLite bus.

Events have no foreign keys: a trail must outlive what it speaks about. What names a person stays in
AuditPerson, where it can be erased without breaking the chain.
"""

import uuid

from django.db import models


class AuditEvent(models.Model):
    """One thing that happened; rows are added, never changed."""

    chain = models.CharField(max_length=32)
    seq = models.BigIntegerField()
    at = models.DateTimeField()
    kind = models.CharField(max_length=16)
    action = models.CharField(max_length=64)
    user = models.UUIDField(null=True)
    client = models.CharField(max_length=255, blank=True)
    team = models.CharField(max_length=64, blank=True)
    server = models.CharField(max_length=64, blank=True)
    entry = models.CharField(max_length=256, blank=True)
    version = models.CharField(max_length=64, blank=True)
    verdict = models.CharField(max_length=8, blank=True)
    reason = models.CharField(max_length=64, blank=True)
    detail = models.CharField(max_length=512, blank=True)
    outcome = models.CharField(max_length=16, blank=True)
    duration_us = models.BigIntegerField(null=True)
    trace_id = models.CharField(max_length=32, blank=True)
    data = models.TextField(blank=True)
    key_id = models.CharField(max_length=16)
    mac = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["chain", "seq"], name="audit_event_place"),
        ]
        indexes = [
            # Ascending: a new row then goes to an index's end, which is the cheap place.
            models.Index(fields=["at"], name="audit_event_by_at"),
            models.Index(fields=["user", "id"], name="audit_event_by_user"),
            models.Index(fields=["server", "id"], name="audit_event_by_server"),
            models.Index(fields=["kind", "id"], name="audit_event_by_kind"),
        ]
        verbose_name = "event"
        verbose_name_plural = "audit trail"

    def __str__(self) -> str:
        """Say what it was and when; the chain and the number are for verification."""
        return f"{self.action}, {self.at:%Y-%m-%d %H:%M:%S}"


class AuditPerson(models.Model):
    """The name behind a user id, kept apart so that it can be erased."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    label = models.CharField(max_length=255, blank=True)
    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "name in the trail"
        verbose_name_plural = "names in the trail"

    def __str__(self) -> str:
        """Show the label while there is one."""
        return self.label or str(self.id)


class AuditSeal(models.Model):
    """What every chain's newest event was at one moment, linked to the seal before."""

    at = models.DateTimeField()
    heads = models.TextField(help_text="JSON: chain -> [seq, mac]")
    previous = models.CharField(max_length=64, unique=True, blank=True)
    mac = models.CharField(max_length=64)
    key_id = models.CharField(max_length=16)
    pruned_below = models.TextField(
        null=True,
        blank=True,
        help_text="JSON: chain -> [seq, mac] of the last event that was pruned on purpose",
    )

    class Meta:
        verbose_name = "seal"

    def __str__(self) -> str:
        """Show when it was made."""
        return f"seal {self.pk} {self.at:%Y-%m-%d %H:%M:%S}"


class Announcement(models.Model):
    """One message between processes that share only an SQLite file; gone after ten minutes."""

    topic = models.CharField(max_length=64)
    payload = models.TextField(blank=True)
    origin = models.CharField(max_length=32)
    at = models.DateTimeField(auto_now_add=True, db_index=True)

    def __str__(self) -> str:
        """Show the topic; payloads are for programs."""
        return self.topic
