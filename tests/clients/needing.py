"""What a test does that needs a client: it is skipped where that cannot be installed, but never in CI,
apart from the few that are not asked for there.
"""

import functools
import os

import pytest

from tests.clients import installing
from tests.clients.known import BY_HAND, Package


def needs(package: Package) -> None:
    """Install a package, or skip the test that asks."""
    if package in BY_HAND and os.environ.get("CI") == "true":
        pytest.skip(f"{package.name} is run by hand")
    if reason := missing(package):
        assert os.environ.get("CI") != "true", reason
        pytest.skip(reason)


@functools.cache
def missing(package: Package) -> str:
    """Install a package; return why it cannot be, asked once: a registry out of reach is slow."""
    try:
        installing.installed(package)
    except installing.InstallError as error:
        return str(error)
    return ""
