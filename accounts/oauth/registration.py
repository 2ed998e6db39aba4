"""What a client says of itself (RFC 7591 section 2) -> what the hub will know of it. Pure.

Members nobody here knows are ignored, as the RFC demands; those that are known have the right type or
the whole is refused, with one of the RFC's two errors and a sentence. A client that names no way to
authenticate gets `client_secret_basic`, which is the RFC's default and what the SDKs follow. Of the flows
it lists it gets those that the hub has, and is told so (section 3.2.1); only one that cannot do with the
code is refused.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from accounts import scopes
from accounts.foreign import NAME_LENGTH, clean_line
from accounts.https_url import read_https
from accounts.oauth import redirects

METADATA, REDIRECT = "invalid_client_metadata", "invalid_redirect_uri"
AUTH_METHODS = ("none", "client_secret_basic", "client_secret_post")
GRANTED = ("authorization_code", "refresh_token")
"""The grant types every client gets, also one that asks for the code alone, or for others besides."""
UNNAMED = "Unnamed client"
LONGEST = {"client_uri": 500, "software_id": 120, "software_version": 60, "scope": 1000}
BESIDE = ("client_uri", "software_id", "software_version")
_TEXTS = ("client_name", "token_endpoint_auth_method", "application_type", *LONGEST)
_LISTS = ("redirect_uris", "grant_types", "response_types")


class MetadataError(ValueError):
    """What a client says of itself is refused: by an error code of RFC 7591, and a sentence.

    `reason` is the connection doctor's, where it knows better than the code.
    """

    def __init__(self, error: str, sentence: str, reason: str = "") -> None:
        super().__init__(sentence)
        self.error, self.reason = error, reason or error


@dataclass(frozen=True, slots=True)
class ClientMetadata:
    """A client as the hub will know it; every text is bounded and may be shown."""

    name: str
    redirect_uris: tuple[str, ...]
    auth_method: str = "none"
    scopes: tuple[str, ...] = scopes.DEFAULT
    client_uri: str = ""
    software_id: str = ""
    software_version: str = ""

    @property
    def is_confidential(self) -> bool:
        """Tell whether it gets a secret."""
        return self.auth_method != "none"


def read_metadata(said: Mapping[str, Any], private: Collection[str] = ()) -> ClientMetadata:
    """Return the client that these members describe. Raises MetadataError."""
    texts, lists = _texts(said), _lists(said)
    _check_flow(lists["grant_types"], lists["response_types"])
    return ClientMetadata(
        name=clean_line(texts["client_name"], NAME_LENGTH) or UNNAMED,
        redirect_uris=_redirect_uris(lists["redirect_uris"], private),
        auth_method=_auth_method(texts["token_endpoint_auth_method"]),
        scopes=_scopes(texts["scope"]),
        client_uri=_client_uri(texts["client_uri"]),
        software_id=clean_line(texts["software_id"], LONGEST["software_id"]),
        software_version=clean_line(texts["software_version"], LONGEST["software_version"]),
    )


def usable_beside(said: Mapping[str, Any]) -> dict[str, str]:
    """Return what is said beside the necessary, without what would have the whole refused."""
    texts = {name: said[name] for name in BESIDE if isinstance(said.get(name), str)}
    fit = {name: text for name, text in texts.items() if len(text) <= LONGEST[name]}
    if read_https(fit.get("client_uri", "")) is None:
        fit.pop("client_uri", None)
    return fit


def _texts(said: Mapping[str, Any]) -> dict[str, str]:
    """Return the members that are texts; one that is left out, null or empty is the empty text."""
    found = {name: "" if said.get(name) is None else said[name] for name in _TEXTS}
    for name, value in found.items():
        if not isinstance(value, str):
            raise MetadataError(METADATA, f"{name} is a text.")
        if len(value) > LONGEST.get(name, redirects.LONGEST):
            raise MetadataError(METADATA, f"{name} is too long.")
    return found


def _lists(said: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Return the members that are lists of texts; one that is left out or null is the empty list."""
    found = {name: [] if said.get(name) is None else said[name] for name in _LISTS}
    for name, value in found.items():
        if not (isinstance(value, list) and all(isinstance(one, str) for one in value)):
            error = REDIRECT if name == "redirect_uris" else METADATA
            raise MetadataError(error, f"{name} is a list of texts.")
    return found


def _redirect_uris(uris: list[str], private: Collection[str]) -> tuple[str, ...]:
    """Return the redirect addresses, each once."""
    different = tuple(dict.fromkeys(uris))
    if problem := redirects.problem_of_all(different, private):
        raise MetadataError(REDIRECT, problem)
    return different


def _auth_method(asked: str) -> str:
    """Return how it authenticates at the token endpoint."""
    if asked and asked not in AUTH_METHODS:
        raise MetadataError(METADATA, f"token_endpoint_auth_method is one of {_or(AUTH_METHODS)}.")
    return asked or "client_secret_basic"


def _check_flow(grants: list[str], responses: list[str]) -> None:
    """Raise MetadataError if the code's flow is not among those it asks for; none named are the RFC's."""
    if GRANTED[0] not in (grants or GRANTED):
        raise MetadataError(METADATA, f"grant_types are {' and '.join(GRANTED)}.")
    if "code" not in (responses or ["code"]):
        raise MetadataError(METADATA, "response_types is code.")


def _scopes(asked: str) -> tuple[str, ...]:
    """Return the scopes that the hub has of those asked for; if there are none, the usual ones."""
    wanted = set(asked.split())
    return tuple(scope for scope in scopes.SCOPES if scope in wanted) or scopes.DEFAULT


def _client_uri(said: str) -> str:
    """Return its home page if that is an https address; plain http is passed over."""
    if not said or said.startswith("http://"):
        return ""
    if read_https(said) is None:
        raise MetadataError(METADATA, "client_uri is an https address.")
    return said


def _or(words: Collection[str]) -> str:
    """Return words as a sentence lists them."""
    *first, last = words
    return f"{', '.join(first)} or {last}"
