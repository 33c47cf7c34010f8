"""E-mail addresses as people type them."""

import re

from email_validator import EmailNotValidError, validate_email

_ANY_DOMAIN = "example.com"
_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_HOST_NAME = re.compile(rf"(?=.{{1,253}}$){_LABEL}(\.{_LABEL})*")


def mailable(address: str, special_domains: frozenset[str] = frozenset()) -> str | None:
    """The address in the form to send to, None if it is not an address.

    Only its form is checked: whether the domain takes mail is for the mail server to say. The
    result is ASCII if the local part is. An address that could be read as an encoded word
    (RFC 2047) is refused. Of the special-use domains (RFC 6761) and names without a dot, only
    `special_domains` and their subdomains are accepted.
    """
    if "=?" in address:
        return None
    local, at, domain = address.rpartition("@")
    special = _is_below(domain.lower(), special_domains)
    try:
        # The library refuses every special-use domain, so the local part is checked at another one.
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
    """The address with its local part hidden but for the first letter (`m•••@example.com`)."""
    local, at, domain = address.rpartition("@")
    return f"{local[:1]}•••@{domain}" if at else address
