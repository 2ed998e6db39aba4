"""What a test does that needs a client: it is skipped where that cannot be installed, but never in CI."""

import functools
import os

import pytest

from tests.clients import installing
from tests.clients.known import Package


def needs(package: Package) -> None:
    """Install a package, or skip the test that asks."""
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
