"""Where the answer to an authorization request goes: redirect URIs, and what is put into them. Pure."""

from dataclasses import dataclass
from urllib.parse import quote, urlencode, urlsplit

from accounts.oauth.denials import REASONS, Reason
from accounts.oauth.redirects import host_of

PATH = "/authorize"


@dataclass(frozen=True, slots=True)
class Back:
    """Where a client wants its answer: a redirect URI that was verified, and the client's `state`."""

    redirect_uri: str
    state: str = ""

    def answer(self, issuer: str, **said: str) -> str:
        """Return the address that carries an answer, with `state` and `iss` (RFC 9207).

        The redirect URI stays as it is, its own query included.
        """
        parts = {**said, "state": self.state, "iss": issuer}
        query = urlencode({name: part for name, part in parts.items() if part}, quote_via=quote)
        joint = "&" if "?" in self.redirect_uri else "?"
        return f"{self.redirect_uri}{joint}{query}"

    def refusal(self, issuer: str, reason: Reason) -> str:
        """Return the address that tells a client why there is no code."""
        telling = REASONS[reason]
        return self.answer(issuer, error=telling.error, error_description=telling.description)


def form_target(redirect_uri: str) -> str:
    """Return the source that form-action must name for an answer to reach a redirect URI (CSP 3).

    A browser follows the answer of a form no further. An IPv6 address cannot be said in that
    grammar, an app's own scheme has no host: both are named by their scheme.
    """
    host, scheme = host_of(redirect_uri), redirect_uri.partition(":")[0]
    if not host or host.endswith(":") or host.startswith("["):
        return f"{scheme}:"
    port = urlsplit(redirect_uri).port
    return f"{scheme}://{host}" + (f":{port}" if port else "")
