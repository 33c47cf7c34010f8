"""The whole service on real Kafka and Postgres: commands and facts in, the log out."""

from uuid import UUID, uuid4

from ingest_desk import NEW_TICKET, fact
from ingest_scenarios import auto_approved, drafted, triaged

from deskstream_contracts import decode, follow_id
from deskstream_ingest.app import build
from deskstream_ingest.settings import Settings
from deskstream_runtime.testing.app import running_service
from deskstream_runtime.testing.clock import ManualClock
from deskstream_runtime.testing.log import log_writer, read_all
from deskstream_runtime.testing.settings import SettingsFactory
from deskstream_runtime.testing.waiting import eventually


async def test_a_ticket_is_triaged_and_answered_alone(
    service_settings: SettingsFactory, kafka_topics: str, clock: ManualClock
) -> None:
    service = build(service_settings(Settings, "deskstream_ingest"), clock)
    async with running_service(service) as running, log_writer(kafka_topics) as log:
        answer = await running.http.post("/v1/tickets", json=NEW_TICKET)
        ticket_id = UUID(answer.json()["id"])
        message = follow_id(ticket_id, "message")
        for data in (auto_approved(), triaged(message=message), drafted(message=message)):
            await log.write(fact(ticket_id, data, clock, uuid4()))

        async def told() -> dict[str, int | None]:
            topics = ("ticket.created", "ticket.updated", "reply.approved", "ticket.message_added")
            records = [record for topic in topics for record in await read_all(kafka_topics, topic)]
            events = [decode(record.topic, record.headers, record.value) for record in records]
            found = {event.type: event.sequence for event in events if event.subject == ticket_id}
            assert len(found) == len(topics)
            return found

        versions: dict[str, int | None] = await eventually(told, within_s=30)
    assert versions["ticket.created"] == 1
    assert versions["reply.approved"] is None
    assert {versions["ticket.updated"], versions["ticket.message_added"]} == {2, 3}
