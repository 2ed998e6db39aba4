"""The protocol revisions the hub speaks, as an ordered table asked by question.

Source: docs/specification/<revision>/ of the specification, its changelogs for what each one knows.
"""

from dataclasses import dataclass

from servers.protocol.errors import INVALID_PARAMS, RESOURCE_NOT_FOUND


@dataclass(frozen=True, slots=True)
class Revision:
    """One revision: its date and what it knows."""

    date: str
    number: int
    stateless: bool = False
    """Every request stands for itself: `_meta` instead of initialize (2026-07-28)."""
    has_titles: bool = False
    has_structured_content: bool = False
    has_resource_links: bool = False
    has_icons: bool = False
    has_any_json_output: bool = False
    """Output schemas and structured content need not be objects."""
    resource_not_found: int = RESOURCE_NOT_FOUND

    @property
    def shape(self) -> int:
        """Number of the shape that results take; revisions with the same shape share encodings."""
        return self.number


V2025_03_26 = Revision("2025-03-26", 0)
V2025_06_18 = Revision(
    "2025-06-18",
    1,
    has_titles=True,
    has_structured_content=True,
    has_resource_links=True,
)
V2025_11_25 = Revision(
    "2025-11-25",
    2,
    has_titles=True,
    has_structured_content=True,
    has_resource_links=True,
    has_icons=True,
)
V2026_07_28 = Revision(
    "2026-07-28",
    3,
    stateless=True,
    has_titles=True,
    has_structured_content=True,
    has_resource_links=True,
    has_icons=True,
    has_any_json_output=True,
    resource_not_found=INVALID_PARAMS,
)

REVISIONS: tuple[Revision, ...] = (V2025_03_26, V2025_06_18, V2025_11_25, V2026_07_28)
BY_DATE: dict[str, Revision] = {revision.date: revision for revision in REVISIONS}
HANDSHAKE: dict[str, Revision] = {r.date: r for r in REVISIONS if not r.stateless}
LATEST_HANDSHAKE = V2025_11_25
# Known to be initialize-based though not served over Streamable HTTP: never mistaken for a new one.
HANDSHAKE_DATES = frozenset(HANDSHAKE) | {"2024-11-05"}


def negotiated(asked: object) -> Revision:
    """Return the revision an initialize answer names: the asked one if served, else the latest.

    Never a stateless one, which knows no handshake (2025-11-25 basic/lifecycle, Version Negotiation).
    """
    return HANDSHAKE.get(asked, LATEST_HANDSHAKE) if isinstance(asked, str) else LATEST_HANDSHAKE
