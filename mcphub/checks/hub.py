"""What the hub's and Django's own settings may not be on a network: a row each."""

from collections.abc import Sequence
from importlib import import_module
from ipaddress import ip_network
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.hashers import (
    Argon2PasswordHasher,
    BCryptSHA256PasswordHasher,
    PBKDF2PasswordHasher,
    ScryptPasswordHasher,
    get_hasher,
)
from django.core.checks.security.base import (
    SECRET_KEY_INSECURE_PREFIX,
    SECRET_KEY_MIN_UNIQUE_CHARACTERS,
)

from accounts.oauth.redirects import is_loopback, is_private_scheme
from accounts.session_store import SessionStore
from mcphub.checks.demand import Demand
from mcphub.keys import SHORTEST_KEY

PREFIX = "__Host-"
SLOW = (
    Argon2PasswordHasher,
    BCryptSHA256PasswordHasher,
    PBKDF2PasswordHasher,
    ScryptPasswordHasher,
)
SHORTEST_PREFIX = {4: 8, 6: 7}
"""Of a network of proxies: the largest private ones are 10.0.0.0/8 and fc00::/7."""
PAGES_NEED = frozenset(
    {
        "mcphub.middleware.ContentSecurityPolicyMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    }
)


def _tls_outside() -> bool:
    """Tell whether tokens cross no network readable: https, or this machine alone."""
    return urlsplit(settings.PUBLIC_URL).scheme == "https" or is_loopback(settings.PUBLIC_URL)


def _proxies_are_few() -> bool:
    """Tell whether no network of proxies reaches beyond what one operator can have."""
    networks = [ip_network(network) for network in settings.TRUSTED_PROXIES]
    return all(network.prefixlen >= SHORTEST_PREFIX[network.version] for network in networks)


def _keys_resist_guessing() -> bool:
    """Tell whether every key, those that only verify too, is long and of more than a few letters."""
    return all(
        len(key) >= SHORTEST_KEY
        and len(set(key)) >= SECRET_KEY_MIN_UNIQUE_CHARACTERS
        and not key.startswith(SECRET_KEY_INSECURE_PREFIX)
        for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    )


def _sessions_can_be_ended() -> bool:
    """Tell whether sessions are rows of the database, which logging out everywhere deletes."""
    return issubclass(import_module(settings.SESSION_ENGINE).SessionStore, SessionStore)


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


HUB: Sequence[Demand] = (
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
    Demand(
        "E035",
        "PRIVATE_SCHEMES",
        "a browser acts upon such a redirect address by itself",
        lambda: all(is_private_scheme(scheme) for scheme in settings.PRIVATE_SCHEMES),
    ),
    Demand(
        "E036",
        "MCPHUB_PUBLIC_URL",
        "beyond this machine an issuer has https (RFC 8414 section 2)",
        _tls_outside,
        hint="Put a proxy with TLS in front, and set MCPHUB_PUBLIC_URL to the https address.",
    ),
    Demand(
        "E037",
        "MCPHUB_TRUSTED_PROXIES",
        "whoever counts as a proxy chooses the address they seem to come from",
        _proxies_are_few,
        hint="Name the addresses that the proxies connect from.",
    ),
    Demand(
        "E038",
        "MCPHUB_SECRET_KEY",
        "who guesses a key can log in as anybody",
        _keys_resist_guessing,
        hint="Set MCPHUB_SECRET_KEY to 32 random characters or more.",
    ),
    Demand(
        "E039",
        "PASSWORD_HASHERS",
        "who reads the database could try billions of passwords",
        lambda: isinstance(get_hasher("default"), SLOW),
    ),
    Demand(
        "E040",
        "AUTH_PASSWORD_VALIDATORS",
        "people choose passwords that are guessed at once",
        lambda: bool(settings.AUTH_PASSWORD_VALIDATORS),
    ),
    Demand(
        "E041",
        "SESSION_ENGINE",
        "sessions that are no rows of the hub's cannot be ended",
        _sessions_can_be_ended,
    ),
    Demand(
        "E042",
        "CSRF_TRUSTED_ORIGINS",
        "pages of any site under a wildcard could send forms in people's names",
        lambda: not any("*" in origin for origin in settings.CSRF_TRUSTED_ORIGINS),
    ),
)
