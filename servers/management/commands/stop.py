"""manage.py stop: stop a server, a tool, a source, a person, a client or everything, at once."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from monitoring import health
from servers import services
from servers.errors import AlreadyStopped, ServersError
from servers.management.stopped import KINDS, facts, target
from servers.stoppable import in_words

FAILED, BAD_INPUT = 1, 2


class Command(BaseCommand):
    """Prints what is stopped now. Exit 0 done, 1 it is stopped already, 2 there is no such thing."""

    help = "Stop a thing on every process of the hub: its callers are told why."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("kind", metavar="KIND", choices=KINDS, help=", ".join(KINDS))
        parser.add_argument("name", metavar="NAME", nargs="?", default="", help="which one")
        parser.add_argument("--reason", required=True, help="what callers are told, one sentence")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        """Stop, and print."""
        try:
            what = target(options["kind"], options["name"])
            stop = services.stop(actor=None, target=what, reason=options["reason"])
        except AlreadyStopped as error:
            raise CommandError(str(error), returncode=FAILED) from error
        except ServersError as error:
            raise CommandError(str(error), returncode=BAD_INPUT) from error
        except DatabaseError as error:
            raise CommandError(health.not_ready(), returncode=FAILED) from error
        shown = json.dumps(facts(stop)) if options["json"] else f"stopped {in_words(stop)}"
        self.stdout.write(shown)
