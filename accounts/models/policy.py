"""How clients may become known to the hub: what an admin decides about registration."""

from django.db import models
from django.db.models import Q


class ClientPolicy(models.Model):
    """The one row; absent, its defaults hold. Read it with `accounts.selectors.client_policy`."""

    class Registration(models.TextChoices):
        """Who may register itself (RFC 7591)."""

        OPEN = "open", "Any client, within limits"
        HOSTS = "hosts", "Only clients that return to the hosts listed"
        APPROVAL = "approval", "Any client, which then waits for an admin"
        CLOSED = "closed", "None: admins add clients by hand"

    registration = models.CharField(
        max_length=10, choices=Registration.choices, default=Registration.OPEN
    )
    redirect_hosts = models.TextField(
        blank=True,
        max_length=4000,
        help_text="One host a line, such as claude.ai; loopback is the line 127.0.0.1.",
    )
    client_documents = models.BooleanField(
        default=True,
        help_text="Know clients by the document at their id; needs an https public address.",
    )

    class Meta:
        """There is one."""

        verbose_name = "client policy"
        verbose_name_plural = "client policy"
        constraints = (models.CheckConstraint(condition=Q(pk=1), name="client_policy_one"),)

    @property
    def hosts(self) -> frozenset[str]:
        """Return the hosts listed."""
        return frozenset(self.redirect_hosts.split())

    def __str__(self) -> str:
        """Say what it decides."""
        return "How clients become known"
