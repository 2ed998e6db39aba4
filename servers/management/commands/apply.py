"""manage.py apply FILE.yaml: make the hub what a state file says."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.views.decorators.debug import sensitive_variables

from servers.errors import ServersError, StateRefused
from servers.state.desired import Desired
from servers.state.document import LONGEST
from servers.state.doing import apply
from servers.state.reading import read_state
from servers.state.steps import Step


class Command(BaseCommand):
    """Prints the plan, then carries it out. Exit 0 done, 1 failed, 2 the file is refused."""

    help = (
        "Make users, teams, servers and origins what a YAML file says; docs/apply.md has its keys."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("file", metavar="FILE.yaml", type=Path, help="the state file")
        parser.add_argument("--dry-run", action="store_true", help="show the plan, change nothing")
        parser.add_argument("--json", action="store_true", help="print the plan as a JSON object")

    @sensitive_variables("desired")
    def handle(self, *args: Any, **options: Any) -> None:
        """Read, plan, print, do."""
        file, dry_run, as_json = options["file"], options["dry_run"], options["json"]
        shown: list[Step] = []

        def show(steps: list[Step]) -> None:
            shown.extend(steps)
            self.stdout.write(_json(steps, dry_run) if as_json else _lines(steps))
            self.stdout.flush()

        try:
            desired = _read(file)
            apply(desired, show=show, dry_run=dry_run)
        except StateRefused as error:
            raise CommandError(f"{file}, {error}", returncode=2) from error
        except ServersError as error:
            raise CommandError(str(error)) from error
        self.stderr.write(_ending(len(shown), dry_run))


def _read(file: Path) -> Desired:
    """Return what the file says."""
    try:
        with file.open("rb") as opened:
            data = opened.read(LONGEST + 1)
    except OSError as error:
        reason = f"{file} cannot be read: {error.strerror}."
        raise CommandError(reason, returncode=2) from error
    return read_state(data, file.parent)


def _json(steps: list[Step], dry_run: bool) -> str:
    return json.dumps({"dry_run": dry_run, "steps": [step.facts() for step in steps]})


def _lines(steps: list[Step]) -> str:
    return "\n".join(f"{step.action} {step.what}" for step in steps) or "nothing to do"


def _ending(steps: int, dry_run: bool) -> str:
    """Return the last word, for people."""
    count = f"{steps} change{'' if steps == 1 else 's'}"
    return f"{count} planned, none made." if dry_run else f"{count} made."
