"""Rows of work that an earlier version stored are still read after an upgrade."""

import json

import pytest
from ai_desk import AiDesk, kinds, ticket_created
from test_imported import of_the_past
from test_work import reply_requested

from deskstream_contracts import Event, EventData


async def with_causes_of_version_0_1(desk: AiDesk) -> None:
    """Stores each row's payload as it was when a cause did not name its subject."""
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
        (of_the_past(CREATED, analyse=True), ["sentiment.scored", "ticket.triaged"]),
        (reply_requested(CREATED.subject), ["reply.draft_failed"]),
    ],
)
async def test_a_cause_without_a_subject_is_about_the_ticket_of_its_work(
    desk: AiDesk, event: Event[EventData], published: list[str]
) -> None:
    await desk.take(event)
    await with_causes_of_version_0_1(desk)
    if event.type == "reply.requested":
        await desk.give_up(TimeoutError())
    else:
        assert await desk.do_work() == []
    events = await desk.told()
    assert kinds(events) == published
    assert {(one.subject, one.causation_id, one.correlation_id) for one in events} == {
        (CREATED.subject, event.id, event.id)
    }
