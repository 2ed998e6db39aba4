"""manage.py load_conformance: publish what the MCP conformance suite asks of a server."""

import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from mcphub import authors
from mcphub.origins import CONFORMANCE
from monitoring import health
from servers.errors import ServersError
from servers.models import Server


class Command(BaseCommand):
    """Prints the addresses and nothing else; run again, it changes nothing."""

    help = "Publish examples/conformance.py as the servers conformance and conformance-private."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        """Publish, and print."""
        try:
            published = _publish()
        except (ServersError, authors.NotLoaded) as error:
            raise CommandError(str(error)) from error
        except DatabaseError as error:
            raise CommandError(health.not_ready()) from error
        rows = [_facts(server) for server in published]
        lines = "\n".join(row["url"] for row in rows)
        self.stdout.write(json.dumps({"servers": rows}) if options["json"] else lines)


def _publish() -> list[Server]:
    """Publish for the first admin's team."""
    team = authors.admins()
    if team is None:
        raise CommandError(f"There is no team {authors.ADMINS}, which the first start makes.")
    return authors.publish_shipped(CONFORMANCE, team)


def _facts(server: Server) -> dict[str, str]:
    url = f"{settings.PUBLIC_URL}{server.path}"
    return {"slug": server.slug, "url": url, "visibility": server.visibility}
