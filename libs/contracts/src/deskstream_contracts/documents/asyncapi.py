"""The AsyncAPI 3.0 document: every topic, who sends and receives what, with examples.

https://www.asyncapi.com/docs/reference/specification/v3.0.0, Kafka binding 0.5.0.
"""

from inspect import cleandoc

from pydantic import JsonValue

from deskstream_contracts.documents.checkout import EXAMPLE_KINDS, Checkout
from deskstream_contracts.documents.headers import COMMON_HEADERS, headers_of
from deskstream_contracts.documents.json_schema import ALL_BODIES, shared_schemas
from deskstream_contracts.model import EventData, ServiceName
from deskstream_contracts.registry import DEAD_LETTER
from deskstream_contracts.structured import Document
from deskstream_contracts.topics import TOPICS, Topic

_BINDING = "0.5.0"


def asyncapi_document(checkout: Checkout) -> Document:
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Deskstream events",
            "version": checkout.version(),
            "description": (
                "Every topic of Deskstream. Records are CloudEvents 1.0 in Kafka binary mode:"
                " attributes in `ce_` headers, the body as JSON. The key is the event id; the"
                " partition is murmur2(ce_partitionkey) modulo the partitions. An event is known"
                " by (`ce_id`, `ce_revision`), and the higher revision replaces the lower."
            ),
        },
        "defaultContentType": "application/json",
        "channels": {topic.name: _channel(topic) for topic in TOPICS},
        "operations": _operations(),
        "components": {
            "messages": {_message_name(body): _message(body, checkout) for body in ALL_BODIES},
            "schemas": {"CloudEventsHeaders": COMMON_HEADERS, **shared_schemas(ALL_BODIES)},
        },
    }


def _message_name(body: type[EventData]) -> str:
    return f"{body.event_type}.v{body.major}"


def _bodies_in(topic: Topic) -> list[type[EventData]]:
    name = DEAD_LETTER if topic.name.endswith(".dead-letter") else topic.name
    return [body for body in ALL_BODIES if body.event_type == name]


def _channel(topic: Topic) -> Document:
    config = topic.config()
    return {
        "address": topic.name,
        "description": topic.description,
        "messages": {
            _message_name(body): {"$ref": f"#/components/messages/{_message_name(body)}"}
            for body in _bodies_in(topic)
        },
        "bindings": {
            "kafka": {
                "topic": topic.name,
                "partitions": topic.partitions,
                "topicConfiguration": {
                    "cleanup.policy": [config["cleanup.policy"]],
                    "retention.ms": int(config["retention.ms"]),
                    "max.message.bytes": int(config["max.message.bytes"]),
                },
                "bindingVersion": _BINDING,
            }
        },
        "x-owner": topic.owner,
        "x-consumers": list(topic.consumers),
    }


def _operations() -> Document:
    operations: Document = {}
    for topic in TOPICS:
        operations[f"{topic.owner}.sends.{topic.name}"] = _operation("send", topic.owner, topic)
        for consumer in topic.consumers:
            operations[f"{consumer}.receives.{topic.name}"] = _operation("receive", consumer, topic)
    return operations


def _operation(action: str, service: ServiceName, topic: Topic) -> Document:
    channel = f"#/channels/{topic.name}"
    return {
        "action": action,
        "channel": {"$ref": channel},
        "messages": [
            {"$ref": f"{channel}/messages/{_message_name(body)}"} for body in _bodies_in(topic)
        ],
        "x-service": service,
    }


def _message(body: type[EventData], checkout: Checkout) -> Document:
    description = cleandoc(body.__doc__ or "")
    key: JsonValue = {"type": "string", "format": "uuid", "description": "The event id."}
    return {
        "name": body.event_type,
        "title": body.__name__,
        "summary": description.partition("\n\n")[0].replace("\n", " "),
        "contentType": "application/json",
        "headers": headers_of(body),
        "payload": {"$ref": f"#/components/schemas/{body.__name__}"},
        "bindings": {"kafka": {"key": key, "bindingVersion": _BINDING}},
        "examples": [_example(checkout.example(body, kind), kind) for kind in EXAMPLE_KINDS],
    }


def _example(document: Document, name: str) -> Document:
    headers: Document = {
        f"ce_{attribute}": value
        for attribute, value in document.items()
        if attribute not in ("data", "datacontenttype")
    }
    headers["content-type"] = document["datacontenttype"]
    return {"name": name, "headers": headers, "payload": document["data"]}
