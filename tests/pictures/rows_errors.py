"""Rows of the table: each thing that can go wrong.

What a person can reach by an address is reached by it; what is told to clients, or needs a fault, is
drawn by the scene and answered at `/drawn/`.
"""

from accounts.oauth.denials import REASONS, Reason
from tests.pictures.table import Page

REACHED = {
    Reason.CLIENT_MISSING: "/authorize",
    Reason.CLIENT_UNKNOWN: "/authorize?client_id=nosuch",
    Reason.CLIENT_BLOCKED: "/authorize?client_id=blocked",
    Reason.CLIENT_WAITING: "/authorize?client_id=waits",
    Reason.AMBIGUOUS: "/authorize?client_id=claimed&client_id=other",
    Reason.REDIRECT_MISSING: "/authorize?client_id=claimed",
    Reason.REDIRECT_MISMATCH: "/authorize?client_id=claimed&redirect_uri=https://evil.example/cb",
    Reason.TOO_LONG: "/authorize?client_id=claimed&state=" + "x" * 20_000,
}
DRAWN = tuple(reason for reason in Reason if reason not in REACHED)
"""Reasons whose pages the scene draws."""
ERRORS = {"400": 400, "403_csrf": 403, "500": 500, "503": 503}
"""Pages that the scene draws as Django does, without a person, and their status."""


def _refused(reason: Reason) -> Page:
    path = REACHED.get(reason, f"/drawn/{reason}")
    return Page(f"refused-{reason}", path, status=REASONS[reason].status)


ROWS = (
    *(_refused(reason) for reason in Reason),
    Page("refused-no-server-way-back", "{consent_choose}", "nobody", status=403),
    Page("error-404", "/connect/nosuch/", "three", status=404),
    Page("error-404-anyone", "/nosuch/", status=404),
    *(Page(f"error-{name}", f"/drawn/{name}", status=status) for name, status in ERRORS.items()),
)
