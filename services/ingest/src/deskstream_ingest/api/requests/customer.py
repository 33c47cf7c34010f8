"""Who wrote: the addresses of a request in their one form, or why they are none."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from deskstream_ingest.api.requests.fields import Identifier, Line, RequestModel
from deskstream_ingest.domain.customer import AddressRules, UnusableAddress
from deskstream_runtime.http.problems import invalid_request
from deskstream_runtime.http.wrong_values import WrongValue

Email = Annotated[
    Line,
    Field(
        description="One address that mail can be sent to, without a name or angle brackets; "
        "Unicode is welcome on both sides of the @ (RFC 6531). It has 254 bytes at most.",
        examples=["kim@example.com"],
    ),
]

Phone = Annotated[
    Line,
    Field(
        description="A possible number with its country code, or a national one of the desk's "
        "region (`DESK_PHONE_REGION`). Separators do not matter.",
        examples=["+1 (555) 010-0200"],
    ),
]


class CustomerRequest(RequestModel):
    """Who wrote. The same e-mail, else phone, else external id, is the same customer."""

    id: UUID | None = Field(
        None, description="Only that of the address, where one is given; alone, the caller's word."
    )
    email: Email | None = None
    phone: Phone | None = None
    name: Line | None = None
    external_id: Identifier | None = None
    unusable: Literal["refuse", "keep"] = Field(
        "refuse",
        description="What to do with an e-mail address or phone number that can never be "
        "answered: refuse the request, or take it and keep the address as it is written, for "
        "people to look at.",
    )


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where a customer is reached, and what was given that reaches nobody."""

    email: str | None = None
    phone: str | None = None
    unusable: tuple[str, ...] = ()


def addresses_of(who: CustomerRequest, rules: AddressRules) -> Addresses:
    """The addresses in their one form. Raises the 422 of a wrong one, unless it is to be kept."""
    wrong: dict[str, UnusableAddress] = {}
    email = _usable("email", who.email, rules.email, wrong)
    phone = _usable("phone", who.phone, rules.phone, wrong)
    if wrong and who.unusable == "refuse":
        raise invalid_request(
            [
                WrongValue(pointer=f"/customer/{name}", detail=str(why))
                for name, why in wrong.items()
            ]
        )
    written = (getattr(who, name) for name in wrong)
    return Addresses(email, phone, tuple(text for text in written if text))


def _usable(
    name: str,
    written: str | None,
    normalised: Callable[[str], str],
    wrong: dict[str, UnusableAddress],
) -> str | None:
    if written is None:
        return None
    try:
        return normalised(written)
    except UnusableAddress as error:
        wrong[name] = error
        return None
