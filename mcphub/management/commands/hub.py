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
        """Declare the way to prepare alone, and the socket a parent hands to its web processes."""
        parser.add_argument(
            "--prepare",
            action="store_true",
            help="prepare the database, say what there is, and end",
        )
        parser.add_argument("--listener", type=int, help="(internal) inherited socket to serve on")

    def handle(self, *args: Any, **options: Any) -> None:
        """Prepare, and serve until told to stop."""
        if options["listener"] is not None:
            return launching.serve_inherited(options["listener"])
        if connection.vendor == "sqlite":
            databases.make_private(Path(connection.settings_dict["NAME"]))
        if options["prepare"]:
            return launching.prepare()
        launching.launch()
