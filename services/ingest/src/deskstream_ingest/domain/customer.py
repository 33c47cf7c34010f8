"""One person is one customer: one spelling for each address, and the id that follows from it."""

import re
import unicodedata
from dataclasses import dataclass
from uuid import UUID, uuid5

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from deskstream_contracts.visible import is_invisible
from deskstream_ingest.domain.refusals import CustomerContradicted

_NAMESPACE = UUID("6f7f3f0a-59cf-5d0c-9a4e-0d4a6f1b7c51")
_FULL_STOPS = ".。．｡"  # those that IDNA takes for a dot (RFC 3490 section 3.1)
_ANY_DOMAIN = "example.com"
_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_HOST_NAME = re.compile(rf"(?=.{{1,253}}$){_LABEL}(\.{_LABEL})*")
_NUMBER = re.compile(r"\+?[\d\s()./‐-―−-]*")
_FULL_NUMBER = "write it with its country code, like +15550100200"


class UnusableAddress(Exception):
    """Nobody can ever be reached there. The message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class AddressRules:
    """`phone_region`: whose national numbers are meant (ISO 3166-1, `GB`); none: nobody's.

    `special_domains`: those of the special-use domains (RFC 6761: `test`, `localhost`, `local`) and
    names without a dot that this desk's mail server delivers to, with all below them.
    """

    phone_region: str | None = None
    special_domains: frozenset[str] = frozenset()

    def email(self, written: str) -> str:
        """The address in its one form; for ASCII that is lower case, without a final dot.

        The local part is in Unicode normal form C (RFC 6532 section 3.1), the domain in the form
        of the DNS (RFC 5891). No provider in use tells mailboxes apart by case. Only the form is
        looked at, not the DNS. Raises `UnusableAddress`.
        """
        address = written.strip()
        hidden = next((character for character in address if is_invisible(character)), None)
        if hidden is not None:
            raise UnusableAddress(_hidden(hidden))
        if "=?" in address:
            raise UnusableAddress("mail programs read `=?` as the beginning of an encoded word")
        local, at, domain = address.rpartition("@")
        domain = domain.lower()
        if domain[-1:] in _FULL_STOPS:
            domain = domain[:-1]
        is_special = self._is_special(domain)
        try:
            # The library knows no special domain that is in use; the other half is checked alike.
            found = validate_email(
                f"{local}@{_ANY_DOMAIN}" if is_special else f"{local}{at}{domain}",
                check_deliverability=False,
            )
        except EmailNotValidError as error:
            raise UnusableAddress(f"this can never be answered: {error}") from None
        local = unicodedata.normalize("NFC", found.local_part.lower())
        return f"{local}@{domain if is_special else found.ascii_domain.lower()}"

    def phone(self, written: str) -> str:
        """The number in E.164. Raises `UnusableAddress` for one that is not possible.

        Possible is a matter of length alone: number plans change more often than libraries.
        """
        text = unicodedata.normalize("NFKC", written)
        # Address books put marks for the direction of writing around numbers.
        text = "".join(c for c in text if c == " " or not is_invisible(c)).strip()
        if not _NUMBER.fullmatch(text) or not any(c.isdigit() for c in text):
            raise UnusableAddress(
                "a phone number has digits alone, with no letters, extension or second number: "
                f"{_FULL_NUMBER}"
            )
        try:
            number = phonenumbers.parse(text, self.phone_region)
        except phonenumbers.NumberParseException:
            national = not text.startswith("+") and self.phone_region is None
            setting = " (or set DESK_PHONE_REGION for national numbers)" if national else ""
            raise UnusableAddress(
                f"no country has this phone number: {_FULL_NUMBER}{setting}"
            ) from None
        possible = phonenumbers.is_possible_number_with_reason(number)
        if possible != phonenumbers.ValidationResult.IS_POSSIBLE:
            raise UnusableAddress(f"this phone number has too few or many digits: {_FULL_NUMBER}")
        return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))

    def _is_special(self, domain: str) -> bool:
        return any(
            domain == special or domain.endswith(f".{special}") for special in self.special_domains
        ) and bool(_HOST_NAME.fullmatch(domain))


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


def _hidden(character: str) -> str:
    if character.isspace():
        return "an e-mail address has no space in it, and there can be one address alone"
    return f"the address holds the invisible character U+{ord(character):04X}: remove it"


def _name(kind: str, source: str, identifier: str) -> str:
    """What the id is made from. With a colon in either, both are prefixed with their length.

    So `shop:eu` and `7` is not `shop` and `eu:7`; the first form has two colons, this one more.
    """
    if ":" in source or ":" in identifier:
        return f"{kind}:{len(source)}:{source}:{len(identifier)}:{identifier}"
    return f"{kind}:{source}:{identifier}"
