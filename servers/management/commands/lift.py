"""manage.py lift: let go on what is stopped; without arguments it says what that is."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from monitoring import health
from servers import services
from servers.errors import ServersError
from servers.management.stopped import KINDS, facts, target
from servers.models import Stop
from servers.services.stopping import kind_of
from servers.stoppable import in_words, stops

FAILED, BAD_INPUT = 1, 2


class Command(BaseCommand):
    """Prints each stop, lifted or standing. Exit 0 done, 1 it is not stopped, 2 there is no such thing."""

    help = "Lift a stop, or all of them; without arguments, show what is stopped."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("kind", metavar="KIND", nargs="?", choices=KINDS)
        parser.add_argument("name", metavar="NAME", nargs="?", default="", help="which one")
        parser.add_argument("--all", action="store_true", help="lift every stop there is")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        """Lift, and print."""
        kind, lifts = options["kind"], bool(options["kind"]) or options["all"]
        if kind and options["all"]:
            raise CommandError("Name one thing, or --all.", returncode=BAD_INPUT)
        try:
            found = _of(kind, options["name"]) if kind else list(stops())
            said = [facts(stop) for stop in found]
            words = [in_words(stop) for stop in found]
            for stop in found if lifts else ():
                services.lift(actor=None, stop=stop)
        except ServersError as error:
            raise CommandError(str(error), returncode=FAILED) from error
        except DatabaseError as error:
            raise CommandError(health.not_ready(), returncode=FAILED) from error
        if options["json"]:
            return self.stdout.write(json.dumps({"lifted": lifts, "stops": said}))
        for word, each in zip(words, said, strict=True):
            self.stdout.write(f"lifted {word}" if lifts else f"{word}: {each['reason']}")
        if not said:
            self.stderr.write("Nothing is stopped.")
        return None


def _of(kind: str, name: str) -> list[Stop]:
    """Return the stop of one thing."""
    what = target(kind, name)
    rows = stops().filter(kind=kind_of(what))
    found = list(rows if what is None else rows.filter(**{kind_of(what): what.pk}))
    if not found:
        raise CommandError("It is not stopped.", returncode=FAILED)
    return found
