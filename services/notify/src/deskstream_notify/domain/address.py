"""E-mail addresses as people type them."""

from email_validator import EmailNotValidError, validate_email


def mailable(address: str) -> str | None:
    """The address in the form to send to, or none if it is not one.

    Only its form is looked at: whether the domain takes mail is the mail server's to say. ASCII, if
    its local part is. What could be read as an encoded word (RFC 2047) is no address.
    """
    if "=?" in address:
        return None
    try:
        found = validate_email(address, check_deliverability=False)
    except EmailNotValidError:
        return None
    return found.ascii_email or found.normalized


def masked(address: str) -> str:
    """The address for people who need not know it: first letter and domain (`m•••@example.com`)."""
    local, at, domain = address.rpartition("@")
    return f"{local[:1]}•••@{domain}" if at else address
