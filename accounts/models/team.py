"""Teams, and who is in them."""

import uuid

from django.conf import settings
from django.db import models


class Team(models.Model):
    """A group of people that owns sources and servers and is given access."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=80, unique=True)
    description = models.CharField(max_length=300, blank=True)
    members = models.ManyToManyField(
        settings.AUTH_USER_MODEL, through="accounts.Membership", related_name="teams"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        """Teams are listed by name."""

        ordering = ("name",)

    def __str__(self) -> str:
        """Name the team."""
        return self.name


class Membership(models.Model):
    """One person in one team, and what they are there."""

    class Role(models.TextChoices):
        """What a member may do for the team; using its servers needs none but MEMBER."""

        ADMIN = "admin"
        CURATOR = "curator"
        AUDITOR = "auditor"
        MEMBER = "member"

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships"
    )
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.MEMBER)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        """A person is in a team once."""

        ordering = ("team__name", "user__username")
        constraints = (models.UniqueConstraint(fields=("team", "user"), name="membership_once"),)

    def __str__(self) -> str:
        """Name the person and the team."""
        return f"{self.user} in {self.team}"
