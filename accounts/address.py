"""Where a web request comes from, believing trusted proxies alone, and where people reach the hub."""

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Network, ip_network
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest

from monitoring.addresses import ip_of


def client_address(request: HttpRequest) -> str:
    """Return the caller's IP address; X-Forwarded-For counts only behind MCPHUB_TRUSTED_PROXIES.

    Read from the right: the last hop that is no trusted proxy is the caller, all further left is
    what the caller claims.
    """
    peer = str(request.META.get("REMOTE_ADDR", ""))
    claimed = str(request.META.get("HTTP_X_FORWARDED_FOR", ""))
    return forwarded_address(peer, claimed, settings.TRUSTED_PROXIES)


def forwarded_address(peer: str, claimed: str, proxies: Iterable[str]) -> str:
    """Return the caller's address behind `proxies`, networks whose X-Forwarded-For is believed."""
    address, networks = plain(peer), [ip_network(network) for network in proxies]
    for hop in reversed(claimed[-1000:].split(",")):
        if not _trusted(address, networks) or ip_of(hop.strip()) is None:
            break
        address = plain(hop.strip())
    return address


def plain(address: str) -> str:
    """Return an IPv4 address as itself: a hub that listens on `::` sees it as ::ffff:192.0.2.1."""
    found = ip_of(address)
    return str(found) if isinstance(found, IPv4Address) else address


def is_proxy(peer: str, proxies: Iterable[str]) -> bool:
    """Tell whether a request comes from one of the operator's proxies."""
    return _trusted(plain(peer), [ip_network(network) for network in proxies])


def forwarded_scheme(peer: str, scheme: str, claimed: str, proxies: Iterable[str]) -> str:
    """Return the scheme a request was sent by: what one of the operator's proxies says, if it came
    through one that says something, as Django's SECURE_PROXY_SSL_HEADER has it for pages.
    """
    if not claimed or not is_proxy(peer, proxies):
        return scheme
    return "https" if claimed.partition(",")[0].strip() == "https" else "http"


def base_of(given: str, scheme: str, host: str) -> str:
    """Return the hub's address without a slash at the end: the one that decides, for all that name it.

    `given` is MCPHUB_PUBLIC_URL. Without it, it is the address that was asked: the host is checked to
    be one of the hub's names by then, and who asked by localhost gets documents of localhost, whose
    issuer and resource are what that client compares them with.
    """
    return given or f"{scheme}://{host.lower()}"


def public_base(request: HttpRequest) -> str:
    """Return the hub's address without a slash at the end, as a page's visitor reaches it."""
    if settings.PUBLIC_URL_GIVEN:
        return str(settings.PUBLIC_URL)
    return base_of("", str(request.scheme), request.get_host())


def known_bases(request: HttpRequest) -> tuple[str, ...]:
    """Return every address that means this hub: without MCPHUB_PUBLIC_URL the one that was asked,
    and those of every name it answers to, at the same port.
    """
    asked = public_base(request)
    if settings.PUBLIC_URL_GIVEN:
        return (asked,)
    base = urlsplit(asked)
    port = f":{base.port}" if base.port else ""
    others = (f"{base.scheme}://{name}{port}" for name in settings.ALLOWED_HOSTS)
    return tuple(dict.fromkeys((asked, *others)))


def _trusted(address: str, networks: Sequence[IPv4Network | IPv6Network]) -> bool:
    """Tell whether the address is one of the operator's proxies."""
    found = ip_of(address)
    return found is not None and any(found in network for network in networks)
