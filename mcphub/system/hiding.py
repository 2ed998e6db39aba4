"""Settings as a page may show them: no secret, no address with a password. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from mcphub.environment import SETTINGS, Setting

HIDDEN = "(set, not shown)"
UNREADABLE = "(set, not shown: it is no plain address)"
ADDRESSES = frozenset({"DATABASE_URL", "REDIS_URL", "MCPHUB_BROKER_URL"})


@dataclass(frozen=True, slots=True)
class Shown:
    """One setting in force: `given` if it is not the default, `meaning` in one sentence."""

    name: str
    value: str
    given: bool
    meaning: str


def settings_shown(values: Mapping[str, Any]) -> Iterator[Shown]:
    """Yield every setting as it may be shown."""
    for setting in SETTINGS:
        value = values[setting.name]
        given = value != setting.read(setting.default)
        yield Shown(setting.name, _said(setting, value), given, setting.help)


def _said(setting: Setting, value: Any) -> str:
    if not value and value is not False:
        return ""
    if setting.secret:
        return HIDDEN
    if setting.name in ADDRESSES:
        return without_secrets(value)
    if isinstance(value, bool):
        return "1" if value else "0"
    return ", ".join(value) if isinstance(value, list) else str(value)


def without_secrets(url: str) -> str:
    """Return an address without user, password and parameters; nothing of one that reads oddly.

    A password with a slash in it, for example, stands where a path should be.
    """
    parts = urlsplit(url)
    _, _, host = parts.netloc.rpartition("@")
    if "@" in parts.path + parts.query + parts.fragment or _odd(host):
        return UNREADABLE
    return f"{parts.scheme}://{host}{parts.path}"


def _odd(host: str) -> bool:
    try:
        return urlsplit(f"//{host}").port is None and ":" in host.rpartition("]")[2]
    except ValueError:
        return True
