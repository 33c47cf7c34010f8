"""Events for tests: the contracts' examples, with the fields that matter to a test."""

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from deskstream_contracts import Event
from deskstream_contracts.model import HistoricalData
from deskstream_contracts.structured import from_document

MakeEvent = Callable[..., Event[Any]]
"""Makes an event of a type, with these fields of its body."""

EXAMPLES = Path(__file__).parents[3] / "libs/contracts/examples"


def example(event_type: str, kind: str = "full") -> Event[Any]:
    """A committed example of an event type, as it is."""
    return from_document(json.loads((EXAMPLES / event_type / f"v1/{kind}.json").read_text()))


def happened(event_type: str, time: datetime, **fields: Any) -> Event[Any]:
    """A new event like the example, at this time, with these fields of its body, not imported."""
    event = example(event_type)
    if isinstance(event.data, HistoricalData):
        fields = {"imported": False} | fields
    data = event.data.model_copy(update=fields)
    return event._replace(id=uuid4(), subject=uuid4(), time=time, data=data)


def reply(time: datetime, *, email: str | None = "maya@example.com", **fields: Any) -> Event[Any]:
    """An approved reply to a customer with this address."""
    customer = example("reply.approved").data.customer.model_copy(update={"email": email})
    defaults = {"external": None, "auto": False}
    return happened("reply.approved", time, customer=customer, **(defaults | fields))
