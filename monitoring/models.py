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
            models.Index(fields=["client", "id"], name="audit_event_by_client"),
            models.Index(fields=["entry", "id"], name="audit_event_by_entry"),
            # Of the few that went wrong: these cost nothing for all others.
            models.Index(
                fields=["id"], name="audit_event_denied", condition=models.Q(verdict="deny")
            ),
            models.Index(
                fields=["id"],
                name="audit_event_went_wrong",
                condition=models.Q(outcome__in=("error", "failed", "timeout")),
            ),
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


class TrailCheck(models.Model):
    """One verification of the trail, and what it found."""

    begun_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True, blank=True)
    """When it last said that it still runs."""
    ended_at = models.DateTimeField(null=True, blank=True)
    events = models.PositiveBigIntegerField(default=0)
    problems = models.PositiveIntegerField(default=0)
    detail = models.TextField(blank=True, help_text="The first problems, a line each.")

    class Meta:
        ordering = ("-id",)
        verbose_name = "verification"

    def __str__(self) -> str:
        """Show when it was."""
        return f"verification {self.begun_at:%Y-%m-%d %H:%M:%S}"


class CallContent(models.Model):
    """What went in and came out of one call, masked, where its server is told to record that.

    Its id stands in the `data` of the call's event as `content`.
    """

    id = models.UUIDField(primary_key=True)
    at = models.DateTimeField()
    server = models.CharField(max_length=64)
    arguments = models.TextField(blank=True)
    result = models.TextField(blank=True)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = "recorded call"

    def __str__(self) -> str:
        """Show when the call was."""
        return f"{self.server}, {self.at:%Y-%m-%d %H:%M:%S}"


class RedactedName(models.Model):
    """A word: what is named so, or has it in its name, is masked before anything is recorded."""

    name = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("name",)
        verbose_name = "masked name"

    def __str__(self) -> str:
        """Give the word."""
        return self.name


class Banner(models.Model):
    """The sentence on top of every page while there is one; one row."""

    text = models.CharField(max_length=300)
    until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        """Give the sentence."""
        return self.text


class Rollup(models.Model):
    """What one process did in one minute, or with `seconds` 3600 and no process all did in one hour.

    `buckets` as metrics.SECONDS; `entries` are the busiest and slowest, as monitoring/usage writes them.
    """

    minute = models.DateTimeField()
    seconds = models.PositiveSmallIntegerField(default=60)
    process = models.CharField(max_length=32, blank=True)
    calls = models.PositiveIntegerField(default=0)
    errors = models.PositiveIntegerField(default=0)
    denials = models.PositiveIntegerField(default=0)
    streams = models.PositiveIntegerField(default=0)
    buckets = models.JSONField(default=list)
    entries = models.JSONField(default=list)

    class Meta:
        ordering = ("minute",)
        constraints = [
            models.UniqueConstraint(fields=["seconds", "minute", "process"], name="rollup_once"),
        ]

    def __str__(self) -> str:
        """Show the minute."""
        return f"{self.minute:%Y-%m-%d %H:%M}"


class EntryDay(models.Model):
    """How one tool, resource or prompt was used on one day (UTC), by its public id."""

    entry = models.UUIDField()
    day = models.DateField()
    calls = models.PositiveIntegerField(default=0)
    errors = models.PositiveIntegerField(default=0)
    buckets = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["entry", "day"], name="entry_day_once")]
        indexes = [models.Index(fields=["day"], name="entry_day_by_day")]

    def __str__(self) -> str:
        """Show the day."""
        return f"{self.entry}, {self.day}"


class EntryUse(models.Model):
    """The same over the last 30 days, one row an entry, for lists; `p95_us` in microseconds."""

    entry = models.UUIDField(primary_key=True)
    calls = models.PositiveIntegerField(default=0)
    errors = models.PositiveIntegerField(default=0)
    p95_us = models.PositiveBigIntegerField(null=True)
    last_used = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["calls"], name="entry_use_by_calls")]

    def __str__(self) -> str:
        """Show whose."""
        return str(self.entry)
