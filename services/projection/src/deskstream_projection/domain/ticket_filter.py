"""Which tickets are meant: the same filter for the list and for the live feed."""

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
_YES_OR_NO = frozenset({"escalated", "has_draft", "imported"})
_NOT_FOLDED = frozenset({"assignee_id", "queue", "tag", "intent", "channel"})


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
    imported: Annotated[bool | None, Field(description="Brought in with a past.")] = None
    has_draft: Annotated[bool | None, Field(description="A draft waits for a decision.")] = None

    def facets(self) -> list[frozenset[str]]:
        """A ticket is meant if it has a facet of each set (`ticket_facets` in the migration)."""
        wanted = [
            frozenset(_facet(name, value) for value in getattr(self, name))
            for name in TicketFilter.model_fields
            if name not in _YES_OR_NO and getattr(self, name)
        ]
        for name in sorted(_YES_OR_NO):
            chosen = getattr(self, name)
            if chosen is not None:
                wanted.append(frozenset({f"{name}:{'yes' if chosen else 'no'}"}))
        return wanted


def matches(wanted: Iterable[frozenset[str]], facets: frozenset[str]) -> bool:
    """Whether a ticket with these facets is meant."""
    return all(not facets.isdisjoint(choices) for choices in wanted)


def _facet(name: str, value: object) -> str:
    text = str(value) if name in _NOT_FOLDED else str(value).lower()
    return f"{_FACET_NAMES.get(name, name)}:{text}"
