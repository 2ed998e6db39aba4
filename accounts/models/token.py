"""What the hub keeps beside each django-oauth-toolkit access token."""

import uuid

from django.conf import settings
from django.db import models
from oauth2_provider.settings import oauth2_settings

from accounts.caller import PLAYGROUND
from accounts.models.consent import TokenFamily


class IssuedToken(models.Model):
    """The name, origin and one server of an access token; a token without this row opens nothing.

    `server` is the public id of the published server it is bound to (RFC 8707's audience, as an
    identity instead of an address, so that a hub may move without its tokens). `family` is there for
    tokens that a client got by consent; `made_by` for tokens of the playground, which may speak for
    somebody else than the person who holds them.
    """

    class Origin(models.TextChoices):
        """Where the token was made."""

        ADMIN = "admin", "An admin"
        SELF = "self", "My tokens"
        COMMAND = "command", "Command line"
        CONSENT = "consent", "Consent page"
        PLAYGROUND = "playground", "Playground"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    access_token = models.OneToOneField(
        oauth2_settings.ACCESS_TOKEN_MODEL, on_delete=models.CASCADE, related_name="issued"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="issued_tokens"
    )
    name = models.CharField(max_length=80)
    origin = models.CharField(max_length=10, choices=Origin.choices)
    server = models.UUIDField(db_index=True)
    family = models.ForeignKey(
        TokenFamily, on_delete=models.CASCADE, null=True, blank=True, related_name="issued"
    )
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    last_used_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        """Newest first."""

        ordering = ("-created_at", "-id")
        verbose_name = "token"
        indexes = (
            # What is swept: every few minutes all of them, so the index stays small.
            models.Index(
                fields=("created_at",),
                condition=models.Q(family__isnull=False),
                name="issued_by_consent",
            ),
            models.Index(
                fields=("created_at",),
                condition=models.Q(origin="playground"),
                name="issued_to_playground",
            ),
        )

    @property
    def calls_as(self) -> str:
        """What the audit trail names as the client of its calls, and keeps when it is long gone: the client
        that a person allowed, the playground of whoever made it, or else the token itself.
        """
        if client := self.access_token.application:
            return str(client.public_id)
        return f"{PLAYGROUND}{self.made_by.public_id}" if self.made_by else str(self.public_id)

    def __str__(self) -> str:
        """Name the token; never its value."""
        return self.name
