"""Notice that an author saved a file."""

from collections.abc import Callable, Iterable
from pathlib import Path

Stamp = tuple[int, int]
"""Modification time in nanoseconds, and size: together they miss no save of a person."""


class Watcher:
    """Remembers files as they were; asked again, tells which came, changed or went.

    `files` is asked each time, as folders may get new ones. Polled: no platform's file events.
    """

    __slots__ = ("_files", "_seen")

    def __init__(self, files: Callable[[], Iterable[Path]]) -> None:
        """Take the files as they are now for known."""
        self._files = files
        self._seen = self._stamps()

    def changed(self) -> list[Path]:
        """Return the files that differ from the last time, in a steady order."""
        former, self._seen = self._seen, self._stamps()
        paths = former.keys() | self._seen.keys()
        return sorted(path for path in paths if former.get(path) != self._seen.get(path))

    def _stamps(self) -> dict[Path, Stamp | None]:
        return {path: stamp(path) for path in self._files()}


def stamp(path: Path) -> Stamp | None:
    """Return a file's stamp, None while it is not there (an editor may be about to rename)."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size
