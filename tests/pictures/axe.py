"""axe-core, which judges pages by the rules of accessibility; from npm, kept with the clients."""

from tests.clients import installing
from tests.clients.known import Package

AXE = Package("npm", "axe-core", "4.14.1")

FRAME = {
    "landmark-one-main": "its pages have no <main>",
    "landmark-unique": "its side bar and its tabs are <nav> without names",
    "region": "what it draws around a page stands in no landmark",
    "aria-input-field-name": "select2, from Django, draws a text box that no label can reach",
    "empty-table-header": "the column of its inlines that deletes a row has an empty head",
}
"""What the frame of django-unfold's pages breaks, around whatever stands in them, and how."""


def source() -> str:
    """Return its source, installed first if need be; InstallError where npm cannot be reached."""
    folder = installing.installed(AXE)
    return (folder / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
