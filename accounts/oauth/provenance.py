"""How the hub knows a client, in the same words wherever somebody decides whether to trust it."""

from dataclasses import dataclass

from accounts.models import OAuthClient
from accounts.oauth.redirects import host_of

SOURCES = OAuthClient.RegistrationSource
TITLES: dict[str, str] = {
    SOURCES.MANUAL: "Added by an admin",
    SOURCES.DCR: "Self-registered",
    SOURCES.CIMD: "Verified domain",
}
DETAILS: dict[str, str] = {
    SOURCES.MANUAL: "An admin of this hub entered it by hand.",
    SOURCES.DCR: "It chose its name itself; nobody has checked it.",
    SOURCES.CIMD: "Whoever holds this domain vouches for it.",
}


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a client's name and addresses come from; `domain` is there if one vouches for them."""

    source: str
    domain: str = ""

    @property
    def title(self) -> str:
        """Say it in two words."""
        return TITLES[self.source]

    @property
    def detail(self) -> str:
        """Say what that means."""
        return DETAILS[self.source]

    @property
    def is_claimed(self) -> bool:
        """Tell whether name and addresses are the client's own claims, which nobody vouches for."""
        return bool(self.source == SOURCES.DCR)

    def __str__(self) -> str:
        """Say it with the domain: "Verified domain claude.ai"."""
        return f"{self.title} {self.domain}".strip()


def provenance_of(client: OAuthClient) -> Provenance:
    """Return how the hub knows this client; in a way that is unknown is no better than by itself."""
    source = client.registration_source
    domain = host_of(client.client_id) if source == SOURCES.CIMD else ""
    return Provenance(source if source in TITLES else SOURCES.DCR, domain)
