"""`manage.py hub`: from nothing to serving, in one command."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection

from mcphub import databases, launching


class Command(BaseCommand):
    """Migrate, make the first admin, load tools and demo, and serve."""

    help = "Prepare the database (first admin and demo included) and serve on HOST:PORT."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the socket a parent hands to its web processes."""
        parser.add_argument("--listener", type=int, help="(internal) inherited socket to serve on")

    def handle(self, *args: Any, **options: Any) -> None:
        """Serve until told to stop."""
        if options["listener"] is not None:
            return launching.serve_inherited(options["listener"])
        if connection.vendor == "sqlite":
            databases.make_private(Path(connection.settings_dict["NAME"]))
        launching.launch()
