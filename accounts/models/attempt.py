"""Attempts to connect, step by step: what the connection doctor reads."""

import uuid

from django.conf import settings
from django.db import models
from oauth2_provider.settings import oauth2_settings

from accounts.models.client import OAuthClient


class Step(models.TextChoices):
    """The steps of connecting, in their order; at ALLOWED a person has said yes."""

    CHALLENGE = "challenge", "Challenge"
    METADATA = "metadata", "Metadata"
    REGISTRATION = "registration", "Registration"
    AUTHORIZE = "authorize", "Authorization"
    ALLOWED = "allowed", "Consent"
    TOKEN = "token", "Token"
    CALL = "call", "First call"


class ConnectionAttempt(models.Model):
    """One client's way to a server, as far as it came.

    What is known grows: at first an address and perhaps a server, then a client, then a person.
    `address` and `user_agent` are those of its first step: a person is shown those of steps that are
    theirs. `server` is the public id of a published server. `last_step` is how far it came, `reason` why it
    came no further; both follow from its steps, and are kept here for lists.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    address = models.CharField(max_length=64, blank=True)
    user_agent = models.CharField(max_length=120, blank=True)
    server = models.UUIDField(null=True, blank=True)
    client = models.ForeignKey(
        oauth2_settings.APPLICATION_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="attempts",
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="attempts",
    )
    begun_at = models.DateTimeField()
    last_at = models.DateTimeField(db_index=True)
    last_step = models.CharField(max_length=12, choices=Step.choices)
    reason = models.CharField(max_length=40, blank=True)

    class Meta:
        """Newest first; found by who, by which client, or from where."""

        ordering = ("-last_at", "-id")
        verbose_name = "attempt to connect"
        verbose_name_plural = "attempts to connect"
        indexes = (
            models.Index(fields=("address", "-last_at"), name="attempt_by_address"),
            models.Index(fields=("user", "-last_at"), name="attempt_by_user"),
        )

    def __str__(self) -> str:
        """Say when it began."""
        return f"attempt of {self.begun_at:%Y-%m-%d %H:%M}"

    @property
    def of_one_client(self) -> bool:
        """Tell whether its client registered itself: then it is one installation, and not many people's."""
        source = OAuthClient.RegistrationSource.DCR
        return self.client is not None and self.client.registration_source == source


class AttemptStep(models.Model):
    """One step of an attempt: what it was, whether it went well, and why not.

    `named`: it said itself whose it is, by a log-in, a code or a token. Only then, or from where they
    sit, is its address shown to the attempt's person: others may have sent it.
    """

    attempt = models.ForeignKey(ConnectionAttempt, on_delete=models.CASCADE, related_name="steps")
    step = models.CharField(max_length=12, choices=Step.choices)
    reason = models.CharField(
        max_length=40, blank=True, help_text="Empty for a step that went well."
    )
    detail = models.CharField(max_length=300, blank=True)
    address = models.CharField(max_length=64, blank=True, db_default="")
    user_agent = models.CharField(max_length=120, blank=True, db_default="")
    named = models.BooleanField(default=False, db_default=False)
    at = models.DateTimeField()

    class Meta:
        """In the order they happened; found by where they came from."""

        ordering = ("at", "id")
        indexes = (models.Index(fields=("address",), name="step_by_address"),)

    def __str__(self) -> str:
        """Name the step and how it went."""
        return f"{self.step}: {self.reason or 'ok'}"
