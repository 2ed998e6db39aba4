"""Load an author's file, and turn whatever goes wrong in it into a value, and what is doubtful too.

The file runs under a private name with `sys.path` untouched, so that a file called `mcp.py` or
`json.py` shadows nothing. A file that fails is named with line and cause, and takes nothing along.
"""

import hashlib
import linecache
import sys
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from threading import RLock
from types import ModuleType
from typing import Any

from catalog.authoring.authored import Authored
from catalog.authoring.errors import AuthoringWarning
from catalog.authoring.noting import noting
from catalog.importers.python.finding import Origin

CAUSE_LIMIT = 500
_one_at_a_time = RLock()


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a file gave nothing: `line` is the deepest reached in it, 0 where none is to blame."""

    file: str
    line: int
    cause: str

    def __str__(self) -> str:
        where = f"{self.file}, line {self.line}" if self.line else self.file
        return f"{where}: {self.cause}"


@dataclass(frozen=True, slots=True)
class LoadedFile:
    """What a file declares, or what is wrong with it; never both.

    `cautions` are about what it declares: it works, but hardly as its author means it.
    """

    key: str
    name: str
    path: Path
    entries: tuple[Authored, ...] = ()
    problem: Problem | None = None
    cautions: tuple[Problem, ...] = ()


def load(origin: Origin) -> LoadedFile:
    """Run the file and return its entries; one that fails is returned as a problem.

    Nothing is logged here: who asked knows whether the problem was told before. Where warnings are
    errors, as in many authors' tests, a caution is a problem.
    """
    cautions: list[Problem] = []
    try:
        with _cautions_to(cautions):
            entries = () if origin.refusal else _run(origin)
    except BaseException as error:  # noqa: BLE001  a door: authors' code may raise anything
        return _failed(origin, _problem(origin.path, error))
    if origin.refusal:
        return _failed(origin, Problem(str(origin.path), 0, origin.refusal))
    return LoadedFile(origin.key, origin.name, origin.path, entries, cautions=tuple(cautions))


@contextmanager
def _cautions_to(cautions: list[Problem]) -> Iterator[None]:
    """Keep AuthoringWarnings, which Python would print; every other goes where it always goes.

    Not by `catch_warnings`, which undoes the filters that an author's file sets. What shows warnings
    is one for all threads, so files are run one after the other.
    """

    def show(
        message: Any, category: type[Warning], filename: str, lineno: int, *more: Any, **named: Any
    ) -> None:
        if issubclass(category, AuthoringWarning):
            cautions.append(Problem(filename, lineno, str(message)))
        else:
            usual(message, category, filename, lineno, *more, **named)

    with _one_at_a_time:
        usual = warnings.showwarning
        warnings.showwarning = show
        try:
            yield
        finally:
            warnings.showwarning = usual


def _failed(origin: Origin, problem: Problem) -> LoadedFile:
    return LoadedFile(origin.key, origin.name, origin.path, problem=problem)


def _run(origin: Origin) -> tuple[Authored, ...]:
    """Execute the file as a module that only this room knows; return what it declares meanwhile.

    From its source, never from cached bytecode: that is told from newer source by whole seconds.
    The module stands in `sys.modules` while it runs because type hints are resolved there; if it
    fails, what stood there before does again.
    """
    code = compile(origin.path.read_bytes(), str(origin.path), "exec", dont_inherit=True)
    spec = _spec(origin)
    module = module_from_spec(spec)
    former = sys.modules.get(spec.name)
    sys.modules[spec.name] = module
    linecache.checkcache(str(origin.path))
    try:
        with noting(spec.name) as noted:
            exec(code, vars(module))
    except BaseException:
        _restore(spec.name, former)
        raise
    return tuple(noted.found.values())


def _spec(origin: Origin) -> ModuleSpec:
    digest = hashlib.sha256(str(origin.path).encode()).hexdigest()[:16]
    private = f"mcphub_author_{digest}"
    name = f"{origin.package}.{private}" if origin.package else private
    spec = spec_from_file_location(name, origin.path)
    if spec is None:
        raise ImportError("it is no Python file")
    return spec


def _restore(name: str, former: ModuleType | None) -> None:
    if former is None:
        sys.modules.pop(name, None)
    else:
        sys.modules[name] = former


def _problem(path: Path, error: BaseException) -> Problem:
    """Name the line of the author's own file that led to the error, and the error in one line."""
    file = str(path)
    lines = [
        frame.lineno
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename == file
    ]
    line = (lines[-1] if lines else None) or 0
    if isinstance(error, SyntaxError) and error.filename == file:
        line = error.lineno or 0
    told = error.msg if isinstance(error, SyntaxError) else str(error)
    cause = " ".join(f"{type(error).__name__}: {told}".split())
    return Problem(file, line, cause[:CAUSE_LIMIT])
