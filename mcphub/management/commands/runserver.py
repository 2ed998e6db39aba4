"""`manage.py runserver`: Django's habit, with the hub's memory, body guard and a reload on change."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import autoreload

from mcphub import launching


class Command(BaseCommand):
    """Serve with daphne and restart when the hub's own code changes."""

    help = "Serve for work on the hub itself; `hub` is what everybody else runs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare what Django's own command takes."""
        parser.add_argument("addrport", nargs="?", help="[HOST:]PORT")
        parser.add_argument("--noreload", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        """Serve until told to stop."""
        host, _, port = (options["addrport"] or str(settings.PORT)).rpartition(":")
        host, number = host or settings.HOST, int(port)
        if options["noreload"]:
            launching.serve_daphne(host=host, port=number, signals=True)
        else:
            serve = launching.serve_daphne
            autoreload.run_with_reloader(serve, host=host, port=number, signals=False)
