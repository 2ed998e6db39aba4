"""Access rules: they widen or narrow who may use what on a server."""

from django.conf import settings
from django.db import models
from django.db.models import Q


class AccessRule(models.Model):
    """A sentence such as "team Data may use server demo, except delete_*"; deny wins.

    Without team and user it speaks of everyone who can use the server already (deny only).
    """

    class Effect(models.TextChoices):
        """What the rule does."""

        ALLOW = "allow", "may use"
        DENY = "deny", "may not use"

    server = models.ForeignKey("servers.Server", on_delete=models.CASCADE, related_name="rules")
    effect = models.CharField(max_length=5, choices=Effect.choices, default=Effect.ALLOW)
    team = models.ForeignKey(
        "accounts.Team", on_delete=models.CASCADE, null=True, blank=True, related_name="rules"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="rules",
    )
    pattern = models.CharField(
        max_length=128, default="*", help_text="Exposed names it speaks of; * stands for anything."
    )
    tag = models.ForeignKey(
        "catalog.Tag", on_delete=models.CASCADE, null=True, blank=True, related_name="rules"
    )
    note = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        """Rules name one subject; only a deny may speak of everyone."""

        ordering = ("server", "effect", "id")
        constraints = (
            models.CheckConstraint(
                condition=Q(team__isnull=True) | Q(user__isnull=True), name="rule_one_subject"
            ),
            models.CheckConstraint(
                condition=Q(effect="deny") | Q(team__isnull=False) | Q(user__isnull=False),
                name="rule_allow_names_someone",
            ),
        )

    def __str__(self) -> str:
        """Say the rule in words."""
        who = f"team {self.team}" if self.team else f"{self.user}" if self.user else "everyone"
        what = f"what is tagged {self.tag}" if self.tag else self.pattern
        return f"{who} {self.get_effect_display()} {what} on {self.server.slug}"


class AccessRequest(models.Model):
    """A person asks for the use of a discoverable server; an admin answers."""

    class State(models.TextChoices):
        """What became of it."""

        OPEN = "open", "Waits"
        GRANTED = "granted", "Granted"
        DECLINED = "declined", "Declined"

    server = models.ForeignKey("servers.Server", on_delete=models.CASCADE, related_name="requests")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="access_requests"
    )
    reason = models.CharField(max_length=500, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    created_at = models.DateTimeField(auto_now_add=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """What waits first; a person waits once for a server."""

        ordering = ("-created_at", "-id")
        verbose_name = "request for access"
        verbose_name_plural = "requests for access"
        constraints = (
            models.UniqueConstraint(
                fields=("server", "user"), condition=Q(state="open"), name="access_request_once"
            ),
        )

    def __str__(self) -> str:
        """Say who asks for what."""
        return f"{self.user} asks for {self.server}"
