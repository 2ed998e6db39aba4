"""manage.py mint_token: make an access token from the command line."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from accounts import services
from accounts.errors import AccountsError
from accounts.models import IssuedToken, User
from accounts.oauth.directory import directory
from accounts.scopes import DEFAULT, SCOPES
from accounts.services import Minted
from monitoring import health

FAILED = 1
BAD_INPUT = 2  # the exit status of what makes no sense; 1 is for what failed


class Command(BaseCommand):
    """Prints the token and nothing else; it is shown this once and stored hashed."""

    help = "Make an access token for one person and one server, and print it."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("--user", required=True, metavar="NAME", help="who it acts for")
        parser.add_argument("--server", required=True, metavar="SLUG", help="what it opens")
        parser.add_argument(
            "--scope",
            action="append",
            metavar="SCOPE",
            help=f"one of {', '.join(SCOPES)}; repeat for more; default {' '.join(DEFAULT)}",
        )
        parser.add_argument("--days", type=int, default=30, help="days it is valid, default 30")
        parser.add_argument("--name", default="command line", help="what to call it in lists")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        """Mint, and print."""
        try:
            minted = self._mint(options)
        except AccountsError as error:
            raise CommandError(str(error), returncode=BAD_INPUT) from error
        except DatabaseError as error:
            raise CommandError(health.not_ready(), returncode=FAILED) from error
        shown = json.dumps(_facts(minted, options)) if options["json"] else minted.token
        self.stdout.write(shown)

    def _mint(self, options: dict[str, Any]) -> Minted:
        """Find the person and the server, and make the token."""
        user = User.objects.filter(username=options["user"]).first()
        server = directory().by_slug(options["server"])
        if user is None:
            raise CommandError(f"There is no user {options['user']!r}.", returncode=BAD_INPUT)
        if server is None:
            raise CommandError(f"There is no server {options['server']!r}.", returncode=BAD_INPUT)
        return services.mint_token(
            actor=None,
            user=user,
            server=server,
            name=options["name"],
            scopes=options["scope"] or DEFAULT,
            days=options["days"],
            origin=IssuedToken.Origin.COMMAND,
        )


def _facts(minted: Minted, options: dict[str, Any]) -> dict[str, object]:
    """Return what --json prints."""
    access = minted.issued.access_token
    return {
        "token": minted.token,
        "id": str(minted.issued.public_id),
        "user": minted.issued.user.username,
        "server": options["server"],
        "scopes": access.scope.split(),
        "expires_at": access.expires.isoformat(),
    }
