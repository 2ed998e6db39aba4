"""Python functions as entries: find the files, load them, keep their functions, notice changes."""

from catalog.importers.python.finding import Origin, app_origins, file_origin, tool_origins
from catalog.importers.python.loading import LoadedFile, Problem, load
from catalog.importers.python.registry import functions
from catalog.importers.python.watching import Stamp, Watcher, stamp

__all__ = [
    "LoadedFile",
    "Origin",
    "Problem",
    "Stamp",
    "Watcher",
    "app_origins",
    "file_origin",
    "functions",
    "load",
    "stamp",
    "tool_origins",
]
