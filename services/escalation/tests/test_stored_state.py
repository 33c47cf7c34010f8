"""The document of a ticket, as rows hold it: older and newer processes read each other's rows."""

import json
from pathlib import Path
from typing import Any

from escalation_story import Desk, Story
from escalation_tables import Tables

from deskstream_escalation.adapters import process_repository
from deskstream_escalation.domain.decide import Guidance, TicketState
from deskstream_escalation.domain.ticket_state import Case

STORED = Path(__file__).with_name("stored_ticket_state.json")
"""The document of `eventful`, with every field that may be in one. Its names never change."""


def eventful(guidance: Guidance) -> Desk:
    """An imported ticket that woke, with a gap in its versions and a standing escalation."""
    story = Story("stored")
    desk = Desk.of(guidance, story)
    desk.take(*story.brought_in("outbound"), *story.customer_writes())
    desk.take(story.scored("neutral", 0.0), story.triaged(), story.drafted())
    desk.take(story.updated(priority="low"), story.answered(), story.resolved())
    desk.take(*story.customer_writes())
    story.wait(days=10)
    desk.pass_time(story.now)
    desk.take(story.escalation_requested(3), story.rated(2))
    story.answered()
    desk.take(story.message(), story.updated(priority="high"), story.answered(), story.resolved())
    desk.take(story.reopened(), story.scored("very_negative"))
    return desk


async def test_a_row_from_before_is_read(tables: Tables, guidance: Guidance) -> None:
    expected = eventful(guidance).state.case
    async with tables.infrastructure.database.transaction() as tx:
        sql = "insert into ticket_case (ticket_id, facts) values ($1, $2)"
        await tx.execute(sql, expected.ticket_id, STORED.read_text())
    states = await tables.states(expected.ticket_id)
    assert states[expected.ticket_id].case == expected


async def test_a_row_of_ours_is_as_before(tables: Tables, guidance: Guidance) -> None:
    state = eventful(guidance).state
    ticket_id = state.case.ticket_id
    before = {ticket_id: TicketState(Case(ticket_id), {})}
    async with tables.infrastructure.database.transaction() as tx:
        await process_repository.lock(tx, [ticket_id])
        await process_repository.store(tx, before, {ticket_id: state})
        row: Any = await tx.fetchval(
            "select facts from ticket_case where ticket_id = $1", ticket_id
        )
    assert json.loads(row) == json.loads(STORED.read_text())
