"""An imported past is kept to answer from, and is no work unless someone asks that it be."""

from datetime import datetime
from typing import Any

from ai_desk import AiDesk, kinds, message_added, ticket_created

from deskstream_ai.adapters.batch_queries import BatchQueries
from deskstream_contracts import Event

LONG_AGO = datetime.fromisoformat("2019-05-01T10:00:00Z")


def of_the_past(event: Event[Any], *, analyse: bool = False) -> Event[Any]:
    past = {"imported": True, "analyse": analyse, "occurred_at": LONG_AGO}
    return event._replace(data=event.data.model_copy(update=past))


async def test_the_past_is_kept_and_is_no_work(desk: AiDesk) -> None:
    created = of_the_past(ticket_created("I am furious! Where is my refund?"))
    answer = of_the_past(message_added(created.subject, "It is on its way.", kind="outbound"))
    await desk.take(created, answer)
    assert await desk.rows("work") == []
    assert len(await desk.rows("conversation_message")) == 2


async def test_a_later_message_is_understood_with_the_past_before_it(desk: AiDesk) -> None:
    created = of_the_past(ticket_created("Where is my refund?"))
    later = message_added(created.subject, "It has still not come!")
    await desk.take(later, created)
    assert await desk.do_work() == []
    assert kinds(await desk.told())[:2] == ["sentiment.scored", "ticket.triaged"]
    data: Any = (await desk.told())[0].data
    assert (data.message_id, data.imported) == (later.data.message_id, False)
    found = await BatchQueries(desk.infrastructure.database).message(later.data.message_id)
    assert found is not None
    assert [turn.body for turn in found.message.earlier] == ["Where is my refund?"]


async def test_analysed_it_is_scored_and_triaged_at_its_own_time_and_never_answered(
    desk: AiDesk,
) -> None:
    created = of_the_past(ticket_created("I am furious! Where is my refund?"), analyse=True)
    note = of_the_past(message_added(created.subject, "Rude!", kind="note"), analyse=True)
    await desk.take(created, note)
    assert await desk.do_work() == []
    told = await desk.told()
    assert kinds(told) == ["sentiment.scored", "ticket.triaged"]
    for event in told:
        data: Any = event.data
        assert (data.imported, data.occurred_at, event.time) == (
            True,
            LONG_AGO,
            desk.infrastructure.clock(),
        )
        assert (event.subject, event.causation_id) == (created.subject, created.id)


async def test_it_is_analysed_once(desk: AiDesk) -> None:
    created = of_the_past(ticket_created(), analyse=True)
    await desk.take(created)
    await desk.do_work()
    await desk.take(created)
    assert await desk.rows("work") == []
    assert len(await desk.told()) == 2


async def test_what_cannot_be_analysed_asks_nobody_to_act(desk: AiDesk) -> None:
    await desk.take(of_the_past(ticket_created(), analyse=True))
    await desk.give_up(RuntimeError("no model"))
    assert await desk.told() == []
    assert await desk.rows("work") == []


async def test_an_erased_message_is_not_analysed(desk: AiDesk) -> None:
    created = of_the_past(ticket_created(), analyse=True)
    await desk.take(created._replace(revision=2))
    assert await desk.rows("work") == []
