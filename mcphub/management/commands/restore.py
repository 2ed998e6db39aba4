"""manage.py restore DIR: put a backup back into an empty database."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from mcphub.backup import BackupError, restore
from monitoring import health


class Command(BaseCommand):
    """Exit 0 done, 1 failed, 2 when it is no backup, or none that fits here; then nothing changed."""

    help = "Put a backup back into an empty database, before the hub is started on it."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("folder", metavar="DIR", type=Path, help="what backup has written")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        """Restore, and say what is there."""
        folder = options["folder"].absolute()
        try:
            made = restore(folder)
        except BackupError as error:
            raise CommandError(str(error), returncode=2) from error
        except DatabaseError as error:
            raise CommandError(health.not_ready()) from error
        rows = sum(table.rows for table in made.tables)
        facts = {"rows": rows, "taken_at": made.taken_at, "version": made.version}
        words = f"{rows} rows, as of {made.taken_at}. Now start the hub."
        self.stdout.write(json.dumps(facts) if options["json"] else words)
