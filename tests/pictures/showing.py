"""`python -m tests.pictures.showing`: take the pictures that README.md and docs/ show, into docs/pictures.

They are pages of the table, as a window of 1440 by 900 shows them, light.
"""

import os
import sys
import tempfile
from pathlib import Path

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

import django

django.setup()

from django.conf import settings  # noqa: E402

from tests.pictures import looking  # noqa: E402
from tests.pictures.rows import PAGES  # noqa: E402

SHOWN = {
    "overview": "admin",
    "server": "admin-server",
    "changes-waiting": "admin-waiting",
    "why": "why-denied",
    "playground": "admin-try-done",
}
"""A picture's name -> the page in the table."""
BEGIN = "window.scrollTo(0, 0)"


def main() -> None:
    """Take each."""
    folder = settings.BASE_DIR / "docs" / "pictures"
    folder.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="mcphub-pictures-") as data,
        looking.viewing(Path(data)) as viewer,
    ):
        for name, page in SHOWN.items():
            _take(viewer, page, folder / f"{name}.png")
            sys.stdout.write(f"{name}\n")


def _take(viewer: looking.Viewer, name: str, picture: Path) -> None:
    """Take the top of a page."""
    page = next(row for row in PAGES if row.name == name)
    with viewer.tab(page, 1440, "light") as tab:
        viewer.open(tab, page)
        tab.mouse.move(1439, 899)
        tab.evaluate(BEGIN)
        tab.screenshot(path=picture, animations="disabled")


if __name__ == "__main__":
    main()
