"""`manage.py cleartokens`: delete codes and tokens that have had their time.

django-oauth-toolkit has a command of this name, whose documentation tells to run it daily. It would
take the hub's refresh tokens for orphans and delete those that are good; this one stands in its place.
"""

from typing import Any

from django.core.management.base import BaseCommand

from accounts.services.expiring import sweep_tokens


class Command(BaseCommand):
    """Sweep now; a hub that runs does it every minute by itself."""

    help = "Delete codes and tokens that have had their time."

    def handle(self, *args: Any, **options: Any) -> None:
        """Sweep and say how much that was."""
        self.stdout.write(f"{sweep_tokens()} codes and tokens deleted")
