"""The same person gets the same customer id, whoever asks and whenever."""

from uuid import UUID, uuid5

_NAMESPACE = UUID("6f7f3f0a-59cf-5d0c-9a4e-0d4a6f1b7c51")


def customer_id(
    email: str | None, phone: str | None, external: tuple[str, str] | None
) -> UUID | None:
    """RFC 9562 version 5 of the strongest address: e-mail, then phone, then (source, id).

    Expects normalised addresses (see `normalised_email`, E.164 for phones). None without any.
    """
    if email:
        return uuid5(_NAMESPACE, f"email:{email}")
    if phone:
        return uuid5(_NAMESPACE, f"phone:{phone}")
    if external:
        source, identifier = external
        return uuid5(_NAMESPACE, f"external:{source}:{identifier}")
    return None


def normalised_email(email: str) -> str:
    """Lower case: no provider in use tells mailboxes apart by case."""
    return email.strip().lower()


def external_ticket_id(source: str, identifier: str) -> UUID:
    """The ticket's id for a ticket of another system, so that it is accepted once."""
    return uuid5(_NAMESPACE, f"ticket:{source}:{identifier}")
