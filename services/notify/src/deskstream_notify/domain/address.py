"""E-mail addresses as people type them."""

import re

from email_validator import EmailNotValidError, validate_email

_ANY_DOMAIN = "example.com"
_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_HOST_NAME = re.compile(rf"(?=.{{1,253}}$){_LABEL}(\.{_LABEL})*")


def mailable(address: str, special_domains: frozenset[str] = frozenset()) -> str | None:
    """The address in the form to send to, or none if it is not one.

    Only its form is looked at: whether the domain takes mail is the mail server's to say. ASCII, if
    its local part is. What could be read as an encoded word (RFC 2047) is no address. Of the
    special-use domains (RFC 6761) and names without a dot, `special_domains` and what is below them
    are delivered to.
    """
    if "=?" in address:
        return None
    local, at, domain = address.rpartition("@")
    special = _is_below(domain.lower(), special_domains)
    try:
        # The library knows no special domain that is in use; the other half is checked alike.
        found = validate_email(
            f"{local}@{_ANY_DOMAIN}" if special else f"{local}{at}{domain}",
            check_deliverability=False,
        )
    except EmailNotValidError:
        return None
    if special:
        return f"{found.local_part}@{domain.lower()}"
    return found.ascii_email or found.normalized


def _is_below(domain: str, domains: frozenset[str]) -> bool:
    return bool(_HOST_NAME.fullmatch(domain)) and any(
        domain == one or domain.endswith(f".{one}") for one in domains
    )


def masked(address: str) -> str:
    """The address for people who need not know it: first letter and domain (`m•••@example.com`)."""
    local, at, domain = address.rpartition("@")
    return f"{local[:1]}•••@{domain}" if at else address
