"""What django-oauth-toolkit may not be set to, as it reads its settings: a row each."""

from collections.abc import Callable, Sequence
from typing import Any

from oauth2_provider.scopes import get_scopes_backend
from oauth2_provider.settings import oauth2_settings

from accounts import scopes
from accounts.hashers import RandomSecretHasher
from accounts.oauth import generating
from accounts.oauth.server import Server
from accounts.oauth.validator import Validator
from mcphub.checks.demand import Demand

LONGEST_ACCESS = 3_600
LONGEST_CODE = 600


def _on(name: str) -> Callable[[], bool]:
    """Return whether a switch of django-oauth-toolkit is on."""
    return lambda: getattr(oauth2_settings, name) is True


def _within(name: str, most: int) -> Callable[[], bool]:
    """Return whether a number of seconds is there and not too large."""

    def holds() -> bool:
        value = getattr(oauth2_settings, name)
        return isinstance(value, int) and 0 < value <= most

    return holds


def _kept(name: str, base: type) -> Callable[[], bool]:
    """Return whether a class of ours, or one that goes further, is in its place."""
    return lambda: issubclass(getattr(oauth2_settings, name), base)


def _is(name: str, value: Any) -> Callable[[], bool]:
    """Return whether a setting of django-oauth-toolkit is what the hub relies on."""
    return lambda: getattr(oauth2_settings, name) == value


def _at_most(name: str, *values: str) -> Callable[[], bool]:
    """Return whether a list holds nothing but these."""
    return lambda: set(getattr(oauth2_settings, name)) <= set(values)


def _least_scopes() -> bool:
    """Tell whether a client that names no scope gets none that destroys, and none of the toolkit's."""
    given = set(get_scopes_backend().get_default_scopes())
    return given <= scopes.EVERY - {scopes.DESTRUCTIVE}


BCP = "COMPLIANT_BCP_RFC9700_"
OAUTH: Sequence[Demand] = (
    Demand(
        "E001",
        f"{BCP}IMPLICIT_GRANT",
        "the implicit grant leaks tokens",
        _on(f"{BCP}IMPLICIT_GRANT"),
    ),
    Demand(
        "E002",
        f"{BCP}PASSWORD_GRANT",
        "the password grant shows passwords to clients",
        _on(f"{BCP}PASSWORD_GRANT"),
    ),
    Demand(
        "E003",
        "PKCE_REQUIRED",
        "a code without a proof key can be stolen",
        _on("PKCE_REQUIRED"),
    ),
    Demand(
        "E004",
        f"{BCP}PKCE_METHOD",
        "a plain proof key proves nothing",
        _on(f"{BCP}PKCE_METHOD"),
    ),
    Demand(
        "E005",
        f"{BCP}TOKEN_STORAGE",
        "who reads the database could use its tokens",
        _on(f"{BCP}TOKEN_STORAGE"),
    ),
    Demand(
        "E006",
        f"{BCP}AUTHZ_RESPONSE_ISS",
        "clients could not tell whose answer they hold (RFC 9207)",
        _on(f"{BCP}AUTHZ_RESPONSE_ISS"),
    ),
    Demand(
        "E007",
        f"{BCP}ACCESS_TOKEN_TRANSPORT",
        "tokens in addresses end in logs",
        _on(f"{BCP}ACCESS_TOKEN_TRANSPORT"),
    ),
    Demand(
        "E008",
        "ROTATE_REFRESH_TOKEN",
        "a stolen refresh token would never show",
        _on("ROTATE_REFRESH_TOKEN"),
    ),
    Demand(
        "E009",
        "REFRESH_TOKEN_REUSE_PROTECTION",
        "a stolen refresh token would stay good",
        _on("REFRESH_TOKEN_REUSE_PROTECTION"),
    ),
    Demand(
        "E010",
        "REFRESH_TOKEN_GRACE_PERIOD_SECONDS",
        "the grace is the hub's own; the toolkit's fails with hashed tokens",
        _is("REFRESH_TOKEN_GRACE_PERIOD_SECONDS", 0),
    ),
    Demand(
        "E011",
        "ACCESS_TOKEN_EXPIRE_SECONDS",
        "an access token lives an hour at most",
        _within("ACCESS_TOKEN_EXPIRE_SECONDS", LONGEST_ACCESS),
    ),
    Demand(
        "E012",
        "AUTHORIZATION_CODE_EXPIRE_SECONDS",
        "a code lives ten minutes at most",
        _within("AUTHORIZATION_CODE_EXPIRE_SECONDS", LONGEST_CODE),
    ),
    Demand(
        "E013",
        "REFRESH_TOKEN_EXPIRE_SECONDS",
        "a refresh token that is not used has to end",
        _within("REFRESH_TOKEN_EXPIRE_SECONDS", 366 * 86_400),
    ),
    Demand(
        "E014",
        "SCOPES_BACKEND_CLASS",
        "a client that asks for nothing in particular may not destroy",
        _least_scopes,
    ),
    Demand(
        "E015",
        "OAUTH2_VALIDATOR_CLASS",
        "the hub's rules about codes and tokens are in it",
        _kept("OAUTH2_VALIDATOR_CLASS", Validator),
    ),
    Demand(
        "E016",
        "OAUTH2_SERVER_CLASS",
        "it knows codes and refresh tokens alone",
        _kept("OAUTH2_SERVER_CLASS", Server),
    ),
    Demand(
        "E017",
        "ALLOW_URI_WILDCARDS",
        "a redirect address has to be the registered one",
        _is("ALLOW_URI_WILDCARDS", False),
    ),
    Demand(
        "E018",
        "REQUEST_APPROVAL_PROMPT",
        "nobody's consent may be skipped",
        _is("REQUEST_APPROVAL_PROMPT", "force"),
    ),
    Demand(
        "E019",
        "CLIENT_SECRET_HASHER",
        "secrets of clients are hashed once, not slowly",
        _is("CLIENT_SECRET_HASHER", RandomSecretHasher.algorithm),
    ),
    Demand(
        "E022",
        f"{BCP}REFRESH_TOKEN",
        "a refresh token of a public client has to rotate",
        _on(f"{BCP}REFRESH_TOKEN"),
    ),
    Demand(
        "E023",
        f"{BCP}REDIRECT_URI_MATCHING",
        "redirect addresses are compared as they stand",
        _on(f"{BCP}REDIRECT_URI_MATCHING"),
    ),
    Demand(
        "E024",
        f"{BCP}PKCE_REQUIRED",
        "a code without a proof key can be stolen",
        _on(f"{BCP}PKCE_REQUIRED"),
    ),
    Demand(
        "E028",
        "ACCESS_TOKEN_GENERATOR",
        "tokens are random, and long enough to resist guessing",
        _is("ACCESS_TOKEN_GENERATOR", generating.access_token),
    ),
    Demand(
        "E029",
        "REFRESH_TOKEN_GENERATOR",
        "tokens are random, and long enough to resist guessing",
        _is("REFRESH_TOKEN_GENERATOR", generating.refresh_token),
    ),
    Demand(
        "E030",
        "OIDC_ENABLED",
        "the hub is no OpenID provider, and has no rules for one",
        _is("OIDC_ENABLED", False),
    ),
    Demand(
        "E031",
        "DCR_ENABLED",
        "clients register at the hub's own /register, by the client policy",
        _is("DCR_ENABLED", False),
    ),
    Demand(
        "E032",
        "CIMD_ENABLED",
        "the hub reads documents of clients itself, by the client policy",
        _is("CIMD_ENABLED", False),
    ),
    Demand(
        "E033",
        "OAUTH2_GRANT_TYPES_SUPPORTED",
        "a client gets tokens for a code or a refresh token, and for nothing else",
        _at_most("OAUTH2_GRANT_TYPES_SUPPORTED", "authorization_code", "refresh_token"),
    ),
    Demand(
        "E034",
        "OAUTH2_RESPONSE_TYPES_SUPPORTED",
        "tokens in addresses end in logs",
        _at_most("OAUTH2_RESPONSE_TYPES_SUPPORTED", "code"),
    ),
)
