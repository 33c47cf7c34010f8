"""A client from another project reads any topic: the CloudEvents SDK and nothing of ours."""

from cloudevents.core.bindings.kafka import KafkaMessage, from_binary_event
from whole_stack import WholeStack

from deskstream_contracts import TOPICS


async def test_any_topic_is_cloud_events(stack: WholeStack) -> None:
    async with stack.client() as client:
        answer = await client.post("/v1/tickets", json={"body": "My refund is missing, why?"})
        assert answer.status_code == 201
    await stack.settled()
    read = 0
    for topic in TOPICS:
        if topic.name.endswith(".dead-letter"):
            continue
        for record in await stack.records(topic.name):
            message = KafkaMessage(headers=dict(record.headers), key=record.key, value=record.value)
            event = from_binary_event(message)
            assert event.get_type() == topic.name
            assert event.get_subject()
            assert isinstance(event.get_data(), dict)
            read += 1
    assert read > 0
