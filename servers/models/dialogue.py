"""What a hub keeps while it talks with a client over several requests. All of it passes.

Nothing here is a credential, and nothing outlives `expires_at` by more than the next clean-up.
"""

from django.db import models


class PendingQuestion(models.Model):
    """A request of the hub's that waits for the answer of its session's client."""

    session = models.CharField(max_length=32)
    name = models.CharField(max_length=64, help_text="Its JSON-RPC id.")
    answer = models.TextField(blank=True, help_text="As JSON, once it came.")
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        """An id stands once in a session."""

        constraints = (models.UniqueConstraint(fields=("session", "name"), name="question_once"),)

    def __str__(self) -> str:
        """Give the id."""
        return self.name


class CallState(models.Model):
    """A call that was claimed by the run that passed its last question, or a state too long to carry."""

    name = models.CharField(max_length=80, unique=True)
    body = models.TextField(blank=True)
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        """Give the name."""
        return self.name


class CallStep(models.Model):
    """A step of a call that must happen once, however often the call is run again."""

    class State(models.TextChoices):
        """How far it is."""

        BEGUN = "begun", "begun"
        DONE = "done", "done"
        FAILED = "failed", "failed"

    call = models.CharField(max_length=32)
    key = models.CharField(max_length=128)
    state = models.CharField(max_length=8, choices=State.choices, default=State.BEGUN)
    value = models.TextField(blank=True, help_text="As JSON, or what a failure said.")
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        """A step stands once in a call."""

        constraints = (models.UniqueConstraint(fields=("call", "key"), name="step_once"),)

    def __str__(self) -> str:
        """Give the key."""
        return self.key


class KeptValue(models.Model):
    """What a tool keeps between calls under a handle; `owner` is a user's public id, or empty."""

    server = models.UUIDField()
    owner = models.CharField(max_length=36, blank=True)
    handle = models.CharField(max_length=128)
    key = models.CharField(max_length=128)
    value = models.TextField()
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        """A key stands once under a handle."""

        constraints = (
            models.UniqueConstraint(fields=("server", "owner", "handle", "key"), name="value_once"),
        )

    def __str__(self) -> str:
        """Give handle and key."""
        return f"{self.handle} {self.key}"
