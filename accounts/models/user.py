"""A person who logs in."""

import uuid

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.crypto import salted_hmac

_SALT = "accounts.models.User.session"


class User(AbstractUser):  # type: ignore[django-manager-missing]
    """A person; `public_id` is the id that leaves the hub (audit rows, logs, exports).

    `session_epoch` is in the mark that every browser session carries: raising it ends all of them,
    on every process and whatever keeps them, without looking for a single one.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    session_epoch = models.PositiveIntegerField(default=0, db_default=0, editable=False)

    class Meta(AbstractUser.Meta):
        """People are listed by name, and called people on every page."""

        ordering = ("username",)
        verbose_name = "person"
        verbose_name_plural = "people"
        permissions = (("view_as", "Can use the playground as another person"),)

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Return the mark of this person's sessions: of the password, as Django's, and the epoch."""
        said = f"{self.session_epoch}:{self.password}"
        return salted_hmac(_SALT, said, secret=secret, algorithm="sha256").hexdigest()
