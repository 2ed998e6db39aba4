"""Which IP addresses are somewhere on the internet, and none of somebody's own network. Pure.

What Python calls global is where this begins, not where it ends: the interpreters that the hub runs on
call multicast, several reserved networks and addresses that carry another inside global. An address
that carries an IPv4 address is judged by that one: it is where a translator on the way would lead.
"""

from collections.abc import Callable
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

DENIED: tuple[Network, ...] = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # behind a provider's translator
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # Azure's host, public by its number alone
        "169.254.0.0/16",  # link-local; metadata of most clouds is 169.254.169.254
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocols; 192.0.0.192 is metadata of Oracle's cloud
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT
        "192.88.99.0/24",  # 6to4's relays
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
        "::/96",  # unspecified, loopback, and IPv4 addresses as IPv6 once carried them
        "64:ff9b:1::/48",  # translators of somebody's own network
        "100::/64",  # discarded
        "2001::/23",  # protocols: Teredo, ORCHID, benchmarks
        "2001:db8::/32",  # documentation
        "3fff::/20",  # documentation
        "5f00::/16",  # segment routing
        "fc00::/7",  # private; fd00:ec2::254 is Amazon's metadata
        "fe80::/10",  # link-local
        "fec0::/10",  # site-local
        "ff00::/8",  # multicast
    )
)

GIVEN_OUT = IPv6Network("2000::/3")
"""What of IPv6 is given out for use at large; nobody is behind the rest."""


def _last(address: IPv6Address) -> IPv4Address:
    """Return the IPv4 address in the last 32 bits."""
    return IPv4Address(int(address) & 0xFFFFFFFF)


def _after_prefix(address: IPv6Address) -> IPv4Address:
    """Return the IPv4 address in the 32 bits after the first 16."""
    return IPv4Address(int(address) >> 80 & 0xFFFFFFFF)


CARRIERS: tuple[tuple[IPv6Network, Callable[[IPv6Address], IPv4Address]], ...] = (
    (IPv6Network("::ffff:0:0/96"), _last),  # mapped
    (IPv6Network("::ffff:0:0:0/96"), _last),  # translated
    (IPv6Network("64:ff9b::/96"), _last),  # NAT64
    (IPv6Network("2002::/16"), _after_prefix),  # 6to4
)
"""IPv6 networks whose addresses carry an IPv4 address, and where it stands in them."""


def is_public(text: str) -> bool:
    """Tell whether this is an address of the internet at large; what is no address is none."""
    try:
        address = ip_address(text)
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address.scope_id is not None:
        return False
    carried = _carried(address)
    return _is_plain_public(address) if carried is None else _is_plain_public(carried)


def _carried(address: Address) -> IPv4Address | None:
    """Return the IPv4 address that an IPv6 address carries, if it carries one."""
    if isinstance(address, IPv4Address):
        return None
    return next((inside(address) for network, inside in CARRIERS if address in network), None)


def _is_plain_public(address: Address) -> bool:
    """Tell whether an address that carries none is public."""
    if isinstance(address, IPv6Address) and address not in GIVEN_OUT:
        return False
    denied = any(address in network for network in DENIED if network.version == address.version)
    return address.is_global and not denied
