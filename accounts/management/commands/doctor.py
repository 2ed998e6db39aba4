"""manage.py doctor URL: walk the way in from outside, as a client does, and name what is wrong."""

import getpass
import json
import sys
from typing import Any
from urllib.parse import urlsplit

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.doctor.case import Case, Person
from accounts.doctor.findings import Report, StepResult
from accounts.doctor.telling import lines
from accounts.doctor.walk import examine
from accounts.doctor.web import Web

FAILED, BAD_INPUT = 1, 2
LONGEST_URL = 2048
MOST_SECONDS = 120.0


class Command(BaseCommand):
    """Asks the address alone: it needs neither the hub's database nor its settings."""

    help = "Walk the steps of connecting to a server from outside, and say what is wrong where."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("url", metavar="URL", help="a server's address, as people type it")
        who = parser.add_mutually_exclusive_group()
        who.add_argument(
            "--token", help="a token for the first call; - reads it from standard input"
        )
        who.add_argument(
            "--user", metavar="NAME", help="log in and allow; the password is asked for"
        )
        parser.add_argument(
            "--client", metavar="ID", default="", help="a public client instead of registering one"
        )
        parser.add_argument(
            "--timeout", type=float, default=10.0, metavar="SECONDS", help="for each request"
        )
        parser.add_argument(
            "--cafile",
            metavar="PEM",
            help="the certificates of authorities to trust instead of the usual ones",
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        """Walk, and tell; exit 1 if a step failed."""
        case = _case(options)
        results: list[StepResult] = []
        for result in examine(case):
            results.append(result)
            if not options["json"]:
                for line in lines(result):
                    self.stdout.write(line)
        report = Report(case.url, tuple(results))
        if options["json"]:
            self.stdout.write(json.dumps(report.as_data(), ensure_ascii=False))
        if case.client_id and not options["client"]:
            self.stderr.write(
                "The client “mcphub doctor” stays until the hub forgets unused clients."
            )
        if not report.well:
            raise SystemExit(FAILED)


def _case(options: dict[str, Any]) -> Case:
    """Return the case that the options describe. Raises CommandError."""
    url = options["url"].strip()
    if not _is_address(url):
        text = "URL takes an address such as https://hub.example.com/mcp/demo."
        raise CommandError(text, returncode=BAD_INPUT)
    if not 0 < options["timeout"] <= MOST_SECONDS:
        raise CommandError(f"--timeout takes 1 to {MOST_SECONDS:g}.", returncode=BAD_INPUT)
    try:
        web = Web(options["timeout"], options["cafile"])
    except OSError as error:
        raise CommandError(f"--cafile: {error.strerror or error}", returncode=BAD_INPUT) from error
    return Case(
        url,
        web,
        token=_token(options["token"]),
        person=_person(options["user"]),
        client_id=options["client"],
    )


def _is_address(url: str) -> bool:
    """Tell whether a text is an http(s) address that names a host and nothing secret."""
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  (reading it is what checks it)
    except ValueError:
        return False
    plain = url.isprintable() and url.isascii() and " " not in url and len(url) <= LONGEST_URL
    whole = parts.scheme in ("http", "https") and parts.hostname and "@" not in parts.netloc
    return bool(plain and whole and not parts.fragment)


def _token(given: str | None) -> str:
    """Return the token, read from standard input for "-". Raises CommandError for none."""
    token = (sys.stdin.readline() if given == "-" else given or "").strip()
    if given is not None and not (token and token.isascii() and token.isprintable()):
        raise CommandError("--token takes a token.", returncode=BAD_INPUT)
    return token


def _person(name: str | None) -> Person | None:
    """Return who logs in; the password is asked for, or is the first line of standard input.

    It is no option: others could read it in the list of processes and in the shell's history.
    """
    if name is None:
        return None
    asked = f"Password of {name}: "
    password = getpass.getpass(asked) if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")
    if not password:
        text = "--user needs a password: on a terminal, or as a line on standard input."
        raise CommandError(text, returncode=BAD_INPUT)
    return Person(name, password)
