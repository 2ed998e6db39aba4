"""How the hub knows a client, for the pages where somebody decides whether to trust it."""

from dataclasses import dataclass

from accounts.models import OAuthClient
from accounts.oauth.redirects import host_of

SOURCES = OAuthClient.RegistrationSource
WORDS: dict[str, str] = {
    SOURCES.MANUAL: "Added by an admin",
    SOURCES.DCR: "Self-registered",
    SOURCES.CIMD: "Verified domain",
}


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a client's name and addresses come from; `domain` is there if one vouches for them."""

    source: str
    domain: str = ""

    @property
    def is_claimed(self) -> bool:
        """Tell whether name and addresses are the client's own claims, which nobody vouches for."""
        return bool(self.source == SOURCES.DCR)

    def __str__(self) -> str:
        """Say it in words."""
        return f"{WORDS[self.source]} {self.domain}".strip()


def provenance_of(client: OAuthClient) -> Provenance:
    """Return how the hub knows this client."""
    by_document = client.registration_source == SOURCES.CIMD
    return Provenance(client.registration_source, host_of(client.client_id) if by_document else "")
