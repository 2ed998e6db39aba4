"""The functions of this process, by the source, kind and name of their entry."""

from threading import Lock

from catalog.authoring.authored import Authored
from catalog.importers.python.loading import LoadedFile

Name = tuple[str, str, str]


class Registry:
    """Authored functions; a file's are replaced all at once, and reading needs no lock."""

    __slots__ = ("_all", "_lock", "keys")

    def __init__(self) -> None:
        self._all: dict[Name, Authored] = {}
        self.keys: frozenset[str] = frozenset()
        """The sources whose file this process has run, also those it failed with."""
        self._lock = Lock()

    def get(self, key: str, kind: str, name: str) -> Authored | None:
        """Return the function behind an entry, None if no loaded file has it."""
        return self._all.get((key, kind, name))

    def replace(self, loaded: LoadedFile) -> None:
        """Put a file's functions in the place of those it had; a file with a problem keeps them.

        The new dict is complete before it is seen: a call in between finds the old or the new.
        """
        with self._lock:
            self.keys |= {loaded.key}
        if loaded.problem is not None:
            return
        fresh = {(loaded.key, one.kind, one.name): one for one in loaded.entries}
        with self._lock:
            others = {name: one for name, one in self._all.items() if name[0] != loaded.key}
            self._all = others | fresh


functions = Registry()
