"""The official suite: installed like a client of tests/clients, asked what it has, run."""

import asyncio
import contextlib
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.clients import installing
from tests.clients.known import Package
from tests.conformance.verdicts import Verdict, verdict

SUITE = Package("npm", "@modelcontextprotocol/conformance", "0.2.0-alpha.12")
REVISIONS = ("2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28")
EXTENSIONS = "extensions"
"""Stands for a revision where the suite tests extensions of the newest one, which it lists by no date."""
ROUNDS = (*REVISIONS, EXTENSIONS)
SKIPPED = frozenset({"tasks-status-notifications"})
"""Scenarios of extensions that test nothing: the suite leaves each of their checks out."""
SECONDS = 60.0
"""How long a scenario may take."""
LISTED = re.compile(r"^  - (\S+)", re.MULTILINE)
OF_TASKS = re.compile(r"^  - (tasks-\S+) \[extension\]", re.MULTILINE)


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
        if revision == EXTENSIONS:
            return [each for each in OF_TASKS.findall(self._list()) if each not in SKIPPED]
        return LISTED.findall(self._list("--spec-version", revision))

    def _list(self, *options: str) -> str:
        words = [self.node, str(self.script), "list", "--server", *options]
        return subprocess.run(words, capture_output=True, text=True, check=True).stdout

    async def run(self, url: str, revision: str, only: list[str], folder: Path) -> list[Verdict]:
        """Run the scenarios of a revision, `only` those if any are named; return how each ended."""
        names = [name for name in self.scenarios(revision) if not only or name in only]
        folder.mkdir(parents=True)
        words = self._words(url, folder)
        if revision == EXTENSIONS:
            logs = [await _printed([*words, "--scenario", name], SECONDS) for name in names]
        elif only or revision == "2025-03-26":
            words += ["--spec-version", revision]
            alone = [[*words, "--scenario", name, "--force"] for name in names]
            logs = [await _printed(each, SECONDS) for each in alone]
        else:
            words += ["--spec-version", revision, "--suite", "all"]
            logs = [await _printed(words, SECONDS * len(names))] * len(names)
        (folder / "log.txt").write_text("\n".join(dict.fromkeys(logs)), encoding="utf-8")
        return [verdict(name, folder, log) for name, log in zip(names, logs, strict=True)]

    def _words(self, url: str, folder: Path) -> list[str]:
        most = str(int(SECONDS * 1000))
        script = str(self.script)
        return [self.node, script, "server", "--url", url, "-o", str(folder), "--timeout", most]


def installed() -> Suite:
    """Return the suite, installed into the user's cache the first time; raises InstallError."""
    folder = installing.installed(SUITE)
    script = folder / "node_modules" / SUITE.name / "dist" / "index.js"
    return Suite(str(installing.node() / "bin" / "node"), script)


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
