"""MCP clients that people authorize."""

import uuid

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from oauth2_provider.models import AbstractApplication

from accounts.oauth import redirects


class OAuthClient(AbstractApplication):  # type: ignore[misc]
    """An MCP client; django-oauth-toolkit's Application, swapped while it still can be.

    `registration_source` says how it is known: added by an admin, self-registered (RFC 7591), or by
    the document at its id (Client ID Metadata Document), whose host is then verified. The names and
    addresses of a self-registered client are its own claims.
    """

    class AuthMethod(models.TextChoices):
        """How it authenticates at the token endpoint (RFC 7591 section 2)."""

        NONE = "none"
        SECRET_POST = "client_secret_post"
        SECRET_BASIC = "client_secret_basic"

    class State(models.TextChoices):
        """Whether people may authorize it, and its tokens open anything."""

        LET_IN = "in", "Let in"
        WAITS = "waits", "Waits"
        BLOCKED = "blocked", "Blocked"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    blocked = models.BooleanField(default=False, help_text="A blocked client's tokens are refused.")
    approved = models.BooleanField(
        default=True, help_text="A client that waits for approval can be authorized by nobody."
    )
    auth_method = models.CharField(
        max_length=20, choices=AuthMethod.choices, default=AuthMethod.NONE
    )
    client_uri = models.CharField(max_length=500, blank=True)
    software_id = models.CharField(max_length=120, blank=True)
    software_version = models.CharField(max_length=60, blank=True)
    registered_from = models.GenericIPAddressField(null=True, blank=True)

    class Meta(AbstractApplication.Meta):  # type: ignore[misc]
        """Clients are listed by name."""

        ordering = ("name",)
        verbose_name = "client"

    def __str__(self) -> str:
        """Name the client, or give its id."""
        return str(self.name or self.client_id)

    @property
    def state(self) -> State:
        """Say whether it is let in; a blocked client is blocked, whatever it waits for."""
        if self.blocked:
            return self.State.BLOCKED
        return self.State.LET_IN if self.approved else self.State.WAITS

    @property
    def is_confidential(self) -> bool:
        """Tell whether it has a secret."""
        return bool(self.client_type == self.CLIENT_CONFIDENTIAL)

    def clean(self) -> None:
        """Judge its redirect addresses by the hub's own rule.

        Instead of django-oauth-toolkit's, which takes http anywhere and any host; the algorithms it
        checks besides are OpenID Connect's, which the hub does not speak.
        """
        problem = redirects.problem_of_all(self.redirect_uris.split(), settings.PRIVATE_SCHEMES)
        if problem:
            raise ValidationError({"redirect_uris": problem})

    def redirect_uri_allowed(self, uri: str) -> bool:
        """Tell whether people may be sent back to this address."""
        return redirects.fits(uri, self.redirect_uris.split(), settings.PRIVATE_SCHEMES)

    def get_allowed_schemes(self) -> list[str]:
        """Return the schemes of redirects; http is there for loopback, which the rule above sees to."""
        return ["https", "http", *settings.PRIVATE_SCHEMES]

    def is_usable(self, request: object) -> bool:
        """Tell whether it may do anything; django-oauth-toolkit asks before it issues."""
        return self.approved and not self.blocked
