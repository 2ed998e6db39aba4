"""manage.py audit_export: the trail as JSON lines on stdout."""

import os
import sys
from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import Error

from monitoring.audit import export_lines


class Command(BaseCommand):
    """Exit 0 done, 1 failed, 2 for a time that cannot be read."""

    help = "Write audit events as JSON lines."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the format and the span of time."""
        parser.add_argument("--format", choices=["jsonl"], default="jsonl")
        parser.add_argument("--json", action="store_true", help="the same as --format jsonl")
        parser.add_argument("--since", default="", help="ISO 8601, included; UTC unless it says so")
        parser.add_argument("--until", default="", help="ISO 8601, not included")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the events of the span, oldest first."""
        since, until = _moment(options["since"]), _moment(options["until"])
        count = 0
        try:
            for line in export_lines(since, until):
                self.stdout.write(line)
                count += 1
        except Error as fault:
            raise CommandError(f"the trail cannot be read: {type(fault).__name__}") from fault
        except BrokenPipeError:  # whoever reads has seen enough, as with `| head`
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return
        self.stderr.write(f"{count} events")


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as fault:
        raise CommandError(f"not an ISO 8601 time: {text[:64]!r}", returncode=2) from fault
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
