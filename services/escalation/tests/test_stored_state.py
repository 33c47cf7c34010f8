"""The document of a ticket, as rows hold it: older and newer processes read each other's rows."""

import json
from pathlib import Path
from typing import Any

from escalation_story import Decider, Story
from escalation_tables import Tables

from deskstream_escalation.adapters import process_repository
from deskstream_escalation.domain.policies import Policies
from deskstream_escalation.domain.ticket_process import TicketProcess
from deskstream_escalation.domain.ticket_state import TicketState

STORED = Path(__file__).with_name("stored_ticket_state.json")
"""The document of `eventful`, with every field that may be in one. Its names never change."""


def eventful(policies: Policies) -> Decider:
    """An imported ticket that woke, with a gap in its versions and a standing escalation."""
    story = Story("stored")
    decider = Decider.of(policies, story)
    decider.decide(*story.brought_in("outbound"), *story.customer_writes())
    decider.decide(story.scored("neutral", 0.0), story.triaged(), story.drafted())
    decider.decide(story.updated(priority="low"), story.answered(), story.resolved())
    decider.decide(*story.customer_writes())
    story.wait(days=10)
    decider.advance_clocks(story.now)
    decider.decide(story.escalation_requested(3), story.rated(2))
    story.answered()
    decider.decide(
        story.message(), story.updated(priority="high"), story.answered(), story.resolved()
    )
    decider.decide(story.reopened(), story.scored("very_negative"))
    return decider


async def test_a_row_from_before_is_read(tables: Tables, policies: Policies) -> None:
    expected = eventful(policies).process.state
    async with tables.infrastructure.database.transaction() as tx:
        sql = "insert into ticket_case (ticket_id, facts) values ($1, $2)"
        await tx.execute(sql, expected.ticket_id, STORED.read_text())
    processes = await tables.processes(expected.ticket_id)
    assert processes[expected.ticket_id].state == expected


async def test_a_row_of_ours_is_as_before(tables: Tables, policies: Policies) -> None:
    process = eventful(policies).process
    ticket_id = process.state.ticket_id
    before = {ticket_id: TicketProcess(TicketState(ticket_id), {})}
    async with tables.infrastructure.database.transaction() as tx:
        await process_repository.load_many(tx, [ticket_id])
        await process_repository.save(tx, before, {ticket_id: process})
        row: Any = await tx.fetchval(
            "select facts from ticket_case where ticket_id = $1", ticket_id
        )
    assert json.loads(row) == json.loads(STORED.read_text())
