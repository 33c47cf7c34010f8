"""One spelling for every e-mail address and phone number, so that one person is one customer."""

import re
import unicodedata
from dataclasses import dataclass

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from deskstream_contracts.visible import is_invisible

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


def _hidden(character: str) -> str:
    if character.isspace():
        return "an e-mail address has no space in it, and there can be one address alone"
    return f"the address holds the invisible character U+{ord(character):04X}: remove it"
