"""No secret is on a page of settings."""

import pytest

from mcphub import environment
from mcphub.system.hiding import HIDDEN, UNREADABLE, settings_shown, without_secrets

CANARY = "canary-secret-0123456789-0123456789"
GIVEN = {
    "MCPHUB_SECRET_KEY": CANARY,
    "MCPHUB_ADMIN_PASSWORD": CANARY,
    "MCPHUB_METRICS_TOKEN": CANARY,
    "DATABASE_URL": f"postgres://hub:{CANARY}@db.example.com:5432/hub?password={CANARY}",
    "REDIS_URL": f"rediss://:{CANARY}@cache.example.com:6379/2?password={CANARY}",
    "MCPHUB_BROKER_URL": f"amqp://hub:{CANARY}@mq.example.com:5672/v",
    "MCPHUB_EXTRA_HOSTS": "one.example, two.example",
    "MCPHUB_DEBUG": "1",
}


def test_no_secret_is_shown_and_that_it_is_set_is() -> None:
    shown = {one.name: one for one in settings_shown(environment.read(GIVEN))}
    assert CANARY not in str(shown)
    assert list(shown) == [setting.name for setting in environment.SETTINGS]
    assert shown["MCPHUB_SECRET_KEY"].value == HIDDEN
    assert shown["DATABASE_URL"].value == "postgres://db.example.com:5432/hub"
    assert shown["REDIS_URL"].value == "rediss://cache.example.com:6379/2"
    assert shown["MCPHUB_BROKER_URL"].value == "amqp://mq.example.com:5672/v"
    assert shown["MCPHUB_EXTRA_HOSTS"].value == "one.example, two.example"
    assert (shown["MCPHUB_DEBUG"].value, shown["MCPHUB_DEBUG"].given) == ("1", True)
    assert (shown["PORT"].value, shown["PORT"].given) == ("8000", False)


def test_settings_named_like_secrets_are_marked_as_such() -> None:
    words = ("KEY", "PASSWORD", "TOKEN", "SECRET")
    named = {one.name for one in environment.SETTINGS if any(word in one.name for word in words)}
    marked = {one.name for one in environment.SETTINGS if one.secret}
    assert named - {"MCPHUB_SECRET_KEY_FILE"} == marked


@pytest.mark.parametrize(
    "url",
    [
        f"redis://:{CANARY}/x@host:6379/0",
        f"redis://:{CANARY}#x@host",
        f"redis://:{CANARY}?x@host",
        f"redis://user:{CANARY}",
        f"redis://host:6379/0?a={CANARY}@b",
        f"redis://[::1]:{CANARY}",
    ],
)
def test_an_address_that_reads_oddly_is_not_shown(url: str) -> None:
    assert without_secrets(url) == UNREADABLE


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("redis://[::1]:6379/0", "redis://[::1]:6379/0"),
        ("redis://host", "redis://host"),
        (f"unix://:{CANARY}@/run/redis.sock?db=1", "unix:///run/redis.sock"),
    ],
)
def test_an_address_is_shown_without_what_opens_it(url: str, shown: str) -> None:
    assert without_secrets(url) == shown
