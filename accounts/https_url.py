"""https addresses, read strictly. Pure.

Two readers must never see two hosts in one text: only ASCII that RFC 3986 knows, a host that is a DNS
name or an IP address in its one canonical form, no user info, no backslash, no blank. What browsers
and resolvers take besides (0x7f.1, 2130706433, full-width digits, a host after an "@") is no address.
"""

import re
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address

LONGEST = 2000
_CHARACTER = r"[A-Za-z0-9\-._~:/?\[\]!$&'()*+,;=@]|%[0-9A-Fa-f]{2}"
_SHAPE = re.compile(
    r"https://(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(?::(?P<port>[1-9][0-9]{0,4}))?"
    rf"(?P<path>(?:/(?:(?!\?){_CHARACTER})*)?)(?P<query>(?:\?(?:{_CHARACTER})*)?)"
)
_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_LONGEST_NAME = 253


@dataclass(frozen=True, slots=True)
class HttpsUrl:
    """The parts of an https address; `host` is in lower case and without brackets."""

    host: str
    port: int
    path: str
    query: str

    @property
    def is_name(self) -> bool:
        """Tell whether the host is a DNS name, not an IP address."""
        return ":" not in self.host and not _is_ipv4(self.host)

    @property
    def authority(self) -> str:
        """Return what goes into a Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == 443 else f"{host}:{self.port}"


def read_https(url: object) -> HttpsUrl | None:
    """Return the parts of an https address, or None for what is none; a fragment makes it none."""
    if not isinstance(url, str) or len(url) > LONGEST:
        return None
    match = _SHAPE.fullmatch(url)
    host = is_host(match["host"]) if match else ""
    port = int(match["port"] or 443) if match else 0
    if match is None or not host or port > 65535:
        return None
    return HttpsUrl(host, port, match["path"], match["query"])


def is_host(text: str) -> str:
    """Return a host in lower case and without brackets, or nothing if the text is no host."""
    host = text.lower()
    if host.startswith("["):
        return _ipv6(host[1:-1])
    labels = host.split(".")
    if _NUMBER.fullmatch(labels[-1]):  # browsers and resolvers read it as an IPv4 address
        return host if _is_ipv4(host) else ""
    named = len(host) <= _LONGEST_NAME and all(_LABEL.fullmatch(label) for label in labels)
    return host if named else ""


def _is_ipv4(host: str) -> bool:
    """Tell whether the host is an IPv4 address as people write it, four decimal numbers."""
    try:
        return str(IPv4Address(host)) == host
    except AddressValueError:
        return False


def _ipv6(host: str) -> str:
    """Return an IPv6 address as it stands, or nothing if it is none."""
    try:
        IPv6Address(host)
    except AddressValueError:
        return ""
    return host
