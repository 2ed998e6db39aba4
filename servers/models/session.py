"""Sessions of the initialize-based revisions that were ended before their time."""

from django.db import models


class EndedSession(models.Model):
    """A session whose id, though well signed, is no longer accepted; kept until it would expire."""

    nonce = models.CharField(max_length=32, unique=True)
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        """Show the beginning of the nonce."""
        return self.nonce[:8]
