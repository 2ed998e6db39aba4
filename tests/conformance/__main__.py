"""`make conformance`: the official suite against the servers of `manage.py load_conformance`.

Environment: URL=address (with TOKEN=... if it needs one) tests a server that is there, otherwise a
hub of its own is started, by SERVER=daphne if so named; PROCESSES=2 has it serve from as many, on a
database made beside the shell's DATABASE_URL and on its REDIS_URL. ONLY=scenario,scenario runs
those; OUT=folder takes the JSON. Exit 0 all passed, 1 something failed, 2 it could not be run.
"""

import asyncio
import contextlib
import os
import secrets
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

# Before tests.settings, which hides the shell's own hub from tests.
SERVER = os.environ.pop("SERVER", "") or "uvicorn"
POSTGRES, REDIS = os.environ.pop("DATABASE_URL", ""), os.environ.pop("REDIS_URL", "")
URL, TOKEN = os.environ.pop("URL", ""), os.environ.pop("TOKEN", "")
PROCESSES = int(os.environ.pop("PROCESSES", "") or 1)
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

import django  # noqa: E402

django.setup()

from tests import live  # noqa: E402
from tests.bench import databases  # noqa: E402
from tests.clients.installing import InstallError  # noqa: E402
from tests.conformance import report  # noqa: E402
from tests.conformance.relay import Relay  # noqa: E402
from tests.conformance.suite import EXTENSIONS, REVISIONS, ROUNDS, Suite, installed  # noqa: E402

SCOPES = ("mcp:read", "mcp:write", "mcp:destructive", "mcp:prompts")
PRIVATE = ["--user", "admin", "--server", "conformance-private"]
PRIVATE += [word for scope in SCOPES for word in ("--scope", scope)]
"""Whose token the suite has for the private server, with what its tools need."""


class Missing(Exception):
    """What a run needs is not there; the text says what."""


STATELESS = frozenset({REVISIONS[-1], EXTENSIONS})
"""Rounds without a handshake: requests name their revision themselves."""


def main() -> int:
    """Run everything; return the exit status."""
    only = [name for name in os.environ.get("ONLY", "").split(",") if name]
    try:
        suite = installed()
        _check(suite, only)
        with _targets() as targets, tempfile.TemporaryDirectory(prefix="mcphub-suite-") as folder:
            findings = asyncio.run(_run(suite, targets, only, Path(folder)))
    except (Missing, InstallError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    path = report.write(findings, Path(os.environ.get("OUT") or "out"))
    sys.stdout.write(f"{path}\n")
    return 0 if report.good(findings) else 1


def _check(suite: Suite, only: list[str]) -> None:
    """Refuse names that no revision has."""
    known = {name for revision in ROUNDS for name in suite.scenarios(revision)}
    if unknown := sorted(set(only) - known):
        raise Missing(f"The suite has no scenario {', '.join(unknown)}.")


@contextlib.contextmanager
def _targets() -> Iterator[dict[str, Relay]]:
    """Yield the servers to test by name: the one that is given, or both of a hub of our own."""
    if URL:
        yield {URL: Relay(URL, token=TOKEN)}
        return
    with tempfile.TemporaryDirectory(prefix="mcphub-conformance-") as folder, _hub(folder) as hub:
        public, private = hub.manage("load_conformance").splitlines()
        token = hub.manage("mint_token", *PRIVATE)
        yield {"conformance": Relay(public), "conformance-private": Relay(private, token=token)}


@contextlib.contextmanager
def _hub(folder: str) -> Iterator[live.LiveHub]:
    """Start a hub that knows no conformance yet, and end it."""
    hub = live.start(Path(folder), SERVER, **_services())
    try:
        yield hub
    finally:
        live.end(hub)
        databases.drop_all()


def _services() -> dict[str, str]:
    """Return what several processes need, nothing for one."""
    if PROCESSES == 1:
        return {}
    if not (POSTGRES and REDIS):
        raise Missing("Several processes need DATABASE_URL and REDIS_URL; see CONTRIBUTING.md.")
    return {
        "WORKERS": str(PROCESSES),
        "DATABASE_URL": databases.fresh(POSTGRES),
        "REDIS_URL": REDIS,
        "MCPHUB_SECRET_KEY": secrets.token_urlsafe(48),
    }


async def _run(
    suite: Suite, targets: dict[str, Relay], only: list[str], folder: Path
) -> report.Findings:
    """Run the suite against each server in each revision, and for what extends the newest."""
    findings: report.Findings = {}
    for number, (name, target) in enumerate(targets.items()):
        sys.stdout.write(f"{name}\n")
        findings[name] = {}
        for revision in ROUNDS:
            asked = "" if revision in STATELESS else revision
            async with Relay(target.url, asked, target.token).running() as url:
                place = folder / f"{number}-{revision}"
                verdicts = await suite.run(url, revision, only, place)
            if verdicts:
                findings[name][revision] = verdicts
                report.show(revision, verdicts)
    return findings


if __name__ == "__main__":
    sys.exit(main())
