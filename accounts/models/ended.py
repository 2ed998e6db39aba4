"""What is left of tokens whose connection was taken back, so that their clients can be told about."""

from django.conf import settings
from django.db import models
from oauth2_provider.settings import oauth2_settings


class EndedToken(models.Model):
    """The digest of a token that a client may still show, whose it was, and for which server.

    It opens nothing. Ends are written beside locks on consents, so person and client are not held to be
    there: whoever reads this finds out.
    """

    checksum = models.CharField(max_length=64, unique=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, db_constraint=False, related_name="+"
    )
    client = models.ForeignKey(
        oauth2_settings.APPLICATION_MODEL,
        on_delete=models.CASCADE,
        db_constraint=False,
        related_name="+",
    )
    server = models.UUIDField()
    ended_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        """Say when it ended; never what it was."""
        return f"ended {self.ended_at:%Y-%m-%d %H:%M}"
