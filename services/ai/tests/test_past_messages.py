"""Imported messages are context for later answers, and work only where analysis is asked for."""

from typing import Any

from ai_desk import LONG_AGO, AiDesk, imported, message_added, ticket_created, types

from deskstream_ai.adapters.batch_queries import BatchQueries


async def test_the_past_is_kept_and_is_no_work(desk: AiDesk) -> None:
    created = imported(ticket_created("I am furious! Where is my refund?"))
    answer = imported(message_added(created.subject, "It is on its way.", kind="outbound"))
    await desk.handle(created, answer)
    assert await desk.rows("work") == []
    assert len(await desk.rows("conversation_message")) == 2


async def test_a_later_message_is_analyzed_with_the_past_before_it(desk: AiDesk) -> None:
    created = imported(ticket_created("Where is my refund?"))
    later = message_added(created.subject, "It has still not come!")
    await desk.handle(later, created)
    assert await desk.perform_work() == []
    assert types(await desk.outbox())[:2] == ["sentiment.scored", "ticket.triaged"]
    data: Any = (await desk.outbox())[0].data
    assert (data.message_id, data.imported) == (later.data.message_id, False)
    found = await BatchQueries(desk.infrastructure.database).message(later.data.message_id)
    assert found is not None
    assert [turn.body for turn in found.message.earlier] == ["Where is my refund?"]


async def test_analyzed_it_is_scored_and_triaged_at_its_own_time_and_never_answered(
    desk: AiDesk,
) -> None:
    created = imported(ticket_created("I am furious! Where is my refund?"), analyse=True)
    note = imported(message_added(created.subject, "Rude!", kind="note"), analyse=True)
    await desk.handle(created, note)
    assert await desk.perform_work() == []
    events = await desk.outbox()
    assert types(events) == ["sentiment.scored", "ticket.triaged"]
    for event in events:
        data: Any = event.data
        assert (data.imported, data.occurred_at, event.time) == (
            True,
            LONG_AGO,
            desk.infrastructure.clock(),
        )
        assert (event.subject, event.causation_id) == (created.subject, created.id)


async def test_it_is_analyzed_once(desk: AiDesk) -> None:
    created = imported(ticket_created(), analyse=True)
    await desk.handle(created)
    await desk.perform_work()
    await desk.handle(created)
    assert await desk.rows("work") == []
    assert len(await desk.outbox()) == 2


async def test_a_failed_analysis_asks_nobody_to_act(desk: AiDesk) -> None:
    await desk.handle(imported(ticket_created(), analyse=True))
    await desk.give_up(RuntimeError("no model"))
    assert await desk.outbox() == []
    assert await desk.rows("work") == []


async def test_an_erased_message_is_not_analyzed(desk: AiDesk) -> None:
    created = imported(ticket_created(), analyse=True)
    await desk.handle(created._replace(revision=2))
    assert await desk.rows("work") == []
