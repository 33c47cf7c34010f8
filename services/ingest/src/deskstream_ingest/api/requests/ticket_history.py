"""The request that brings a ticket in with its past, and how it becomes a command."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from deskstream_contracts import follow_id
from deskstream_contracts.events.ticket import Actor, Status
from deskstream_contracts.model import Code
from deskstream_ingest.api.requests.customer import Addresses
from deskstream_ingest.api.requests.fields import Body, Identifier, Note, RequestModel
from deskstream_ingest.api.requests.new_ticket import ExternalRequest, NewTicketRequest
from deskstream_ingest.domain.commands import ImportTicket, PastMessage
from deskstream_runtime.http.instants import OccurredAt
from deskstream_runtime.http.problems import invalid_request
from deskstream_runtime.http.wrong_values import WrongValue


class PastMessageRequest(RequestModel):
    """A message after the first. `author` is who of us wrote it; the customer needs none."""

    kind: Literal["inbound", "outbound", "note"]
    body: Body
    occurred_at: OccurredAt
    author: Identifier | None = None

    @model_validator(mode="after")
    def _author_is_one_of_us(self) -> Self:
        if self.kind == "inbound" and self.author is not None:
            raise ValueError("an inbound message is the customer's; leave out its author")
        return self


class ResolutionRequest(RequestModel):
    """How the matter was settled."""

    code: Code | None = None
    note: Note | None = None


class TicketHistoryRequest(NewTicketRequest):
    """A ticket of another system as it stands there, its first message first.

    Messages are in the order of their times. Without `resolved_at` it was settled with the last.
    """

    external: ExternalRequest
    occurred_at: OccurredAt
    queue: Code | None = None
    messages: Annotated[tuple[PastMessageRequest, ...], Field(max_length=500)] = ()
    status: Status = "resolved"
    resolved_at: OccurredAt | None = None
    resolution: ResolutionRequest | None = None
    analyse: Annotated[
        bool, Field(strict=True, description="Score and triage what the customer wrote.")
    ] = False

    @model_validator(mode="after")
    def _is_settled_if_it_says_how(self) -> Self:
        if self.status not in ("resolved", "closed"):
            for name in ("resolved_at", "resolution"):
                if getattr(self, name) is not None:
                    raise ValueError(f"{name} is of a resolved or closed ticket, not {self.status}")
        return self

    def import_command(
        self, actor: Actor, reached: Addresses, ticket_id: UUID, at: datetime
    ) -> ImportTicket:
        """The command. Raises a 422 problem that names each time that cannot be."""
        wrong = [WrongValue(pointer=where, detail=why) for where, why in self._wrong_times(at)]
        if wrong:
            raise invalid_request(wrong)
        resolution = self.resolution or ResolutionRequest()
        return ImportTicket(
            opening=self.command(reached, ticket_id, at),
            occurred_at=self.occurred_at,
            messages=tuple(
                PastMessage(follow_id(ticket_id, "message", number), **dict(message))
                for number, message in enumerate(self.messages, 1)
            ),
            status=self.status,
            actor=actor,
            queue=self.queue,
            resolved_at=self.resolved_at,
            code=resolution.code,
            note=resolution.note,
            analyse=self.analyse,
        )

    def _wrong_times(self, at: datetime) -> Iterator[tuple[str, str]]:
        before, what = self.occurred_at, ""
        for pointer, time, name in self._times():
            if time < before:
                yield pointer, f"{time.isoformat()} is before {what} ({before.isoformat()})"
            elif time > at:
                yield pointer, f"{time.isoformat()} is in the future; now is {at.isoformat()}"
            else:
                before, what = time, name

    def _times(self) -> Iterator[tuple[str, datetime, str]]:
        """Where each time is, and what to call it, in the order in which they must be."""
        yield "/occurred_at", self.occurred_at, "the ticket's first message"
        for index, message in enumerate(self.messages):
            yield f"/messages/{index}/occurred_at", message.occurred_at, f"messages[{index}]"
        if self.resolved_at is not None:
            yield "/resolved_at", self.resolved_at, "resolved_at"
