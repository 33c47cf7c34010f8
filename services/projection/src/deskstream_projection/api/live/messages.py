"""What clients and the live feed say to each other. All of it is JSON text."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, JsonValue, SecretStr, TypeAdapter

from deskstream_contracts.model import INTEGER_MAX
from deskstream_projection.api.responses.ticket import TicketRow
from deskstream_projection.domain.ticket_filter import TicketFilter

Channel = Literal["tickets", "metrics", "alerts"]
Position = Annotated[int, Field(ge=0, le=INTEGER_MAX)]


class _FromClient(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Authenticate(_FromClient):
    """The first message of a client that cannot set headers."""

    type: Literal["authenticate"]
    key: Annotated[SecretStr, Field(max_length=200)]


class Subscribe(_FromClient):
    """Asks for a channel; again for the same channel replaces.

    Of `tickets`: those of the filter and those named, all if neither is given. `since` is the
    cursor last seen: what was missed is sent first.
    """

    type: Literal["subscribe"]
    channel: Channel
    filter: TicketFilter | None = None
    ticket_ids: Annotated[frozenset[UUID], Field(max_length=1_000)] | None = None
    since: Position | None = None


class Unsubscribe(_FromClient):
    """No more of a channel."""

    type: Literal["unsubscribe"]
    channel: Channel


class Ping(_FromClient):
    """Asks for a pong, to see that the connection lives."""

    type: Literal["ping"]


FromClient = Annotated[Authenticate | Subscribe | Unsubscribe | Ping, Field(discriminator="type")]
FROM_CLIENT: TypeAdapter[FromClient] = TypeAdapter(FromClient)


class Hello(BaseModel):
    """The client is known; subscriptions are welcome."""

    type: Literal["hello"] = "hello"
    protocol: int = 1


class Subscribed(BaseModel):
    """What was missed has been sent; all that changes after `cursor` follows."""

    type: Literal["subscribed"] = "subscribed"
    channel: Channel
    cursor: int


class TicketChanged(BaseModel):
    """A ticket as it is now, and the types of the facts that changed it.

    Of two messages about a ticket the later is the newer. The client keeps the greatest `cursor`
    it saw, to come back with it as `since`: what it gets again is as harmless as what it got.
    """

    type: Literal["ticket.changed"] = "ticket.changed"
    cursor: int
    event_types: list[str]
    ticket: TicketRow


class AlertRaised(BaseModel):
    """A ticket was escalated or a service-level clock ran out."""

    type: Literal["alert"] = "alert"
    cursor: int
    event_id: UUID
    event_type: str
    ticket_id: UUID
    occurred_at: datetime
    summary: dict[str, JsonValue]


class Metrics(BaseModel):
    """Facts of the last hour by `type` or `type/label`. Sent when they changed."""

    type: Literal["metrics"] = "metrics"
    at: datetime
    last_hour: dict[str, int]


class Refresh(BaseModel):
    """More happened than is sent: load the list anew and go on from `cursor`.

    What is not sent happened before the list is loaded, and so is in it.
    """

    type: Literal["refresh"] = "refresh"
    cursor: int


class Pong(BaseModel):
    """The answer to a ping."""

    type: Literal["pong"] = "pong"


class Refused(BaseModel):
    """A message of the client was not understood or is not possible; nothing was done."""

    type: Literal["error"] = "error"
    code: str
    detail: str
