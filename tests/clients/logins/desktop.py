"""A person's desktop, as a client finds it: a home folder, and a browser with the person in front of it.

The browser is `browsing.py`. It stands on PATH as `xdg-open`, and in BROWSER, so clients open it
themselves; for one that only prints the address a test opens it. What the person does at each visit is
decided beforehand, and each visit is written down.
"""

import fcntl
import json
import os
import shlex
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from django.conf import settings

PROGRAM = Path(__file__).with_name("browsing.py")
NOWHERE = "http://127.0.0.1:9"
"""Where clients that want to tell their maker something are sent: these tests need no internet."""
TRUSTED = ("NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE")
"""Where clients are told of an authority."""
NAMES = ("xdg-open", "x-www-browser", "sensible-browser", "open")


@dataclass(frozen=True)
class Does:
    """What the person does on the consent page: a button, and the scopes they tick (None: as shown)."""

    button: str = "Allow"
    ticks: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Visit:
    """What a client asked for, by its parameters, and the address that the browser was sent to."""

    asked: dict[str, str]
    back: str


class Desktop:
    """A home folder with nothing in it, and a browser; `chromium` is whether that is a real one.

    `authority` is a file with a certificate to trust, `proxy` the way to addresses of https.
    """

    def __init__(
        self,
        folder: Path,
        base: str,
        does: Sequence[Does] = (),
        *,
        password: str,
        chromium: bool = False,
        authority: Path | None = None,
        proxy: str = NOWHERE,
    ) -> None:
        self.home, self._authority, self._proxy = folder / "home", authority, proxy
        self._log, self._bin = folder / "visits", folder / "bin"
        for made in (self.home, self._bin):
            made.mkdir(parents=True)
        plan = {
            "base": base,
            "person": ["admin", password],
            "authority": str(authority or ""),
            "does": [asdict(each) for each in does],
            "chromium": chromium,
            "log": str(self._log),
        }
        (folder / "plan").write_text(json.dumps(plan))
        words = shlex.join([sys.executable, "-m", "tests.clients.logins.browsing"])
        # On its own, as a browser is that is open already: clients wait for what they start, and end it.
        script = (
            f"#!/bin/sh\ncd {shlex.quote(str(settings.BASE_DIR))}\n"
            f'setsid {words} {shlex.quote(str(folder / "plan"))} "$1" </dev/null '
            f">>{shlex.quote(str(folder / 'browser.log'))} 2>&1 &\n"
        )
        for name in NAMES:
            (self._bin / name).write_text(script)
            (self._bin / name).chmod(0o755)

    @property
    def browser(self) -> str:
        """The command that opens an address."""
        return str(self._bin / NAMES[0])

    @property
    def environ(self) -> dict[str, str]:
        """What a program that is started here finds."""
        path = os.pathsep.join([str(self._bin), os.environ["PATH"]])
        # Without a screen, `xdg-open` of another folder than ours asks BROWSER first.
        own = {"HOME": str(self.home), "PATH": path, "BROWSER": self.browser}
        trusted = {name: str(self._authority) for name in TRUSTED if self._authority}
        return {**own, **trusted, "HTTPS_PROXY": self._proxy, "NO_PROXY": "127.0.0.1,localhost"}

    def open(self, address: str) -> None:
        """Open an address that a client printed."""
        subprocess.run([self.browser, address], env=self.environ, check=True)

    @property
    def visits(self) -> list[Visit]:
        """Every visit so far; one that goes on is waited for."""
        with self._log.open("a+") as log:
            fcntl.flock(log, fcntl.LOCK_SH)
            log.seek(0)
            return [Visit(**json.loads(line)) for line in log]
