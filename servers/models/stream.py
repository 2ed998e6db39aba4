"""Streams of HTTP+SSE that are open, on which process, and messages on their way to them.

All of it passes: what a process that died has left goes with its lease.
"""

from django.db import models


class StreamProcess(models.Model):
    """A process with open streams, which are its own for as long as it says so."""

    name = models.CharField(max_length=32, unique=True)
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        """Give the name."""
        return self.name


class OpenStream(models.Model):
    """A stream that is open, by its session, and the process that has it."""

    session = models.CharField(max_length=32, unique=True)
    process = models.ForeignKey(StreamProcess, models.CASCADE)
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        """Show the beginning of the session's nonce."""
        return self.session[:8]


class PostedMessage(models.Model):
    """A message that another process took than the one that has its stream."""

    session = models.CharField(max_length=32, db_index=True)
    body = models.TextField()
    size = models.PositiveIntegerField(help_text="Of the body, in bytes.")
    token = models.CharField(
        max_length=64, blank=True, help_text="Digest of the token it came with, empty for none."
    )
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        """Messages are taken in the order they came."""

        ordering = ("id",)

    def __str__(self) -> str:
        """Show the beginning of the session's nonce."""
        return self.session[:8]
