"""`manage.py check --deploy`: what must not be weak on a network, each a row of one table.

Django and django-oauth-toolkit warn of some of it; here it fails. What is asked is what the code goes
by: the settings as django-oauth-toolkit reads them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from oauth2_provider.scopes import get_scopes_backend
from oauth2_provider.settings import oauth2_settings

from accounts import scopes
from accounts.hashers import RandomSecretHasher
from accounts.oauth.server import Server
from accounts.oauth.validator import Validator

LONGEST_ACCESS = 3_600
LONGEST_CODE = 600
PREFIX = "__Host-"


@dataclass(frozen=True, slots=True)
class Demand:
    """What has to hold, by which setting, and why; `holds` looks at it."""

    id: str
    setting: str
    why: str
    holds: Callable[[], bool]


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


def _least_scopes() -> bool:
    """Tell whether a client that names no scope gets none that destroys, and none of the toolkit's."""
    given = set(get_scopes_backend().get_default_scopes())
    return given <= scopes.EVERY - {scopes.DESTRUCTIVE}


def _cookies_fit() -> bool:
    """Tell whether cookies are Secure, and bound to their host by name, exactly with https."""
    secure = settings.SECURE
    flags = (settings.SESSION_COOKIE_SECURE, settings.CSRF_COOKIE_SECURE)
    names = (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME)
    prefixed = {name.startswith(PREFIX) for name in names}
    return set(flags) == prefixed == {secure} and not _leaves_its_host()


def _leaves_its_host() -> bool:
    """Tell whether a cookie is for more, or less, than the host it came from: `__Host-` forbids that."""
    domains = (settings.SESSION_COOKIE_DOMAIN, settings.CSRF_COOKIE_DOMAIN)
    paths = (settings.SESSION_COOKIE_PATH, settings.CSRF_COOKIE_PATH)
    return any(domains) or set(paths) != {"/"}


def _hosts_are_named() -> bool:
    """Tell whether the hub answers to names that somebody wrote down, and to no pattern."""
    return not any(host.startswith(("*", ".")) for host in settings.ALLOWED_HOSTS)


def _cookies_stay() -> bool:
    """Tell whether scripts cannot read the session, and other sites' requests do not carry it."""
    sites = {settings.SESSION_COOKIE_SAMESITE, settings.CSRF_COOKIE_SAMESITE}
    return settings.SESSION_COOKIE_HTTPONLY and sites <= {"Lax", "Strict"}


PAGES_NEED = frozenset(
    {
        "mcphub.middleware.ContentSecurityPolicyMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    }
)

BCP = "COMPLIANT_BCP_RFC9700_"
DEMANDS: Sequence[Demand] = (
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
        "E020",
        "DEBUG",
        "debug pages show settings and source to anyone",
        lambda: settings.DEBUG is False,
    ),
    Demand(
        "E021",
        "SESSION_COOKIE_SECURE",
        "cookies are Secure and named __Host- exactly with an https public URL",
        _cookies_fit,
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
        "E025",
        "ALLOWED_HOSTS",
        "a hub that answers to any name is open to DNS rebinding",
        _hosts_are_named,
    ),
    Demand(
        "E026",
        "SESSION_COOKIE_HTTPONLY",
        "scripts read the session, or requests of other sites carry it",
        _cookies_stay,
    ),
    Demand(
        "E027",
        "MIDDLEWARE",
        "pages can be forged, framed or made to load from elsewhere",
        lambda: set(settings.MIDDLEWARE) >= PAGES_NEED,
    ),
)


@register(Tags.security, deploy=True)
def check_hub(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Return an error for each demand that does not hold."""
    return [
        Error(
            f"{demand.setting} is weak: {demand.why}.",
            hint="Leave it as mcphub/settings.py has it.",
            id=f"mcphub.{demand.id}",
        )
        for demand in DEMANDS
        if not demand.holds()
    ]
