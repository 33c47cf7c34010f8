"""Another project's CloudEvents SDK reads what we write, and writes what we read."""

import json

import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_binary_event, to_binary_event
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from deskstream_contracts import EventData, decode, encode
from deskstream_contracts.documents.checkout import EXAMPLE_KINDS, ExampleKind, this_checkout
from deskstream_contracts.registry import BODIES
from deskstream_contracts.structured import from_document

CHECKOUT = this_checkout()

each_example = pytest.mark.parametrize(
    ("body", "kind"),
    [(body, kind) for body in BODIES for kind in EXAMPLE_KINDS],
    ids=lambda value: value if isinstance(value, str) else value.event_type,
)


@each_example
def test_the_sdk_reads_our_records(body: type[EventData], kind: ExampleKind) -> None:
    document = CHECKOUT.example(body, kind)
    record = encode(from_document(document))
    message = KafkaMessage(headers=dict(record.headers), key=None, value=record.value)
    read = from_binary_event(message)
    attributes = read.get_attributes()
    assert read.get_data() == document["data"]
    assert attributes.keys() == document.keys() - {"data"}
    assert read.get_id() == document["id"] == record.key.decode()
    assert read.get_type() == document["type"]
    assert read.get_subject() == document["subject"] == read.get_extension("partitionkey")
    assert read.get_dataschema() == document["dataschema"]
    assert read.get_extension("revision") == document["revision"]
    time = read.get_time()
    assert time is not None
    assert time == from_document(document).time


@each_example
def test_we_read_the_records_of_the_sdk(body: type[EventData], kind: ExampleKind) -> None:
    document = CHECKOUT.example(body, kind)
    event = from_document(document)
    topic = encode(event).topic
    written = JSONFormat().read(CloudEvent, json.dumps(document).encode())
    message = to_binary_event(written, key_mapper=lambda it: it.get_id())
    assert decode(topic, message.headers.items(), message.value) == event
    assert message.key == document["id"]


def test_the_sdk_takes_the_key_for_the_partition_key() -> None:
    """Told in the README: its readers find the ticket in `subject`."""
    document = CHECKOUT.example(BODIES[0], "minimal")
    record = encode(from_document(document))
    read = from_binary_event(KafkaMessage(dict(record.headers), record.key, record.value))
    assert read.get_extension("partitionkey") == document["id"]
    assert read.get_subject() == document["subject"]
