"""The protocol revisions the hub speaks, as an ordered table asked by question.

Source: docs/specification/<revision>/ of the specification, its changelogs for what each one knows.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from servers.protocol.errors import INVALID_PARAMS, RESOURCE_NOT_FOUND


@dataclass(frozen=True, slots=True)
class Revision:
    """One revision: its date and what it knows."""

    date: str
    number: int
    stateless: bool = False
    """Every request stands for itself: `_meta` instead of initialize (2026-07-28)."""
    has_http: bool = True
    """It knows Streamable HTTP; otherwise the hub speaks it over HTTP+SSE, which came before."""
    has_completions_capability: bool = True
    has_progress_message: bool = True
    has_batches: bool = False
    """A client may send several messages as one array."""
    has_structured_content: bool = False
    has_any_json_output: bool = False
    """Output schemas and structured content need not be objects."""
    has_resumption: bool = True
    """Each event of a session's streams has an id to go on from (2025-03-26 to 2025-11-25)."""
    has_polling: bool = False
    """Streams begin with an event that has an id and no message, and may be closed early."""
    has_tasks: bool = False
    """It knows the experimental tasks; the extension of later ones is another thing."""
    resource_not_found: int = RESOURCE_NOT_FOUND

    @property
    def shape(self) -> int:
        """Number of the shape that results take; revisions with the same shape share encodings."""
        return self.number

    def since(self, other: "Revision") -> bool:
        """Return whether this revision is `other` or a newer one."""
        return self.number >= other.number


V2024_11_05 = Revision(
    "2024-11-05",
    0,
    has_http=False,
    has_completions_capability=False,
    has_progress_message=False,
    has_resumption=False,
)
V2025_03_26 = Revision("2025-03-26", 1, has_batches=True)
V2025_06_18 = Revision("2025-06-18", 2, has_structured_content=True)
V2025_11_25 = Revision(
    "2025-11-25", 3, has_structured_content=True, has_polling=True, has_tasks=True
)
V2026_07_28 = Revision(
    "2026-07-28",
    4,
    stateless=True,
    has_structured_content=True,
    has_any_json_output=True,
    has_resumption=False,
    resource_not_found=INVALID_PARAMS,
)

REVISIONS: tuple[Revision, ...] = (
    V2024_11_05,
    V2025_03_26,
    V2025_06_18,
    V2025_11_25,
    V2026_07_28,
)
BY_DATE: dict[str, Revision] = {revision.date: revision for revision in REVISIONS}
HANDSHAKE: dict[str, Revision] = {r.date: r for r in REVISIONS if not r.stateless}
LATEST_HANDSHAKE = V2025_11_25
OVER_HTTP: dict[str, Revision] = {r.date: r for r in REVISIONS if r.has_http}
"""Over Streamable HTTP."""
OVER_SSE: dict[str, Revision] = {r.date: r for r in REVISIONS if not r.has_http}
"""Over HTTP+SSE."""


def negotiated(asked: object, served: Mapping[str, Revision] = HANDSHAKE) -> Revision:
    """Return the revision an initialize answer names: the asked one if served, else the latest served.

    Never a stateless one, which knows no handshake (2025-11-25 basic/lifecycle, Version Negotiation).
    """
    found = served.get(asked) if isinstance(asked, str) else None
    if found is not None and not found.stateless:
        return found
    return max((r for r in served.values() if not r.stateless), key=lambda each: each.number)
