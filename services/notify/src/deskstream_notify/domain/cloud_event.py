"""An event as one JSON document: CloudEvents 1.0, JSON format, structured content mode.

(https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md)
"""

import json
from datetime import datetime
from uuid import UUID

from deskstream_contracts import Event, EventData
from deskstream_contracts.structured import to_document

MEDIA_TYPE = "application/cloudevents+json"


def cloud_event(event: Event[EventData]) -> str:
    """The document that a subscriber gets: the same event that its topic holds."""
    return json.dumps(to_document(event), ensure_ascii=False)


def test_event(test_id: UUID, subscription_id: UUID, now: datetime) -> str:
    """The document of a test call. Its type is no topic's, so nobody mistakes it for an event."""
    return json.dumps(
        {
            "specversion": "1.0",
            "id": str(test_id),
            "source": "/deskstream/notify",
            "type": "webhook.test",
            "subject": str(subscription_id),
            "time": now.isoformat(),
            "datacontenttype": "application/json",
            "data": {"subscription_id": str(subscription_id)},
        }
    )
