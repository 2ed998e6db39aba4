"""checks/: `manage.py check --deploy` fails on each weak setting, and on none of the defaults."""

import os
import subprocess
import sys

import pytest
from django.conf import global_settings
from django.conf import settings as django_settings

from mcphub.checks import DEMANDS, check_hub

BCP = "COMPLIANT_BCP_RFC9700_"
WEAK = [
    (f"{BCP}IMPLICIT_GRANT", False),
    (f"{BCP}PASSWORD_GRANT", False),
    ("PKCE_REQUIRED", False),
    ("PKCE_REQUIRED", lambda client_id: False),
    (f"{BCP}PKCE_METHOD", False),
    (f"{BCP}TOKEN_STORAGE", False),
    (f"{BCP}AUTHZ_RESPONSE_ISS", False),
    (f"{BCP}ACCESS_TOKEN_TRANSPORT", False),
    (f"{BCP}REFRESH_TOKEN", False),
    (f"{BCP}REDIRECT_URI_MATCHING", False),
    (f"{BCP}PKCE_REQUIRED", False),
    ("ROTATE_REFRESH_TOKEN", False),
    ("REFRESH_TOKEN_REUSE_PROTECTION", False),
    ("REFRESH_TOKEN_GRACE_PERIOD_SECONDS", 30),
    ("ACCESS_TOKEN_EXPIRE_SECONDS", 3_601),
    ("ACCESS_TOKEN_EXPIRE_SECONDS", 0),
    ("AUTHORIZATION_CODE_EXPIRE_SECONDS", 601),
    ("REFRESH_TOKEN_EXPIRE_SECONDS", None),
    ("SCOPES_BACKEND_CLASS", "tests.mcphub.test_checks.Careless"),
    ("OAUTH2_VALIDATOR_CLASS", "oauth2_provider.oauth2_validators.OAuth2Validator"),
    ("OAUTH2_SERVER_CLASS", "oauthlib.oauth2.Server"),
    ("ALLOW_URI_WILDCARDS", True),
    ("REQUEST_APPROVAL_PROMPT", "auto"),
    ("CLIENT_SECRET_HASHER", "default"),
    ("ACCESS_TOKEN_GENERATOR", "oauthlib.common.generate_token"),
    ("ACCESS_TOKEN_GENERATOR", None),
    ("REFRESH_TOKEN_GENERATOR", "accounts.oauth.generating.access_token"),
    ("OIDC_ENABLED", True),
    ("DCR_ENABLED", True),
    ("CIMD_ENABLED", True),
    ("OAUTH2_GRANT_TYPES_SUPPORTED", ["authorization_code", "password"]),
    ("OAUTH2_RESPONSE_TYPES_SUPPORTED", ["code", "token"]),
]
COOKIES = [
    {"SESSION_COOKIE_SECURE": True},
    {"CSRF_COOKIE_SECURE": True},
    {"SESSION_COOKIE_NAME": "__Host-mcphub_session"},
    {"SECURE": True},
    {"SESSION_COOKIE_DOMAIN": "example.com"},
    {"CSRF_COOKIE_PATH": "/admin/"},
]
PAGES = [
    ("E025", "ALLOWED_HOSTS", ["hub.example.com", "*"]),
    ("E025", "ALLOWED_HOSTS", [".example.com"]),
    ("E026", "SESSION_COOKIE_HTTPONLY", False),
    ("E026", "SESSION_COOKIE_SAMESITE", "None"),
    ("E026", "CSRF_COOKIE_SAMESITE", None),
    ("E027", "MIDDLEWARE", []),
]
MD5 = "django.contrib.auth.hashers.MD5PasswordHasher"
HUB = [
    ("E035", "PRIVATE_SCHEMES", ["cursor", "javascript"]),
    ("E035", "PRIVATE_SCHEMES", ["data"]),
    ("E035", "PRIVATE_SCHEMES", ["file"]),
    ("E036", "PUBLIC_URL", "http://hub.example.com"),
    ("E036", "PUBLIC_URL", "http://127.0.0.1.example.com"),
    ("E037", "TRUSTED_PROXIES", ["127.0.0.1/32", "0.0.0.0/0"]),
    ("E037", "TRUSTED_PROXIES", ["::/0"]),
    ("E037", "TRUSTED_PROXIES", ["0.0.0.0/1", "128.0.0.0/1"]),
    ("E037", "TRUSTED_PROXIES", ["2000::/3"]),
    ("E038", "SECRET_KEY", "short"),
    ("E038", "SECRET_KEY", "a" * 64),
    ("E038", "SECRET_KEY", f"django-insecure-{django_settings.SECRET_KEY}"),
    ("E038", "SECRET_KEY_FALLBACKS", ["old"]),
    ("E039", "PASSWORD_HASHERS", [MD5, *global_settings.PASSWORD_HASHERS]),
    ("E039", "PASSWORD_HASHERS", ["accounts.hashers.RandomSecretHasher"]),
    ("E040", "AUTH_PASSWORD_VALIDATORS", []),
    ("E041", "SESSION_ENGINE", "django.contrib.sessions.backends.signed_cookies"),
    ("E042", "CSRF_TRUSTED_ORIGINS", ["https://*.example.com"]),
]
FITS = [
    ("PUBLIC_URL", "https://hub.example.com"),
    ("PUBLIC_URL", "http://localhost:8000"),
    ("PUBLIC_URL", "http://[::1]:8000"),
    ("TRUSTED_PROXIES", ["10.0.0.0/8", "fc00::/7", "192.0.2.1/32"]),
    ("PRIVATE_SCHEMES", ["cursor"]),
    ("PASSWORD_HASHERS", ["django.contrib.auth.hashers.Argon2PasswordHasher"]),
    ("CSRF_TRUSTED_ORIGINS", ["https://hub.example.com"]),
]


class Careless:
    """Scopes of which a client gets all by default."""

    def get_default_scopes(self, *args, **kwargs):
        return ["mcp:read", "mcp:destructive"]


@pytest.fixture(autouse=True)
def hashers(settings):
    """The hub's own, for the quick one of tests."""
    settings.PASSWORD_HASHERS = [
        *global_settings.PASSWORD_HASHERS,
        "accounts.hashers.RandomSecretHasher",
    ]


def found():
    return [error.id for error in check_hub(None)]


def test_the_settings_as_they_are_pass():
    assert found() == []


@pytest.mark.parametrize(
    ("name", "value"), WEAK, ids=lambda part: "rule" if callable(part) else str(part)[:40]
)
def test_weak_oauth_setting_fails(settings, name, value):
    settings.OAUTH2_PROVIDER = {**settings.OAUTH2_PROVIDER, name: value}
    (error,) = check_hub(None)
    assert name in error.msg and error.is_serious()


@pytest.mark.parametrize("changed", COOKIES, ids=str)
def test_cookies_that_do_not_fit_the_public_url_fail(settings, changed):
    for name, value in changed.items():
        setattr(settings, name, value)
    assert found() == ["mcphub.E021"]


@pytest.mark.parametrize(("id", "name", "value"), PAGES)
def test_page_that_is_not_guarded_fails(settings, id, name, value):
    setattr(settings, name, value)
    assert found() == [f"mcphub.{id}"]


@pytest.mark.parametrize(("id", "name", "value"), HUB, ids=lambda part: str(part)[:40])
def test_hub_that_is_weak_fails_and_names_the_setting(settings, id, name, value):
    setattr(settings, name, value)
    (error,) = check_hub(None)
    assert error.id == f"mcphub.{id}" and name.removesuffix("_FALLBACKS") in error.msg


@pytest.mark.parametrize(("name", "value"), FITS, ids=str)
def test_hub_that_is_not_weak_passes(settings, name, value):
    setattr(settings, name, value)
    assert found() == []


def test_cookies_of_an_https_hub_pass(settings):
    settings.SECURE = settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME = "__Host-a", "__Host-b"
    assert found() == []


def test_debug_pages_fail(settings):
    settings.DEBUG = True
    assert found() == ["mcphub.E020"]


def test_every_demand_has_a_name_of_its_own_and_a_test():
    assert len({demand.id for demand in DEMANDS}) == len(DEMANDS)
    tested = {name for name, _ in WEAK} | {name for _, name, _ in (*PAGES, *HUB)}
    tested |= {"DEBUG", "SESSION_COOKIE_SECURE"}
    assert tested >= {demand.setting.removeprefix("MCPHUB_") for demand in DEMANDS}


def check(tmp_path, *words, **environ):
    command = [sys.executable, "manage.py", "check", "--deploy", *words]
    own = ("MCPHUB_", "DJANGO_", "DATABASE_URL", "REDIS_URL")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(own)}
    environ = {**kept, "MCPHUB_DATA": str(tmp_path), **environ}
    return subprocess.run(
        command, cwd=django_settings.BASE_DIR, env=environ, capture_output=True, text=True
    )


def test_the_defaults_pass_without_a_warning_at_an_https_address(tmp_path):
    strict = ("--fail-level", "WARNING")
    done = check(tmp_path, *strict, MCPHUB_PUBLIC_URL="https://hub.example.com")
    assert done.returncode == 0, done.stderr


def test_debug_at_an_https_address_ends_with_a_failure(tmp_path):
    done = check(tmp_path, MCPHUB_PUBLIC_URL="https://hub.example.com", MCPHUB_DEBUG="1")
    assert done.returncode == 1 and "mcphub.E020" in done.stderr


def test_plain_http_beyond_this_machine_and_proxies_everywhere_end_with_a_failure(tmp_path):
    public = {"MCPHUB_PUBLIC_URL": "http://hub.example.com"}
    done = check(tmp_path, **public, MCPHUB_TRUSTED_PROXIES="0.0.0.0/0")
    assert done.returncode == 1
    assert "mcphub.E036" in done.stderr and "mcphub.E037" in done.stderr
    assert "HINT: Name the addresses that the proxies connect from." in done.stderr


def test_key_that_is_guessed_at_once_ends_with_a_failure(tmp_path):
    public = {"MCPHUB_PUBLIC_URL": "https://hub.example.com"}
    done = check(tmp_path, **public, MCPHUB_SECRET_KEY="a" * 64)
    assert done.returncode == 1 and "mcphub.E038" in done.stderr
