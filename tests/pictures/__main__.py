"""`make pictures`: each page of the table at each width, light and dark, from a hub of its own.

OUT takes `pictures/NAME-WIDTH-SCHEME.png`; ONLY names pages; with AXE=1 axe-core judges each too.
Exit 1: a page has another status than it should, is wider than its window, or complained.
"""

import os
import sys
import tempfile
from itertools import product
from pathlib import Path

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

import django

django.setup()

from tests.pictures import axe, looking  # noqa: E402
from tests.pictures.rows import PAGES  # noqa: E402
from tests.pictures.table import SCHEMES, WIDTHS, Page  # noqa: E402


def main() -> int:
    """Take all pictures; return the exit status."""
    folder = Path(os.environ.get("OUT") or "out") / "pictures"
    folder.mkdir(parents=True, exist_ok=True)
    source = axe.source() if os.environ.get("AXE") == "1" else ""
    with (
        tempfile.TemporaryDirectory(prefix="mcphub-pictures-") as data,
        looking.viewing(Path(data), source) as viewer,
    ):
        complaints = sum(_take(viewer, page, folder) for page in _wanted())
    sys.stdout.write(f"\n{folder}: {complaints} complaints\n")
    return 1 if complaints else 0


def _take(viewer: looking.Viewer, page: Page, folder: Path) -> int:
    """Take the pictures of a page, tell of each complaint, and return how many there were."""
    complaints = viewer.look(page, tuple(product(WIDTHS, SCHEMES)), folder)
    sys.stdout.write("".join(f"{line}\n" for line in (page.name, *complaints)))
    sys.stdout.flush()
    return len(complaints)


def _wanted() -> list[Page]:
    only = set(filter(None, os.environ.get("ONLY", "").split(",")))
    return [page for page in PAGES if not only or page.name in only]


if __name__ == "__main__":
    sys.exit(main())
