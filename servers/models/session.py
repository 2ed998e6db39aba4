"""What is known of sessions of the initialize-based revisions beside what their ids say."""

from django.db import models


class EndedSession(models.Model):
    """A session whose id, though well signed, is no longer accepted; kept until it would expire."""

    nonce = models.CharField(max_length=32, unique=True)
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        """Show the beginning of the nonce."""
        return self.nonce[:8]


class SessionLevel(models.Model):
    """The least level of log messages that a session's client wants (logging/setLevel)."""

    session = models.CharField(max_length=32, unique=True)
    level = models.CharField(max_length=16)
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        """Give the level."""
        return self.level


class ResourceSubscription(models.Model):
    """A resource that a session's client wants to hear of (resources/subscribe)."""

    session = models.CharField(max_length=32)
    uri = models.CharField(max_length=4096)
    digest = models.CharField(max_length=64)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        """A resource is subscribed once in a session; long addresses are compared by digest."""

        constraints = (
            models.UniqueConstraint(fields=("session", "digest"), name="subscribed_once"),
        )
        indexes = (models.Index(fields=("digest",), name="subscribed_digest"),)

    def __str__(self) -> str:
        """Give the address."""
        return self.uri


class Announcement(models.Model):
    """When tools last said that a list of a server, or a resource, has changed.

    `digest` is that of the resource's address, empty for a list.
    """

    server = models.UUIDField()
    what = models.CharField(max_length=16)
    digest = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        """Only the newest of each counts."""

        constraints = (
            models.UniqueConstraint(fields=("server", "what", "digest"), name="announced_once"),
        )

    def __str__(self) -> str:
        """Say what changed."""
        return f"{self.what} {self.digest[:8]}".strip()


class StreamEvent(models.Model):
    """A message that waits for a client to come back for its stream (Resumability and Redelivery)."""

    session = models.CharField(max_length=32)
    stream = models.CharField(max_length=32)
    position = models.PositiveIntegerField()
    body = models.TextField(blank=True, help_text="Empty for the event that a stream begins with.")
    last = models.BooleanField(default=False)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        """A position stands once in a stream."""

        ordering = ("stream", "position")
        constraints = (models.UniqueConstraint(fields=("stream", "position"), name="event_once"),)

    def __str__(self) -> str:
        """Name the event."""
        return f"{self.stream}-{self.position}"
