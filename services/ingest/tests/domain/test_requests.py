import pytest
from ingest_scenarios import (
    AGENT,
    CREATED,
    DECIDER,
    FIRST_MESSAGE,
    after,
    closed,
    escalated,
    happened,
    head_after,
    some_id,
    take,
)

from deskstream_contracts import EventData
from deskstream_contracts.events.escalation import EscalationRequested
from deskstream_contracts.events.reply import ReplyRequested
from deskstream_ingest.domain.commands import RequestEscalation, RequestReply, ResolveTicket
from deskstream_ingest.domain.refusals import TicketClosed, TicketResolvedAlready
from deskstream_runtime.testing.scenario import given

ESCALATE = RequestEscalation(some_id("request"), AGENT, after(9), "angry", "Please look.", 2)
ASK = RequestReply(some_id("request"), AGENT, after(9), "Be brief.", "friendly", "en")
RESOLVED = happened(CREATED, ResolveTicket(AGENT, after(5)))


def test_an_escalation_is_asked_for() -> None:
    given(DECIDER, CREATED).when(ESCALATE).then(
        EscalationRequested(
            request_id=some_id("request"), actor=AGENT, occurred_at=after(9), reason="angry",
            note="Please look.", level=2,
        )
    )  # fmt: skip


@pytest.mark.parametrize(
    ("history", "error"),
    [(RESOLVED, TicketResolvedAlready), ([CREATED, closed()], TicketClosed)],
)
def test_what_is_over_is_not_escalated(history: list[EventData], error: type[Exception]) -> None:
    given(DECIDER, *history).when(ESCALATE).then_refused(error)


def test_a_level_that_is_reached_is_not_asked_for() -> None:
    history = happened(CREATED, ESCALATE, take(escalated(level=2)))
    given(DECIDER, *history).when(ESCALATE).then_nothing()


def test_a_draft_is_asked_for_and_changes_nothing_else() -> None:
    given(DECIDER, CREATED).when(ASK).then(
        ReplyRequested(
            request_id=some_id("request"), actor=AGENT, occurred_at=after(9),
            message_id=FIRST_MESSAGE, instructions="Be brief.", tone="friendly", language="en",
        )
    )  # fmt: skip
    assert head_after(CREATED, ASK) == CREATED.ticket


def test_no_draft_for_a_closed_ticket() -> None:
    given(DECIDER, CREATED, closed()).when(ASK).then_refused(TicketClosed)
