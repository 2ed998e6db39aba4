"""Mutants against the tests of their room: each in a process forked from one that has Django ready.

The process imports the room anew with the one file changed, and runs first the tests named like the
file, then the others that import it. Nothing is written, neither in the tree nor elsewhere.
"""

import os
import resource
import signal
import sys
from collections.abc import Iterable, Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from importlib import import_module
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from multiprocessing import connection, get_context
from multiprocessing.context import ForkProcess
from pathlib import Path
from types import CodeType
from typing import Any

import pytest

from tests.mutants.making import Mutant
from tests.mutants.reach import reached

SECONDS = 30
"""Of the processor, which the tests of a room need a third of: who needs more runs for ever."""
PATIENCE = 600
"""Seconds of the clock, for what waits for ever."""
MEMORY = 4 << 30
JUDGED = 100
"""Added to pytest's exit status, to tell it from that of a process that came to no verdict."""
VERDICTS = {JUDGED: "survived", JUDGED + 1: "killed", JUDGED + 2: "killed"}
"""pytest's 1 is a failed test, its 2 a module that cannot even be imported."""
ENDLESS = (signal.SIGXCPU, signal.SIGALRM)
QUIET = ("-x", "-q", "--tb=no", "-p", "no:cacheprovider")


@dataclass(frozen=True)
class Room:
    """A folder of code and the folder of its tests, below the repository."""

    folder: str
    tests: str

    def files(self, base: Path) -> list[str]:
        """Return its files of code."""
        return sorted(str(path.relative_to(base)) for path in (base / self.folder).rglob("*.py"))

    def rounds(self, base: Path, file: str) -> list[list[str]]:
        """Return which tests to run, one round after the other: the likeliest to fail first."""
        tests = sorted((base / self.tests).rglob("test_*.py"))
        asked = [path for path in tests if base / file in reached(path, base)]
        nearest = [path for path in asked if path.stem == f"test_{Path(file).stem}"]
        others = [path for path in asked if path not in nearest]
        return [[str(path) for path in one] for one in (nearest, others) if one]


ROOMS = (
    Room("servers/protocol", "tests/servers/protocol"),
    Room("catalog/policy", "tests/catalog/policy"),
)


class _Planted(SourceFileLoader, MetaPathFinder):
    """Gives one module another text than its file has."""

    def __init__(self, mutant: Mutant, base: Path) -> None:
        names = Path(mutant.file).with_suffix("").parts
        self.package = names[-1] == "__init__"
        self.code = mutant.changed
        name = ".".join(names[:-1] if self.package else names)
        super().__init__(name, str(base / mutant.file))

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        if fullname != self.name:
            return None
        folders = [str(Path(self.path).parent)] if self.package else None
        return spec_from_file_location(
            fullname, self.path, loader=self, submodule_search_locations=folders
        )

    def get_code(self, fullname: str) -> CodeType:
        return compile(self.code, self.path, "exec", dont_inherit=True)


def prepare(base: Path) -> None:
    """Collect the tests once, so that every process starts with what they import; fix the examples.

    hypothesis tries the same examples each time and is content with the first that fails.
    """
    sys.dont_write_bytecode = True
    with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere):
        status = pytest.main(["--collect-only", *QUIET, *(str(base / one.tests) for one in ROOMS)])
    if status:
        raise RuntimeError(f"pytest could not collect: exit status {status}.")
    hypothesis = import_module("hypothesis")  # not before pytest, which complains
    hypothesis.settings.register_profile(
        "mutants",
        database=None,
        derandomize=True,
        deadline=None,
        phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
    )
    hypothesis.settings.load_profile("mutants")


def run_all(mutants: Iterable[tuple[Room, Mutant]], base: Path) -> Iterator[tuple[Mutant, str]]:
    """Yield each mutant with "survived", "killed" or "timeout", in the order they end."""
    running: dict[ForkProcess, Mutant] = {}
    for room, mutant in mutants:
        while len(running) >= (os.cpu_count() or 1):
            yield from _ended(running)
        rounds = room.rounds(base, mutant.file)
        process = get_context("fork").Process(target=_judge, args=(room, mutant, base, rounds))
        process.start()
        running[process] = mutant
    while running:
        yield from _ended(running)


def _ended(running: dict[ForkProcess, Mutant]) -> Iterator[tuple[Mutant, str]]:
    """Wait until a process ends; yield the verdicts of those that have."""
    connection.wait([process.sentinel for process in running])
    for process in [process for process in running if not process.is_alive()]:
        yield running.pop(process), _verdict(process.exitcode or 0)


def _verdict(code: int) -> str:
    """Return what an exit status says; whoever was ended by a signal was noticed."""
    if code < 0:
        return "timeout" if -code in ENDLESS else "killed"
    if code not in VERDICTS:
        raise RuntimeError(f"pytest could not run: exit status {code}.")
    return VERDICTS[code]


def _judge(room: Room, mutant: Mutant, base: Path, rounds: list[list[str]]) -> None:
    """Run the tests with the mutant in its place; leave with pytest's exit status."""
    signal.alarm(PATIENCE)
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    silent = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(silent, stream)
    own = tuple(f"{folder.replace('/', '.')}." for folder in (room.folder, room.tests))
    for name in [name for name in sys.modules if f"{name}.".startswith(own)]:
        _forget(name)
    sys.meta_path.insert(0, _Planted(mutant, base))
    for tests in rounds:
        if status := pytest.main([*QUIET, *tests]):
            os._exit(JUDGED + status)
    os._exit(JUDGED)


def _forget(name: str) -> None:
    """Let a module be imported anew, by its package's attribute too."""
    del sys.modules[name]
    package, _, child = name.rpartition(".")
    if package in sys.modules:
        delattr(sys.modules[package], child)
