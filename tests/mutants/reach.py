"""Which files a file imports, however far: tests that never load a file need not be asked about it."""

from functools import cache
from pathlib import Path

from tests import house


@cache
def reached(path: Path, base: Path) -> frozenset[Path]:
    """Return the file itself and all below `base` that importing it loads."""
    found: set[Path] = set()
    waiting = [path]
    while waiting:
        file = waiting.pop()
        if file not in found:
            found.add(file)
            waiting += _imported(file, base)
    return frozenset(found)


@cache
def _imported(path: Path, base: Path) -> list[Path]:
    """Return the files that a file's own import lines load, packages on the way among them."""
    module = ".".join(path.relative_to(base).with_suffix("").parts)
    targets = {one.target for one in house.imports(path.read_text(encoding="utf-8"), module)}
    files = [file for target in targets for file in _files(target, base)]
    return [file for file in files if file.is_file()]


def _files(target: str, base: Path) -> list[Path]:
    """Return where a dotted name and the names before it may stand."""
    names = target.split(".")
    places = [base.joinpath(*names[:length]) for length in range(1, len(names) + 1)]
    return [file for one in places for file in (one.with_suffix(".py"), one / "__init__.py")]
