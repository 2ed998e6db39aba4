"""manage.py audit_prune: let go of old events, so that the rest still verifies."""

import json
from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import Error

from monitoring.audit.pruning import prunable, prune
from monitoring.audit.verify import verify


class Command(BaseCommand):
    """Exit 0 done, 1 if the trail does not hold together or cannot be read, 2 for a wrong time."""

    help = "Remove audit events from before a moment; without --yes only say how many."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the moment, and that it is meant."""
        parser.add_argument("--before", required=True, help="ISO 8601; UTC unless it says so")
        parser.add_argument("--yes", action="store_true", help="remove them")
        parser.add_argument("--json", action="store_true", help="one JSON object on stdout")

    def handle(self, *args: Any, **options: Any) -> None:
        """Verify, then remove; what does not hold together is left as it is, to be looked into."""
        before = _moment(options["before"])
        try:
            if not verify().ok:
                raise CommandError("the audit trail does not hold together: nothing is removed")
            count = prune(before) if options["yes"] else prunable(before)
        except Error as fault:
            raise CommandError(f"the trail cannot be read: {type(fault).__name__}") from fault
        if options["json"]:
            self.stdout.write(json.dumps({"events": count, "removed": options["yes"]}))
        else:
            self.stdout.write(f"{count} events {'removed' if options['yes'] else 'would go'}")


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as fault:
        raise CommandError(f"not an ISO 8601 time: {text[:64]!r}", returncode=2) from fault
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if moment > datetime.now(UTC):
        raise CommandError("--before is in the future", returncode=2)
    return moment
