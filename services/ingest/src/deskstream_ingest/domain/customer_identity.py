"""The same person always gets the same customer id."""

from uuid import UUID, uuid5

from deskstream_ingest.domain.refusals import CustomerContradicted

_NAMESPACE = UUID("6f7f3f0a-59cf-5d0c-9a4e-0d4a6f1b7c51")


def customer_id(
    email: str | None, phone: str | None, external: tuple[str, str] | None
) -> UUID | None:
    """RFC 9562 version 5 of the strongest address: e-mail, then phone, then (source, id).

    Expects addresses in their one form (see `AddressRules`). None without any.
    """
    if email:
        return uuid5(_NAMESPACE, f"email:{email}")
    if phone:
        return uuid5(_NAMESPACE, f"phone:{phone}")
    if external:
        return uuid5(_NAMESPACE, _name("external", *external))
    return None


def agreed_customer_id(
    given: UUID | None, email: str | None, phone: str | None, external: tuple[str, str] | None
) -> UUID | None:
    """The id that the strongest address gives; an id given beside an address must be that one.

    An id given alone is the caller's word: nothing here can contradict it. Raises
    `CustomerContradicted`.
    """
    known = customer_id(email, phone, external)
    if given is None or known is None:
        return given or known
    if given != known:
        address = "e-mail address" if email else "phone number" if phone else "external_id"
        raise CustomerContradicted(given, known, address)
    return known


def external_ticket_id(source: str, identifier: str) -> UUID:
    """The ticket's id for a ticket of another system, so that it is accepted once."""
    return uuid5(_NAMESPACE, _name("ticket", source, identifier))


def _name(kind: str, source: str, identifier: str) -> str:
    """What the id is made from. With a colon in either, both are prefixed with their length.

    So `shop:eu` and `7` is not `shop` and `eu:7`; the first form has two colons, this one more.
    """
    if ":" in source or ":" in identifier:
        return f"{kind}:{len(source)}:{source}:{len(identifier)}:{identifier}"
    return f"{kind}:{source}:{identifier}"
