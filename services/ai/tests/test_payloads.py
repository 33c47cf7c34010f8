"""Rows of work that an earlier version stored are still read after an upgrade."""

import json

import pytest
from ai_desk import AiDesk, imported, reply_requested, ticket_created, types

from deskstream_contracts import Event, EventData


async def remove_subjects_of_causes(desk: AiDesk) -> None:
    """Stores the payloads as earlier versions did."""
    async with desk.infrastructure.database.connection() as connection:
        for row in await desk.rows("work"):
            payload = json.loads(row["payload"])
            payload["cause"].pop("subject", None)
            await connection.execute(
                "update work set payload = $2 where id = $1", row["id"], json.dumps(payload)
            )


CREATED = ticket_created()


@pytest.mark.parametrize(
    ("event", "published"),
    [
        (CREATED, ["sentiment.scored", "ticket.triaged", "reply.draft_failed"]),
        (imported(CREATED, analyse=True), ["sentiment.scored", "ticket.triaged"]),
        (reply_requested(CREATED.subject), ["reply.draft_failed"]),
    ],
)
async def test_a_cause_without_a_subject_is_about_the_ticket_of_its_work(
    desk: AiDesk, event: Event[EventData], published: list[str]
) -> None:
    await desk.handle(event)
    await remove_subjects_of_causes(desk)
    if event.type == "reply.requested":
        await desk.give_up(TimeoutError())
    else:
        assert await desk.perform_work() == []
    events = await desk.outbox()
    assert types(events) == published
    assert {(one.subject, one.causation_id, one.correlation_id) for one in events} == {
        (CREATED.subject, event.id, event.id)
    }
