"""Settings of ingest: those every service has, and whose phone numbers and domains are meant."""

import phonenumbers
from pydantic import field_validator

from deskstream_ingest.domain.customer import AddressRules
from deskstream_runtime.settings import ServiceSettings


class Settings(ServiceSettings):
    """Read from the environment, prefix `DESK_`.

    `phone_region` (ISO 3166-1, `GB`) is whose numbers are meant where no country code is written.
    `email_special_domains` (a JSON list) are special-use domains (`test`, `local`) and names
    without a dot that the desk's mail server delivers to.
    """

    phone_region: str | None = None
    email_special_domains: tuple[str, ...] = ()

    @field_validator("phone_region")
    @classmethod
    def _is_a_region(cls, value: str | None) -> str | None:
        if value is None or value.upper() in phonenumbers.SUPPORTED_REGIONS:
            return value and value.upper()
        raise ValueError(f"{value!r} is no region; write two letters like GB (ISO 3166-1)")

    @property
    def address_rules(self) -> AddressRules:
        domains = frozenset(domain.lower().strip(".") for domain in self.email_special_domains)
        return AddressRules(self.phone_region, domains)
