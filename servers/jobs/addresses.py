"""Where the pages of a large result are: `mcphub-job://<job>/result/<page>`. Pure.

The scheme is the hub's own: what a server publishes is never found under it.
"""

import re
from typing import NamedTuple

SCHEME = "mcphub-job:"
TEMPLATE = "mcphub-job://{job}/result/{page}"
"""How they are called where one name stands for all."""
_ADDRESS = re.compile(r"mcphub-job://([0-9a-f]{32})/result/(0|[1-9][0-9]{0,4})")


class Place(NamedTuple):
    """A page of a job's result."""

    job: str
    page: int


def address(job: str, page: int) -> str:
    """Return where a page is."""
    return TEMPLATE.format(job=job, page=page)


def is_own(uri: str) -> bool:
    """Tell whether an address is of the hub's own scheme, whose case does not matter (RFC 3986)."""
    return uri[: len(SCHEME)].lower() == SCHEME


def read_address(uri: str) -> Place | None:
    """Return the page at an address, None where it is none."""
    found = _ADDRESS.fullmatch(uri)
    return None if found is None else Place(found[1], int(found[2]))
