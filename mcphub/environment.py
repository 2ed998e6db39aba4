"""The one table of settings that come from the environment: name, default, meaning, how each is read.

A value that makes no sense raises `BadSetting` with one sentence: the start stops instead of guessing.
"""

import os.path
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit

from accounts.https_url import is_host
from accounts.oauth.redirects import is_private_scheme

MOST_DIGITS = 9
LONGEST_SHOWN = 100
IPV4_MAPPED = 96
"""Leading bits of an IPv6 address that holds an IPv4 one (RFC 4291 section 2.5.5.2)."""
DEFAULT_PORTS = {"http": 80, "https": 443}
_HOST_NAME = re.compile(r"[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?|\[[0-9a-f:.]+\]")


class BadSetting(Exception):
    """A setting from the environment that makes no sense; the text names it and says what it takes."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One environment variable: how it is read and what a person should know about it."""

    name: str
    default: str
    read: Callable[[str], Any]
    help: str
    secret: bool = False
    """Whether no page may show the value."""


def text(value: str) -> str:
    """Return the value without surrounding blanks."""
    return value.strip()


def words(value: str) -> list[str]:
    """Return the parts of a comma-separated list, blanks dropped."""
    return [part.strip() for part in value.split(",") if part.strip()]


def whole(low: int, high: int) -> Callable[[str], int]:
    """Return a reader for a whole number from `low` to `high`."""

    def read(value: str) -> int:
        digits = value.strip()
        if not (digits.isdecimal() and len(digits) <= MOST_DIGITS and low <= int(digits) <= high):
            raise BadSetting(f"takes a whole number from {low} to {high}")
        return int(digits)

    return read


def one_of(*choices: str) -> Callable[[str], str]:
    """Return a reader that takes one of the given words."""

    def read(value: str) -> str:
        if value.strip().lower() not in choices:
            raise BadSetting(f"takes one of {', '.join(choices)}")
        return value.strip().lower()

    return read


def flag(value: str) -> bool:
    """Read 1/true/yes/on or 0/false/no/off."""
    word = value.strip().lower()
    if word not in {"1", "true", "yes", "on", "0", "false", "no", "off", ""}:
        raise BadSetting("takes 1 or 0")
    return word in {"1", "true", "yes", "on"}


def origin(value: str) -> str:
    """Read an http(s) address without path, as browsers and clients write it; empty if none is set.

    They compare it as text, and leave out the port that the scheme has anyway.
    """
    url = value.strip().rstrip("/")
    if not url:
        return ""
    if not url.isascii():
        raise BadSetting("takes a host in ASCII: write one in another script in its xn-- form")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise BadSetting("has a host or port that is none") from error
    bare = f"{parts.scheme}://{parts.netloc}"
    if parts.scheme not in DEFAULT_PORTS or "@" in url or bare.lower() != url.lower():
        raise BadSetting("takes an address such as https://hub.example.com, without a path")
    shown = "" if port in (None, DEFAULT_PORTS[parts.scheme]) else f":{port}"
    return f"{parts.scheme}://{_public_host(parts.hostname or '')}{shown}"


def _public_host(name: str) -> str:
    """Return a host as it stands in addresses."""
    if name.endswith("."):
        raise BadSetting("takes a host without a dot at its end")
    host = f"[{name}]" if ":" in name else name
    if "%" in host or not is_host(host):
        raise BadSetting("has a host that is no name or address that every program reads alike")
    return host


def url_of(*schemes: str) -> Callable[[str], str]:
    """Return a reader for a service address with one of the given schemes."""

    def read(value: str) -> str:
        url = value.strip()
        scheme, _, rest = url.partition("://")
        if url and scheme not in schemes:
            raise BadSetting(f"takes an address that starts with {schemes[0]}://")
        number = rest.partition("?")[0].partition("/")[2]
        if scheme in {"redis", "rediss"} and number and not number.isdecimal():
            raise BadSetting("names one Redis, its database by number: redis://host:6379/0")
        return url

    return read


def paths(value: str) -> str:
    """Read files and folders that are there, separated as in PATH; they stay one text."""
    for path in filter(None, value.strip().split(os.pathsep)):
        found = os.path.expanduser(path)
        if not (os.path.isfile(found) or os.path.isdir(found)):
            raise BadSetting(f"names {_shortened(path)}, which is neither a file nor a folder")
    return value.strip()


def _shortened(path: str) -> str:
    """Return the end of a path, which tells more than its beginning, in one line."""
    return repr(path if len(path) <= LONGEST_SHOWN else f"...{path[-LONGEST_SHOWN:]}")


def hosts(value: str) -> list[str]:
    """Read host names, bare: a wildcard would answer to every name, which DNS rebinding wants."""
    names = [name.lower() for name in words(value)]
    if not all(_HOST_NAME.fullmatch(name) for name in names):
        raise BadSetting("takes host names such as hub.internal, without port or wildcard")
    return names


def address(value: str) -> str:
    """Read an address or a host name to listen on: none would mean every interface."""
    name = value.strip()
    try:
        ip_address(name.strip("[]"))
    except ValueError as error:
        if not _HOST_NAME.fullmatch(name.lower()):
            raise BadSetting("takes an address such as 127.0.0.1, or a host name") from error
    return name


def schemes(value: str) -> list[str]:
    """Read URI schemes of apps; never one that a browser itself acts upon."""
    names = [name.lower().removesuffix("://").removesuffix(":") for name in words(value)]
    if not all(is_private_scheme(name) for name in names):
        raise BadSetting("takes schemes of apps such as cursor or com.example.app")
    return names


def networks(value: str) -> list[str]:
    """Read addresses or networks such as 10.0.0.0/8; IPv4 written as IPv6 becomes IPv4 again."""
    try:
        read = [ip_network(part, strict=False) for part in words(value)]
    except ValueError as error:
        raise BadSetting("takes IP addresses or networks such as 10.0.0.0/8") from error
    return [str(_as_ipv4(network) or network) for network in read]


def _as_ipv4(network: IPv4Network | IPv6Network) -> IPv4Network | None:
    """Return the IPv4 network that one within ::ffff:0:0/96 stands for; None for any other."""
    mapped = getattr(network.network_address, "ipv4_mapped", None)
    if mapped is None or network.prefixlen < IPV4_MAPPED:
        return None
    return IPv4Network((mapped, network.prefixlen - IPV4_MAPPED))


SETTINGS: tuple[Setting, ...] = (
    Setting("HOST", "127.0.0.1", address, "Address to listen on."),
    Setting("PORT", "8000", whole(1, 65535), "Port to listen on."),
    Setting("SERVER", "daphne", one_of("daphne", "uvicorn"), "ASGI server; uvicorn for load."),
    Setting(
        "WORKERS", "1", whole(1, 64), "Web processes (uvicorn); more than one needs REDIS_URL."
    ),
    Setting(
        "DATABASE_URL",
        "",
        url_of("postgres", "postgresql"),
        "PostgreSQL, as postgres://user:password@host:5432/name; absent: SQLite in MCPHUB_DATA.",
    ),
    Setting(
        "REDIS_URL",
        "",
        url_of("redis", "rediss"),
        "Redis for several processes, as redis://host:6379/0; absent: one process, nothing needed.",
    ),
    Setting(
        "MCPHUB_BROKER_URL",
        "",
        url_of("redis", "rediss", "amqp", "amqps"),
        "Broker for jobs, as amqp://user:password@host:5672/; absent: REDIS_URL, else no workers apart.",
    ),
    Setting("MCPHUB_DATA", "data", text, "Folder for the SQLite database and the generated key."),
    Setting(
        "MCPHUB_TOOLS",
        "",
        paths,
        "Python files or folders of tools to publish, separated by the system's path separator.",
    ),
    Setting(
        "MCPHUB_PUBLIC_URL",
        "",
        origin,
        "Address people reach the hub at; absent: http://127.0.0.1:PORT and its loopback names.",
    ),
    Setting("MCPHUB_EXTRA_HOSTS", "", hosts, "Further host names to answer, comma-separated."),
    Setting(
        "MCPHUB_TRUSTED_PROXIES",
        "",
        networks,
        "Proxies whose X-Forwarded-For and -Proto are believed: addresses or networks.",
    ),
    Setting(
        "MCPHUB_PRIVATE_SCHEMES",
        "",
        schemes,
        "URI schemes of apps that clients may return to, such as cursor; comma-separated.",
    ),
    Setting(
        "MCPHUB_SECRET_KEY",
        "",
        words,
        "Key for signatures; further ones after a comma still verify. Required with DATABASE_URL.",
        secret=True,
    ),
    Setting("MCPHUB_SECRET_KEY_FILE", "", text, "File that holds MCPHUB_SECRET_KEY."),
    Setting("MCPHUB_ADMIN_USER", "admin", text, "Name of the first admin."),
    Setting(
        "MCPHUB_ADMIN_PASSWORD",
        "",
        str,
        "Password of the first admin; absent: made and printed once.",
        secret=True,
    ),
    Setting(
        "MCPHUB_METRICS_TOKEN",
        "",
        text,
        "Bearer token that opens /metrics beyond loopback.",
        secret=True,
    ),
    Setting("MCPHUB_TOOL_THREADS", "32", whole(1, 1024), "Threads for blocking tools, a process."),
    Setting(
        "MCPHUB_STREAMS_PER_USER",
        "100",
        whole(1, 1_000_000),
        "Streams that one user may have open on one server; without a token, one address.",
    ),
    Setting("MCPHUB_JOB_SLOTS", "8", whole(1, 4096), "Jobs that a worker works on at once."),
    Setting(
        "MCPHUB_JOB_MEMORY_MB",
        "0",
        whole(0, 1_048_576),
        "Memory that one job may use, in MiB, on workers apart; 0: no limit.",
    ),
    Setting(
        "MCPHUB_WORKER_PORT",
        "0",
        whole(0, 65535),
        "Port on which a worker apart serves /metrics and /health; 0: none.",
    ),
    Setting(
        "MCPHUB_LOG_LEVEL",
        "info",
        one_of("debug", "info", "warning", "error"),
        "Least level logged.",
    ),
    Setting("MCPHUB_DEBUG", "0", flag, "Django's debug pages; never on a network."),
)


def read(environ: Mapping[str, str]) -> dict[str, Any]:
    """Return every setting by name, read and checked; raises `BadSetting` with one sentence."""
    values: dict[str, Any] = {}
    for setting in SETTINGS:
        try:
            values[setting.name] = setting.read(environ.get(setting.name) or setting.default)
        except BadSetting as error:
            raise BadSetting(f"{setting.name} {error}.") from error
    _refuse_contradictions(values)
    return values


def _refuse_contradictions(values: Mapping[str, Any]) -> None:
    """Refuse settings that make no sense together."""
    if values["WORKERS"] > 1 and not values["REDIS_URL"]:
        raise BadSetting("WORKERS above 1 needs REDIS_URL, for what one process tells the others.")
    if values["WORKERS"] > 1 and values["SERVER"] == "daphne":
        raise BadSetting("WORKERS above 1 needs SERVER=uvicorn; daphne is one process.")
    if values["WORKERS"] > 1 and not values["DATABASE_URL"]:
        raise BadSetting("WORKERS above 1 needs DATABASE_URL; SQLite serves one process.")
    if values["MCPHUB_SECRET_KEY"] and values["MCPHUB_SECRET_KEY_FILE"]:
        raise BadSetting("MCPHUB_SECRET_KEY and MCPHUB_SECRET_KEY_FILE cannot both be set.")
