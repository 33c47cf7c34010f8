"""Events as one JSON document each: CloudEvents structured mode, for examples, files and people.

Topics hold binary mode alone (`codec`); this form has the same attributes under the same names,
without `ce_` (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md).
"""

import json
from collections.abc import Mapping

from pydantic import JsonValue

from deskstream_contracts.codec import READERS, decode, encode
from deskstream_contracts.event import Event
from deskstream_contracts.model import EventData
from deskstream_contracts.reader import Reader
from deskstream_contracts.registry import DEAD_LETTER

Document = dict[str, JsonValue]


def to_document(event: Event[EventData]) -> Document:
    """The event as a document. Raises `UnencodableEvent` as `encode` does."""
    record = encode(event)
    attributes: Document = {
        name.removeprefix("ce_"): raw.decode()
        for name, raw in record.headers
        if name.startswith("ce_")
    }
    data = json.loads(record.value)
    return {**attributes, "datacontenttype": "application/json", "data": data}


def from_document(
    document: Mapping[str, JsonValue], *, readers: Mapping[str, Reader] = READERS
) -> Event[EventData]:
    """The event of a document. Raises `UndecodableRecord` as `decode` does."""
    attributes = {name: value for name, value in document.items() if name != "data"}
    content_type = attributes.pop("datacontenttype", "application/json")
    headers = [("content-type", str(content_type).encode())]
    headers += [(f"ce_{name}", str(value).encode()) for name, value in attributes.items()]
    event_type = str(document.get("type"))
    topic = f"{event_type}.dead-letter" if event_type == DEAD_LETTER else event_type
    value = json.dumps(document["data"]).encode() if "data" in document else None
    return decode(topic, headers, value, readers=readers)
