"""The official suite: installed by npm, asked what it has, run."""

import asyncio
import contextlib
import os
import platform
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.conformance.verdicts import Verdict, verdict

PACKAGE, VERSION = "@modelcontextprotocol/conformance", "0.2.0-alpha.12"
NODE = 22
"""The oldest major version of Node that the suite runs on."""
MACHINES = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}
REVISIONS = ("2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28")
SECONDS = 60.0
"""How long a scenario may take."""
LISTED = re.compile(r"^  - (\S+)", re.MULTILINE)


class Missing(Exception):
    """What the suite needs is not there; the text says what."""


@dataclass(frozen=True, slots=True)
class Suite:
    """The suite as installed."""

    node: str
    script: Path

    def scenarios(self, revision: str) -> list[str]:
        """Return the names of the scenarios for servers of a revision.

        The suite has next to nothing for 2025-03-26: there it is asked for what the revision after
        has, but for elicitation, which came with that.
        """
        if revision == "2025-03-26":
            later = self.scenarios("2025-06-18")
            return [name for name in later if "elicitation" not in name]
        words = [self.node, str(self.script), "list", "--server", "--spec-version", revision]
        done = subprocess.run(words, capture_output=True, text=True, check=True)
        return LISTED.findall(done.stdout)

    async def run(self, url: str, revision: str, only: list[str], folder: Path) -> list[Verdict]:
        """Run the scenarios of a revision, `only` those if any are named; return how each ended."""
        names = [name for name in self.scenarios(revision) if not only or name in only]
        folder.mkdir(parents=True)
        words = [*self._words(url, folder), "--spec-version", revision]
        if only or revision == "2025-03-26":
            alone = [[*words, "--scenario", name, "--force"] for name in names]
            logs = [await _printed(each, SECONDS) for each in alone]
        else:
            logs = [await _printed([*words, "--suite", "all"], SECONDS * len(names))] * len(names)
        (folder / "log.txt").write_text("\n".join(dict.fromkeys(logs)), encoding="utf-8")
        return [verdict(name, folder, log) for name, log in zip(names, logs, strict=True)]

    def _words(self, url: str, folder: Path) -> list[str]:
        most = str(int(SECONDS * 1000))
        script = str(self.script)
        return [self.node, script, "server", "--url", url, "-o", str(folder), "--timeout", most]


def installed() -> Suite:
    """Return the suite, installed into the user's cache the first time; raises Missing."""
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    cache = home / "mcphub" / "conformance" / VERSION
    script = cache / "node_modules" / PACKAGE / "dist" / "index.js"
    _install(cache, f"{PACKAGE}@{VERSION}")
    return Suite(_node(cache), script)


def _node(cache: Path) -> str:
    """Return a Node that is new enough: the machine's, or one from npm."""
    found = shutil.which("node")
    if found is not None:
        told = subprocess.run([found, "--version"], capture_output=True, text=True, check=True)
        if int(told.stdout.strip().lstrip("v").partition(".")[0]) >= NODE:
            return found
    machine = MACHINES.get(platform.machine().lower())
    if sys.platform != "linux" or machine is None:
        raise Missing(f"The suite needs Node {NODE} or newer on the PATH.")
    _install(cache, f"node-linux-{machine}@{NODE}")
    return str(cache / "node_modules" / f"node-linux-{machine}" / "bin" / "node")


def _install(cache: Path, package: str) -> None:
    """Have npm install a package; what was cut short leaves no stamp and is done again."""
    stamp = cache / f"{package.replace('/', '+')}.txt"
    if stamp.exists():
        return
    npm = shutil.which("npm")
    if npm is None:
        raise Missing("The suite is installed by npm, which is not on the PATH.")
    cache.mkdir(parents=True, exist_ok=True)
    sys.stderr.write(f"Installing {package} into {cache} ...\n")
    words = [npm, "install", "--prefix", str(cache), "--no-audit", "--no-fund", "--loglevel=error"]
    if subprocess.run([*words, package], stdout=sys.stderr, check=False).returncode:
        raise Missing(f"npm could not install {package}.")
    stamp.write_text(package, encoding="utf-8")


async def _printed(words: list[str], seconds: float) -> str:
    """Run a command and return all that it prints; one that takes too long is ended and says so."""
    process = await asyncio.create_subprocess_exec(
        *words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    try:
        out, _ = await asyncio.wait_for(process.communicate(), seconds)
    except TimeoutError:
        return f"error: not done after {seconds:.0f} s"
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
    return out.decode("utf-8", "replace")
