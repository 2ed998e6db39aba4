"""axe-core, which judges pages by the rules of accessibility; from npm, kept with the clients."""

from tests.clients import installing
from tests.clients.known import Package

AXE = Package("npm", "axe-core", "4.14.1")

FRAME = frozenset({"landmark-one-main", "landmark-unique", "region"})
"""What the frame of django-unfold's pages breaks, around whatever stands in them."""


def source() -> str:
    """Return its source, installed first if need be; InstallError where npm cannot be reached."""
    folder = installing.installed(AXE)
    return (folder / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
