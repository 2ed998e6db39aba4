"""manage.py backup DIR: everything a hub knows, in a folder."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from mcphub.backup import BackupError, backup
from monitoring import health


class Command(BaseCommand):
    """Exit 0 done, 1 failed, as on a full disk; 2 when the folder is not empty or cannot be made."""

    help = "Write all rows of the hub into a new folder; the hub may go on serving."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument(
            "folder", metavar="DIR", type=Path, help="a folder that is not there yet"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        """Back up, and say what was kept."""
        folder = options["folder"].absolute()
        try:
            made = backup(folder)
        except BackupError as error:
            raise CommandError(str(error), returncode=2) from error
        except OSError as error:
            words = f"{error}. What is in {folder} is no backup: remove it."
            raise CommandError(words) from error
        except DatabaseError as error:
            raise CommandError(health.not_ready()) from error
        rows = sum(table.rows for table in made.tables)
        facts = {"folder": str(folder), "rows": rows, "tables": len(made.tables)}
        words = f"{folder}: {rows} rows of {len(made.tables)} tables"
        self.stdout.write(json.dumps(facts) if options["json"] else words)
