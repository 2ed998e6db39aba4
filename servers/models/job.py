"""Tool calls that outlive their request: the row is the truth about a job, whoever works on it."""

import json
from typing import Any

from django.db import models
from django.db.models import Q

from catalog.runs import Runs


class Job(models.Model):
    """One call that runs as a job, from its acceptance to its end, and its result until `expires_at`.

    `public_id` is what clients know it by, unguessable; `owner` counts against quotas: a user, or the
    network of an anonymous caller. `attempt` grows with every claim and fences off whoever had it before.
    `arguments` are sealed; `asked` are open questions by key, `answers` those that were answered.
    """

    class State(models.TextChoices):
        """How far it is; the last three are for good."""

        QUEUED = "queued", "Queued"
        WORKING = "working", "Working"
        WAITING = "waiting", "Waits for answers"
        COMPLETED = "completed", "Completed"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    class Queue(models.TextChoices):
        """The classes of work; each is a queue that workers may be given to."""

        JOBS = "jobs", "Jobs"
        HEAVY = "heavy", "Heavy jobs"

    public_id = models.CharField(max_length=32, unique=True)
    state = models.CharField(max_length=9, choices=State.choices, default=State.QUEUED)
    queue = models.CharField(max_length=8, choices=Queue.choices, default=Queue.JOBS)
    runs = models.CharField(max_length=8, default=Runs.JOB.value)
    server = models.ForeignKey("servers.Server", on_delete=models.CASCADE, related_name="jobs")
    entry = models.ForeignKey("catalog.Entry", on_delete=models.CASCADE, related_name="jobs")
    name = models.CharField(max_length=512, help_text="What clients call the tool.")
    via = models.CharField(max_length=64, blank=True)
    sha256 = models.CharField(max_length=64, help_text="Of the definition it was accepted under.")
    scope = models.CharField(max_length=32, help_text="What whoever asks for it must hold.")
    user = models.ForeignKey(
        "accounts.User", on_delete=models.CASCADE, null=True, blank=True, related_name="jobs"
    )
    owner = models.CharField(max_length=80)
    client_name = models.CharField(max_length=255, blank=True)
    caller = models.TextField(help_text="Who asked, as JSON.")
    revision = models.CharField(max_length=10)
    abilities = models.PositiveIntegerField(default=0)
    session = models.CharField(max_length=32, blank=True)
    stream = models.CharField(
        max_length=32, blank=True, default="", db_default="", help_text="On which its client waits."
    )
    request_id = models.TextField(
        blank=True, default="", db_default="", help_text="Of the call that waits there, as JSON."
    )
    progress_token = models.TextField(blank=True, help_text="The client's, as JSON.")
    log_level = models.CharField(max_length=16, blank=True)
    trace_id = models.CharField(max_length=32, blank=True)
    call = models.CharField(max_length=32, help_text="What its steps are kept under.")
    arguments = models.TextField(help_text="Sealed.")

    is_task = models.BooleanField(default=False, help_text="Whether a client holds it as a task.")
    is_repeatable = models.BooleanField(default=False, help_text="Whether it may be begun again.")
    retries_left = models.PositiveSmallIntegerField(default=0)
    attempt = models.PositiveIntegerField(default=0)
    times_lost = models.PositiveSmallIntegerField(default=0)
    seconds = models.FloatField(help_text="How long one attempt may take.")
    worker = models.CharField(max_length=120, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(help_text="When it may begin.")
    rung_at = models.DateTimeField(null=True, blank=True)

    progress = models.FloatField(null=True, blank=True)
    total = models.FloatField(null=True, blank=True)
    message = models.CharField(max_length=500, blank=True)
    asked = models.TextField(blank=True, help_text="Open questions by key, as JSON.")
    answers = models.TextField(blank=True, help_text="Answers by key, as JSON.")
    result = models.TextField(blank=True, help_text="What it gave, as JSON.")
    is_error = models.BooleanField(default=False)
    breaks_promise = models.BooleanField(
        default=False,
        db_default=False,
        help_text="Whether its result is too large to be told as its tool promised, and so told as an error.",
    )
    error = models.TextField(blank=True, help_text="A JSON-RPC error, as JSON.")
    reason = models.CharField(max_length=16, blank=True, help_text="Why it ended otherwise.")

    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField()

    class Meta:
        """Found by who has it, by what is open, and by what is past its time."""

        ordering = ("-id",)
        indexes = (
            models.Index(
                fields=("server", "owner"),
                condition=Q(state__in=("queued", "working", "waiting")),
                name="job_open",
            ),
            models.Index(
                fields=("state", "lease_until", "due_at"),
                condition=Q(state__in=("queued", "working")),
                name="job_due",
            ),
            models.Index(fields=("expires_at",), name="job_expires"),
            models.Index(fields=("stream",), condition=~Q(stream=""), name="job_stream"),
        )

    def __str__(self) -> str:
        """Name tool and job."""
        return f"{self.name} {self.public_id[:8]}"


class JobPart(models.Model):
    """A piece of a result that is too large to be told at once; clients read it as a resource."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="parts")
    position = models.PositiveIntegerField()
    body = models.TextField(help_text="As JSON.")

    class Meta:
        """A position stands once in a result."""

        ordering = ("position",)
        constraints = (models.UniqueConstraint(fields=("job", "position"), name="part_once"),)

    @property
    def contents(self) -> dict[str, Any]:
        """The piece as a resource has it, but for its address."""
        told: dict[str, Any] = json.loads(self.body)
        return told

    def __str__(self) -> str:
        """Name it."""
        return f"{self.job_id}/{self.position}"


class JobMoment(models.Model):
    """Something that happened to a job: its timeline."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="moments")
    at = models.DateTimeField()
    what = models.CharField(max_length=16)
    detail = models.CharField(max_length=500, blank=True)

    class Meta:
        """In the order it happened."""

        ordering = ("id",)

    def __str__(self) -> str:
        """Say what."""
        return self.what


class Worker(models.Model):
    """A process that works on jobs; it says now and then that it is alive."""

    name = models.CharField(max_length=120, unique=True)
    pool = models.CharField(max_length=16)
    slots = models.PositiveIntegerField()
    busy = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        """Give its name."""
        return self.name


class Chore(models.Model):
    """Work that comes again: when it was done last, by whichever process."""

    name = models.CharField(max_length=40, unique=True)
    begun_at = models.DateTimeField()

    def __str__(self) -> str:
        """Name it."""
        return self.name
