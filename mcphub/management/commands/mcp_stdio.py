"""manage.py mcp_stdio: one server for one MCP client, over standard input and output."""

import asyncio
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from accounts import scopes
from mcphub import stdio

FAILED, BAD_INPUT = 1, 2


class Command(BaseCommand):
    """Writes nothing but protocol to standard output."""

    help = "Serve one server to the client that started this process, over its standard streams."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("--server", required=True, metavar="SLUG", help="what to serve")
        parser.add_argument("--user", metavar="NAME", help="whom to serve; nobody by default")
        parser.add_argument(
            "--scope",
            action="append",
            metavar="SCOPE",
            choices=list(scopes.SCOPES),
            help=f"one of {', '.join(scopes.SCOPES)}; repeat for more; "
            f"default {' '.join(scopes.DEFAULT)}; only with --user",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Serve until the client is done."""
        if options["scope"] and options["user"] is None:
            text = "--scope goes with --user: nobody in particular has no scopes to narrow."
            raise CommandError(text, returncode=BAD_INPUT)
        streams = stdio.take_streams()
        try:
            stdio.check_prepared()
            who = stdio.find(options["server"], options["user"], options["scope"] or scopes.DEFAULT)
            asyncio.run(stdio.serve(who, streams))
        except stdio.NotServed as error:
            raise CommandError(str(error), returncode=BAD_INPUT) from error
        except stdio.NotReady as error:
            raise CommandError(str(error), returncode=FAILED) from error
        except DatabaseError as error:
            text = f"The database cannot be used: {type(error).__name__}."
            raise CommandError(text, returncode=FAILED) from error
