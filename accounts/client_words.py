"""How a client is known, in people's words: what of it was checked, and what it merely says. Pure."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from accounts.models import OAuthClient

SOURCES = {
    "manual": ("Added by an admin", "An admin of this hub entered it by hand."),
    "dcr": ("Self-registered", "It chose this name itself; nobody checked it."),
    "cimd": ("Verified domain", "This domain vouches for it."),
}
"""django-oauth-toolkit's `registration_source` -> what that means."""


@dataclass(frozen=True, slots=True)
class KnownAs:
    """How a client is known; `verified` is whether somebody but the client itself vouches for it."""

    title: str
    detail: str
    verified: bool


def known_as(client: OAuthClient) -> KnownAs:
    """Return how a client is known; of one with a document the domain is named."""
    source = str(client.registration_source)
    title, detail = SOURCES.get(source, SOURCES["dcr"])
    if source == "cimd":
        title = f"{title}: {_host(client.client_id)}"
    return KnownAs(title, detail, verified=source in {"manual", "cimd"})


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or "unknown"
    except ValueError:
        return "unknown"
