"""`make clients`: run other people's clients against a hub of its own, and write down what they saw.

Afterwards those that log in do so, at another hub: what each of them does when it may read alone and is
then to write and to destroy. OUT takes `clients.txt`, to be read, and `clients.json`, to be compared.
Exit 1: a client could not be installed, or did not see what it must.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

import django

django.setup()

from mcphub.version import VERSION  # noqa: E402
from tests import live  # noqa: E402
from tests.clients import driving, installing  # noqa: E402
from tests.clients.known import CLIENTS, OVER_SSE, Client  # noqa: E402
from tests.clients.logins import measuring  # noqa: E402
from tests.clients.logins.hubs import AUTHORED  # noqa: E402
from tests.clients.logins.known import LOGINS, Login  # noqa: E402
from tests.clients.logins.programs import Failed  # noqa: E402
from tests.clients.logins.terminal import Hung  # noqa: E402
from tests.live import LiveHub  # noqa: E402

SLUG = "conformance"
WRONG = (installing.InstallError, driving.DriveError, Failed, Hung, subprocess.TimeoutExpired)


@dataclass
class Visit:
    """One client's run in one mode: what it saw, and what was wrong with that."""

    client: Client | Login
    mode: str
    command: list[str] = field(default_factory=list)
    seen: dict[str, Any] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def main() -> int:
    """Run all clients; return the exit status."""
    visits = []
    for visit in chain(_visits(), _logins()):
        visits.append(visit)
        sys.stdout.write(_told(visit))
        sys.stdout.flush()
    sys.stdout.write(f"\n{_write(visits, Path(os.environ.get('OUT') or 'out'))}\n")
    return 1 if any(visit.problems for visit in visits) else 0


def _visits() -> Iterator[Visit]:
    """Run each client in each mode against the fixture server."""
    with _hub() as hub:
        driving.load_fixture(hub)
        for client in (*CLIENTS, *OVER_SSE):
            for mode in client.modes:
                yield _visit(hub, Visit(client, mode))


def _logins() -> Iterator[Visit]:
    """Run each client that logs in."""
    with _hub(MCPHUB_TOOLS=str(AUTHORED)) as hub:
        for login in LOGINS:
            with tempfile.TemporaryDirectory(prefix="mcphub-desktop-") as folder:
                yield _login(hub, Visit(login, "log-in"), Path(folder))


@contextmanager
def _hub(**environ: str) -> Iterator[LiveHub]:
    """Start a hub, and end it."""
    with tempfile.TemporaryDirectory(prefix="mcphub-clients-") as folder:
        hub = live.start(Path(folder), "uvicorn", **environ)
        try:
            yield hub
        finally:
            live.end(hub)


def _login(hub: LiveHub, visit: Visit, folder: Path) -> Visit:
    """Log one client in, and hold what it does against what is known of it."""
    try:
        found = measuring.measured(visit.client, hub, folder / "desktop")
    except WRONG as error:
        visit.problems = [str(error).strip()]
        return visit
    visit.seen = {"asked": found.asked, "came": [*chain(*map(dict.values, found.came))]}
    visit.problems = measuring.problems(visit.client, found)
    return visit


def _visit(hub: LiveHub, visit: Visit) -> Visit:
    """Run one client and hold what it saw against what it must see."""
    address = driving.address(hub, SLUG, visit.mode)
    try:
        visit.command = driving.command(visit.client, address, visit.mode)
        visit.seen = driving.drive(visit.client, visit.mode, address)
    except WRONG as error:
        visit.problems = [str(error).strip()]
        return visit
    wanted = driving.expected(visit.client, visit.mode, hub, SLUG)
    names = [*wanted, *(name for name in visit.seen if name not in wanted)]
    visit.problems = [
        f"{name}: {visit.seen.get(name)!r} where {wanted.get(name)!r} is right"
        for name in names
        if visit.seen.get(name) != wanted.get(name)
    ]
    return visit


def _told(visit: Visit) -> str:
    """Return a run as text."""
    package = visit.client.package
    lines = [f"\n{visit.client.title}: {package.name} {package.version}, {visit.mode}"]
    lines += [f"$ {_short_command(visit.command)}"] if visit.command else []
    lines += [f"{name:>12}  {_short(value)}" for name, value in visit.seen.items()]
    lines += [f"WRONG: {problem}" for problem in visit.problems] or ["  as it must be"]
    return "\n".join(lines) + "\n"


def _short_command(words: list[str]) -> str:
    """Return a command without the folders of its first two words."""
    return " ".join([*(Path(word).name for word in words[:2]), *words[2:]])


def _short(value: Any) -> str:
    """Return a value for one line; a list of names as their number and the first of them."""
    text = value if isinstance(value, str) else json.dumps(value)
    if len(text) <= 100 or not isinstance(value, list):
        return text
    return f"{len(value)}: {', '.join(map(str, value[:3]))}, ..."


def _plain(value: Any) -> Any:
    """Return what JSON has no word for: a set as a list, a function by its name."""
    return value.__name__ if callable(value) else sorted(value)


def _write(visits: list[Visit], folder: Path) -> Path:
    """Write the transcript and the JSON; return the file of the transcript."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "clients.txt"
    path.write_text(f"mcphub {VERSION}\n" + "".join(map(_told, visits)), encoding="utf-8")
    rows = [asdict(visit) for visit in visits]
    text = json.dumps(rows, indent=1, default=_plain)
    (folder / "clients.json").write_text(text, encoding="utf-8")
    return path


if __name__ == "__main__":
    sys.exit(main())
