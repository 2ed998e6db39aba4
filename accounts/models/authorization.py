"""Authorization requests that somebody is being asked about."""

import uuid

from django.conf import settings
from django.db import models
from oauth2_provider.settings import oauth2_settings


class AuthorizationRequest(models.Model):
    """A client's request (RFC 6749 section 4.1.1) as it was checked when its page was shown.

    The page carries `public_id` and nothing else of the request, so that what was read is what is
    allowed. It is valid for one person in one session (`session_digest` is of the session's key), for
    minutes, and once: who sets `decided_at` first has decided. `server` is None where the client named
    none and the person chooses.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="authorization_requests"
    )
    session_digest = models.CharField(max_length=64)
    client = models.ForeignKey(
        oauth2_settings.APPLICATION_MODEL,
        on_delete=models.CASCADE,
        related_name="authorization_requests",
    )
    redirect_uri = models.TextField()
    state = models.TextField(blank=True)
    code_challenge = models.CharField(max_length=43, blank=True)
    scopes = models.CharField(max_length=200, blank=True)
    server = models.UUIDField(null=True, blank=True)
    expires_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Newest first."""

        ordering = ("-id",)

    def __str__(self) -> str:
        """Name who asks; nothing of what only the client may know."""
        return f"request of {self.client}"
