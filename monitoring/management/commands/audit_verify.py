"""manage.py audit_verify: does the stored trail hold together?"""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import Error

from monitoring.audit import Report
from monitoring.trail.checking import verify_and_keep


class Command(BaseCommand):
    """Exit 0 when every event and seal is in its place, 1 with a line for each that is not."""

    help = "Find audit events that were changed, removed, swapped or cut off."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the form of the answer and an anchor kept outside the database."""
        parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
        parser.add_argument("--anchor", default="", help="MAC of a seal that must be there")

    def handle(self, *args: Any, **options: Any) -> None:
        """Verify and print; exit code 1 when something does not hold or cannot be read."""
        try:
            report = verify_and_keep(anchor=options["anchor"])
        except Error as fault:
            raise CommandError(f"the trail cannot be read: {type(fault).__name__}") from fault
        lines = [_as_json(report)] if options["json"] else _as_lines(report)
        for line in lines:
            self.stdout.write(line)
        if not report.ok:
            raise CommandError("the audit trail does not hold together")


def _as_json(report: Report) -> str:
    return json.dumps({"ok": report.ok, **asdict(report)})


def _as_lines(report: Report) -> list[str]:
    if report.ok:
        counts = f"{report.events} events, {report.chains} chains, {report.seals} seals"
        return [f"ok: {counts}"]
    return [f"broken: {item.chain} {item.seq}: {item.why}" for item in report.problems]
