"""When clients last called servers."""

from django.db import models


class LastCall(models.Model):
    """When a client last called a server, for one person or, without `user`, for anybody.

    `server` is a slug and `user` a public id in hex digits, as the trail has them; without a key to others,
    as the trail. `caller` is "family:" and the id of a client of the table, however many registrations it
    has, or else the id that the trail has of it.
    """

    server = models.CharField(max_length=64)
    user = models.CharField(max_length=32, blank=True)
    caller = models.CharField(max_length=255, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["server", "user", "caller"], name="last_call_once"),
        ]
        indexes = [models.Index(fields=["server", "user", "-at"], name="last_call_newest")]

    def __str__(self) -> str:
        """Name the caller and the server."""
        return f"{self.caller} on {self.server}"
