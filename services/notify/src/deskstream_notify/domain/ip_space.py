"""Which IP addresses a webhook may be at, in whatever form they are written.

From IANA's special-purpose registries (RFC 6890). `ipaddress` knows most of them, depending on
Python's version: those it may not know are listed here.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

_GLOBAL_UNICAST = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")
_NEVER_PUBLIC_V4 = tuple(
    IPv4Network(network)
    for network in (
        "192.0.0.0/24",  # protocol assignments
        "192.31.196.0/24",  # AS112 (RFC 7535)
        "192.52.193.0/24",  # automatic multicast tunnels (RFC 7450)
        "192.88.99.0/24",  # the anycast of 6to4, deprecated (RFC 7526)
        "192.175.48.0/24",  # AS112 (RFC 7534)
    )
)
_NEVER_PUBLIC_V6 = tuple(
    IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments: Teredo, ORCHID, benchmarking
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4, which carries an IPv4 address (RFC 3056)
        "2620:4f:8000::/48",  # AS112 (RFC 7534)
        "3fff::/20",  # documentation (RFC 9637)
    )
)
_IPV4_COMPATIBLE = IPv6Network("::/96")  # deprecated, and dialled by nobody (RFC 4291 2.5.5.1)
# No host can have these, on any network: "this network", the reserved class E with broadcast.
_NOWHERE_V4 = (
    IPv4Network("0.0.0.0/8"),
    IPv4Network("192.88.99.0/24"),
    IPv4Network("240.0.0.0/4"),
)


def is_public(ip: IPv4Address | IPv6Address) -> bool:
    """Whether it is on the public internet; an IPv4 address in an IPv6 one counts as itself."""
    inner = _unwrapped(ip)
    if isinstance(inner, IPv4Address):
        return (
            inner.is_global
            and not inner.is_multicast
            and not any(inner in network for network in _NEVER_PUBLIC_V4)
        )
    return (
        inner.is_global
        and inner in _GLOBAL_UNICAST
        and not any(inner in network for network in _NEVER_PUBLIC_V6)
    )


def is_somewhere(ip: IPv4Address | IPv6Address) -> bool:
    """Whether a single host can have this address, on a public or private network."""
    inner = _unwrapped(ip)
    if inner.is_unspecified or inner.is_multicast:
        return False
    if isinstance(inner, IPv6Address):
        return inner.is_loopback or inner not in _IPV4_COMPATIBLE
    return not any(inner in network for network in _NOWHERE_V4)


def _unwrapped(ip: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address in an IPv6 one that a system dials as IPv4 (RFC 4291 2.5.5, RFC 6052)."""
    if isinstance(ip, IPv4Address):
        return ip
    if ip.ipv4_mapped is not None:
        return ip.ipv4_mapped
    if ip in _NAT64:
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip
