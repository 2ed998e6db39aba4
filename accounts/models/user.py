"""A person who signs in."""

import uuid

from django.contrib.auth.models import AbstractUser
from django.db import models


class User(AbstractUser):  # type: ignore[django-manager-missing]
    """A person; `public_id` is the id that leaves the hub (audit rows, logs, exports)."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)

    class Meta(AbstractUser.Meta):
        """People are listed by name, and called people on every page."""

        ordering = ("username",)
        verbose_name = "person"
        verbose_name_plural = "people"
