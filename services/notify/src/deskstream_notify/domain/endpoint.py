"""Which URLs may be called: HTTPS addresses on the public internet, none of an inner network.

A subscriber names the URL, so without this rule it could have us call our own network (server-side
request forgery, OWASP API7:2023). The URL is parsed by yarl, by which aiohttp dials too, so the
checked address and the called one cannot differ. The addresses of a name are checked when the
socket is made (`adapters/webhook_sender.py`).
"""

import re
from ipaddress import IPv4Address, IPv6Address, ip_address

from yarl import URL

from deskstream_notify.domain.ip_space import is_public, is_somewhere

_HOST_MAX_CHARS = 253
# Python's `int` takes more: +80, 8_0, digits of other scripts. An IPv6 address is in brackets.
_PORT = re.compile(r"^(\[[^\]]*\]|[^:\[\]]*)(:[0-9]*)?$")
_IPV6 = re.compile(r"\[[0-9a-fA-F:.]*:[0-9a-fA-F:.]*\]")
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
# A last label that is a number makes the host an address (WHATWG URL, "ends in a number"):
# resolvers take 127.1, 0x7f.1 and 2130706433 all for 127.0.0.1.
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
# No name below these is on the public internet (RFC 6761, 6762, 8375, 9476; ICANN for `internal`).
_INSIDE = frozenset(
    {"localhost", "localdomain", "local", "internal", "intranet", "private", "lan", "home", "corp"}
)
_NOWHERE = frozenset({"invalid", "onion", "alt"})
_HOME_NETWORK = ("home", "arpa")


class UnacceptableUrl(Exception):
    """A webhook URL that is not called. The text says why, for the subscriber."""


def checked_url(url: str, *, private_allowed: bool) -> URL:
    """The URL as it is dialled. Raises `UnacceptableUrl` if its text rules a call out."""
    _check_text(url)
    try:
        parsed = URL(url)
    except ValueError as error:
        raise UnacceptableUrl(f"it is not a URL: {error}") from None
    schemes = ("https", "http") if private_allowed else ("https",)
    if parsed.scheme not in schemes:
        raise UnacceptableUrl(f"the scheme must be {' or '.join(schemes)}")
    if not parsed.raw_host:
        raise UnacceptableUrl(f"it names no host; write {parsed.scheme}://host/path")
    if parsed.explicit_port == 0:
        raise UnacceptableUrl("nobody can listen on port 0")
    if parsed.fragment or "#" in url:
        raise UnacceptableUrl("it has a fragment, which is never sent")
    _check_host(parsed.raw_host, private_allowed=private_allowed)
    return parsed


def may_be_dialled(address: str, *, private_allowed: bool) -> bool:
    """Whether a socket may be opened to an address that a name resolved to."""
    ip = ip_address(address.partition("%")[0])
    return is_somewhere(ip) if private_allowed else is_public(ip)


def _check_text(url: str) -> None:
    """Refuses texts that programs parse in different ways."""
    if not all(character.isprintable() and not character.isspace() for character in url):
        raise UnacceptableUrl("it holds a space or an invisible or control character")
    if "\\" in url:
        raise UnacceptableUrl("it holds a backslash, which some programs take for a slash")
    scheme, colon, rest = url.partition("://")
    if not colon or not scheme:
        raise UnacceptableUrl("it is not a URL: write https://host/path")
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    if "@" in authority:
        raise UnacceptableUrl("it holds a user name or password; the signature says who calls")
    if "%" in authority:
        raise UnacceptableUrl("its host holds a percent sign; write the host plainly")
    if "[" in authority and not _IPV6.match(authority):
        raise UnacceptableUrl("the text in brackets is not an IPv6 address")
    if not _PORT.match(authority):
        raise UnacceptableUrl("its port is not a plain number")


def _check_host(host: str, *, private_allowed: bool) -> None:
    name = host.removesuffix(".")
    labels = name.split(".")
    if ":" in name or _NUMBER.fullmatch(labels[-1]):
        _check_address(host, private_allowed=private_allowed)
        return
    if len(name) > _HOST_MAX_CHARS or not all(_LABEL.fullmatch(label) for label in labels):
        raise UnacceptableUrl(f"{host[:_HOST_MAX_CHARS]!r} is not the name of a host")
    if labels[-1] in _NOWHERE:
        raise UnacceptableUrl(f"no host below .{labels[-1]} can be reached")
    if private_allowed:
        return
    if labels[-1] in _INSIDE or tuple(labels[-2:]) == _HOME_NETWORK or len(labels) == 1:
        raise UnacceptableUrl(f"the host {host!r} is not on the public internet")


def _check_address(host: str, *, private_allowed: bool) -> None:
    ip = _address(host)
    if ip is None:
        raise UnacceptableUrl(
            f"{host!r} is no address in its usual form; write it like 203.0.113.7 or [2001:db8::7]"
        )
    if not is_somewhere(ip):
        raise UnacceptableUrl(f"no machine can have the address {host}")
    if not private_allowed and not is_public(ip):
        raise UnacceptableUrl(f"the address {host} is not on the public internet")


def _address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None
