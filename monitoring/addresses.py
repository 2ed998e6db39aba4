"""IP addresses as a socket tells them."""

from ipaddress import IPv4Address, IPv6Address, ip_address


def ip_of(address: str) -> IPv4Address | IPv6Address | None:
    """Return an address, None for what is none; IPv4 as itself, which a socket on `::` has within IPv6."""
    try:
        found = ip_address(address)
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found
