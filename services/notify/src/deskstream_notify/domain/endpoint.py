"""Where we are willing to call: an HTTPS address on the public internet, and nowhere inside.

A subscriber names the URL, so without this rule it could have us call our own network (server-side
request forgery, OWASP API7:2023).
"""

from ipaddress import IPv4Address, IPv6Network, ip_address
from urllib.parse import urlsplit

# IPv6 space that carries an IPv4 address (RFC 6052, RFC 3056), and the only space given to hosts.
_NAT64 = IPv6Network("64:ff9b::/96")
_6TO4 = IPv6Network("2002::/16")
_GLOBAL_UNICAST = IPv6Network("2000::/3")


class UnacceptableUrl(Exception):
    """A webhook URL we will not call; the text says why, for the one who sent it."""


def checked_url(url: str, *, private_allowed: bool) -> str:
    """The URL if it may be called, as far as its text tells: a name is resolved when it is called.

    Raises `UnacceptableUrl`.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise UnacceptableUrl(f"it is not a URL: {error}") from None
    schemes = ("https", "http") if private_allowed else ("https",)
    if parts.scheme not in schemes:
        raise UnacceptableUrl(f"the scheme must be {' or '.join(schemes)}")
    if not parts.hostname or port == 0:
        raise UnacceptableUrl("it names no host, or port 0")
    if parts.username is not None or parts.password is not None:
        raise UnacceptableUrl("it holds a user name or password; the signature says who calls")
    if parts.fragment:
        raise UnacceptableUrl("it has a fragment, which is never sent")
    if not private_allowed and _is_inside(parts.hostname):
        raise UnacceptableUrl("the host is not on the public internet")
    return url


def is_public(address: str) -> bool:
    """Whether an IP address is on the public internet, also as IPv4 in an IPv6 disguise."""
    ip = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv4Address):
        return ip.is_global and not ip.is_multicast
    if ip.ipv4_mapped is not None:
        return is_public(str(ip.ipv4_mapped))
    if ip in _NAT64:
        return is_public(str(IPv4Address(int(ip) & 0xFFFFFFFF)))
    return ip.is_global and ip in _GLOBAL_UNICAST and ip not in _6TO4


def _is_inside(host: str) -> bool:
    try:
        return not is_public(host)
    except ValueError:
        return host == "localhost" or host.endswith((".localhost", ".local", ".internal"))
