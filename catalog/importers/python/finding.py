"""Which files are sources, and the key each is known by.

A key must be the same for every process and survive a move of the project, so it is made of names
(an app's label, a folder and a file), never of where the project lies.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from django.apps import AppConfig

APP_FILE = "mcp.py"
KEY_LIMIT, NAME_LIMIT = 240, 80
"""Characters that fit a source's row, with room for a twin's number."""
OWN_ROOMS = frozenset({"monitoring", "accounts", "catalog", "servers", "mcphub"})


@dataclass(frozen=True, slots=True)
class Origin:
    """One source's file; `package` is the app it belongs to, so that its relative imports work.

    `refusal` says why the file is not loaded at all. `home` is what MCPHUB_TOOLS names: the file
    itself, or its folder; None for other files.
    """

    key: str
    name: str
    path: Path
    package: str = ""
    refusal: str = ""
    home: Path | None = None


OWN_BUSINESS = ("_", "test_", "conftest.")
"""How names of files begin that a folder of tools may hold and the hub does not load."""


def app_origins(apps: Iterable[AppConfig]) -> list[Origin]:
    """Return the `mcp.py` of every app that has one; the hub's own rooms are no authors."""
    return [
        Origin(key=f"app:{app.label}", name=app.label, path=path, package=app.name)
        for app in apps
        if app.label not in OWN_ROOMS and (path := Path(app.path) / APP_FILE).is_file()
    ]


def tool_origins(paths: Iterable[str], reserved: Iterable[Origin] = ()) -> list[Origin]:
    """Return the sources that MCPHUB_TOOLS names: files, and every `*.py` of its folders.

    A folder's tests, and its files that begin with an underscore, are its own business. Two files of
    one key cannot both be served: the second is kept with a refusal, under a key that shows it. The
    keys in `reserved` belong to the files that stand there.
    """
    owners = {origin.key: origin for origin in reserved}
    origins: dict[str, Origin] = {}
    for origin in _named(paths):
        first = owners.setdefault(origin.key, origin)
        if first.path == origin.path:
            origins.setdefault(origin.key, origin)
        else:
            twin = _refused_twin(origin, first, len(origins))
            origins[twin.key] = twin
    return list(origins.values())


def _named(paths: Iterable[str]) -> Iterator[Origin]:
    """Yield a source for every file that is named, each as often as it is."""
    for home in (Path(text).expanduser().resolve() for text in paths):
        for file in _files(home):
            yield replace(file_origin(file), home=home)


def file_origin(path: Path) -> Origin:
    """Return a single file as a source, named by its stem and keyed with its folder's name."""
    path = path.resolve()
    key = f"file:{path.parent.name}/{path.stem}"
    return Origin(key=key[:KEY_LIMIT], name=path.stem[:NAME_LIMIT], path=path)


def _files(path: Path) -> list[Path]:
    """Return what a path stands for; one that does not exist stays, for its loading to tell."""
    if not path.is_dir():
        return [path]
    return sorted(file for file in path.glob("*.py") if not file.name.startswith(OWN_BUSINESS))


def _refused_twin(origin: Origin, first: Origin, number: int) -> Origin:
    reason = (
        f"{first.path} has the same folder and file name; one of the two must be renamed, "
        "as access rules and history hang on these names"
    )
    return replace(origin, key=f"{origin.key}#{number}", refusal=reason)
