"""Which tickets are asked for: the same filter for the list and for the live feed."""

from collections.abc import Iterable
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from deskstream_contracts.events.sentiment import SentimentLabel
from deskstream_contracts.events.ticket import Priority, Status
from deskstream_contracts.model import Code, Identifier, LanguageTag

Email = Annotated[str, StringConstraints(min_length=3, max_length=320)]
DraftStatus = Literal["drafted", "failed", "auto_approved", "rejected", "approved"]
_FEW = Field(max_length=20)

_FACET_NAMES = {"assignee_id": "assignee", "customer_id": "customer", "customer_email": "email"}
"""Of the filters whose facet has another name. A test compares all with the facets of Postgres."""

_IN_ANY_CASE = frozenset({"customer_email", "language"})


class TicketFilter(BaseModel):
    """Each field narrows; several values of one field widen. A field not given does not matter."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    status: Annotated[tuple[Status, ...], _FEW] = ()
    priority: Annotated[tuple[Priority, ...], _FEW] = ()
    queue: Annotated[tuple[Code, ...], _FEW] = ()
    assignee_id: Annotated[tuple[Identifier, ...], _FEW] = ()
    channel: Annotated[tuple[Code, ...], _FEW] = ()
    customer_id: Annotated[tuple[UUID, ...], _FEW] = ()
    customer_email: Annotated[tuple[Email, ...], _FEW] = ()
    sentiment: Annotated[tuple[SentimentLabel, ...], _FEW] = ()
    intent: Annotated[tuple[Code, ...], _FEW] = ()
    language: Annotated[tuple[LanguageTag, ...], _FEW] = ()
    tag: Annotated[tuple[Code, ...], _FEW] = ()
    draft: Annotated[tuple[DraftStatus, ...], _FEW] = ()
    escalated: bool | None = None
    imported: Annotated[bool | None, Field(description="Imported with a past.")] = None
    has_draft: Annotated[bool | None, Field(description="A draft waits for a decision.")] = None

    def facets(self) -> list[frozenset[str]]:
        """A ticket passes if it has a facet of each set (`ticket_facets` in the migrations)."""
        wanted = []
        for name in TicketFilter.model_fields:
            value = getattr(self, name)
            if isinstance(value, bool):
                wanted.append(frozenset({f"{name}:{'yes' if value else 'no'}"}))
            elif value:
                wanted.append(frozenset(_facet(name, str(choice)) for choice in value))
        return wanted


def matches(wanted: Iterable[frozenset[str]], facets: frozenset[str]) -> bool:
    """Whether a ticket with these facets passes."""
    return all(not facets.isdisjoint(choices) for choices in wanted)


def _facet(name: str, value: str) -> str:
    text = value.lower() if name in _IN_ANY_CASE else value
    return f"{_FACET_NAMES.get(name, name)}:{text}"
