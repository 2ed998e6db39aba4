"""What people allowed: which client, on which server, to do what, and the tokens that came of it."""

import uuid

from django.conf import settings
from django.db import models
from oauth2_provider.settings import oauth2_settings


class Consent(models.Model):
    """One person's leave for one client on one server; on screen a connection.

    `server` is the public id of the published server, `scopes` what the person gave last,
    `redirect_uri` where the client was last sent back to, `last_used_at` when a token of it last opened
    something, to the minute: the tokens themselves come and go. Nothing is issued without this row, and
    deleting it ends all that came of it.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="consents"
    )
    client = models.ForeignKey(
        oauth2_settings.APPLICATION_MODEL, on_delete=models.CASCADE, related_name="consents"
    )
    server = models.UUIDField(db_index=True)
    scopes = models.CharField(max_length=200)
    redirect_uri = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Newest first; a person allows a client once for each server."""

        ordering = ("-changed_at", "-id")
        verbose_name = "connection"
        constraints = (
            models.UniqueConstraint(fields=("user", "client", "server"), name="consent_once"),
        )

    def __str__(self) -> str:
        """Say who allowed whom."""
        return f"{self.user} allows {self.client}"


class TokenFamily(models.Model):
    """All tokens that came of one authorization code, by refreshing; they end together.

    `public_id` is django-oauth-toolkit's `token_family`. `code_digest` and `code_challenge` outlive
    the code, to tell its replay (RFC 6749 section 10.5) from a client's own race. `scopes` are those
    of the code: a refresh may ask for fewer for one access token, and never gets more. `called_at` is
    when the first call of all got through.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    consent = models.ForeignKey(Consent, on_delete=models.CASCADE, related_name="families")
    code_digest = models.CharField(max_length=64, unique=True)
    code_challenge = models.CharField(max_length=128)
    scopes = models.CharField(max_length=200, default="")
    created_at = models.DateTimeField(auto_now_add=True)
    refreshed_at = models.DateTimeField(null=True, blank=True)
    called_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Newest first."""

        ordering = ("-created_at", "-id")

    def __str__(self) -> str:
        """Name the consent it came of."""
        return f"tokens of {self.consent_id}"
