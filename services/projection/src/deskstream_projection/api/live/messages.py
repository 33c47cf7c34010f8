"""The messages of the live feed, in both directions. All of them are JSON text."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, SecretStr, TypeAdapter

from deskstream_contracts.model import INTEGER_MAX
from deskstream_projection.api.responses.columns import JsonObject
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
    """Subscribes to a channel; a second subscription to it replaces the first.

    Of `tickets`: those of the filter and those named, all if neither is given. `since` is the
    cursor last seen: missed changes are sent first.
    """

    type: Literal["subscribe"]
    channel: Channel
    filter: TicketFilter | None = None
    ticket_ids: Annotated[frozenset[UUID], Field(max_length=1_000)] | None = None
    since: Position | None = None


class Unsubscribe(_FromClient):
    """Ends the subscription to a channel."""

    type: Literal["unsubscribe"]
    channel: Channel


class Ping(_FromClient):
    """Asks for a pong, to check the connection."""

    type: Literal["ping"]


FromClient = Annotated[Authenticate | Subscribe | Unsubscribe | Ping, Field(discriminator="type")]
FROM_CLIENT: TypeAdapter[FromClient] = TypeAdapter(FromClient)


class Hello(BaseModel):
    """The client is authenticated and may subscribe."""

    type: Literal["hello"] = "hello"
    protocol: int = 1


class Subscribed(BaseModel):
    """Missed changes have been sent; those after `cursor` follow."""

    type: Literal["subscribed"] = "subscribed"
    channel: Channel
    cursor: int


class TicketChanged(BaseModel):
    """A ticket as it is now, and the types of the events that changed it.

    Of two messages about a ticket the later is the newer. The client keeps the greatest `cursor`
    that it saw, and resumes with it as `since`: a message that is sent again changes nothing.
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
    ticket_id: UUID = Field(validation_alias="subject")
    occurred_at: datetime
    summary: JsonObject


class Metrics(BaseModel):
    """Events of the last hour by `type` or `type/label`. Sent when they changed."""

    type: Literal["metrics"] = "metrics"
    at: datetime
    last_hour: dict[str, int]


class Refresh(BaseModel):
    """More changed than is sent: load the list anew and continue from `cursor`.

    Changes that are not sent happened before the list is loaded, and so are in it.
    """

    type: Literal["refresh"] = "refresh"
    cursor: int


class Pong(BaseModel):
    """Answers a ping."""

    type: Literal["pong"] = "pong"


class LiveRefusal(BaseModel):
    """A message of the client was invalid or is not possible now; it changed nothing."""

    type: Literal["error"] = "error"
    code: str
    detail: str
