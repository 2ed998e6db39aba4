"""manage.py why: say why somebody may call a tool or not, and what would alter it."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from accounts.models import User
from monitoring import health
from servers.selectors import server_at
from servers.why.asking import KINDS, Asked, Through, ask, person_called, through_called
from servers.why.telling import Told, tell

FAILED = 1
BAD_INPUT = 2


class Command(BaseCommand):
    """Prints the answer, each line that was looked at, and the smallest change. Exit 0 either way."""

    help = "Say why somebody may call a tool or not, and the smallest change that would alter it."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        kinds = [kind for kind in KINDS if kind]
        parser.add_argument(
            "--user", metavar="NAME", help="who calls; without it nobody in particular"
        )
        parser.add_argument("--server", required=True, metavar="SLUG", help="the server")
        parser.add_argument("--tool", required=True, metavar="NAME", help="its name, or an address")
        parser.add_argument(
            "--kind", choices=kinds, default="tool", help="what it is, default tool"
        )
        parser.add_argument("--client", metavar="NAME", help="a client, or a token of the person")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        """Find, explain, print."""
        try:
            told = tell(_asked(options))
        except DatabaseError as error:
            raise CommandError(health.not_ready(), returncode=FAILED) from error
        self.stdout.write(json.dumps(told.facts()) if options["json"] else _text(told))


def _asked(options: dict[str, Any]) -> Asked:
    """Return the question; CommandError for what is not there."""
    server = server_at(options["server"])
    if server is None:
        raise CommandError(f"There is no server {options['server']!r}.", returncode=BAD_INPUT)
    user = _user(options["user"])
    through = _through(options["client"], user)
    kind, name = options["kind"], options["tool"]
    return ask(server=server, kind=kind, name=name, user=user, through=through)


def _user(name: str | None) -> User | None:
    if name is None:
        return None
    user = person_called(name)
    if user is None:
        raise CommandError(f"There is no user {name!r}.", returncode=BAD_INPUT)
    return user


def _through(name: str | None, user: User | None) -> Through | None:
    if name is None:
        return None
    if user is None:
        raise CommandError("--client needs --user.", returncode=BAD_INPUT)
    through = through_called(name, user)
    if through is None:
        raise CommandError(f"There is no client or token {name!r}.", returncode=BAD_INPUT)
    return through


def _text(told: Told) -> str:
    """Return the answer for people; the deciding line is marked."""
    marks = [
        f"{'>' if row.decides else ' '} {'yes' if row.holds else 'no '} {row.said}"
        for row in told.rows
    ]
    way = [f"  {said}" for said in told.way] or ["  Nothing here can."]
    other = [f"  or: {' '.join(said)}" for said in told.other_ways]
    return "\n".join([told.said, "", *marks, "", "What would alter it:", *way, *other])
