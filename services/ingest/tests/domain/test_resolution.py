import pytest
from ingest_scenarios import (
    AGENT,
    CREATED,
    DECIDER,
    after,
    closed,
    escalated,
    happened,
    head_after,
    take,
)

from deskstream_contracts.events.ticket import TicketReopened, TicketResolved
from deskstream_ingest.domain.commands import ReopenTicket, ResolveTicket
from deskstream_ingest.domain.refusals import TicketClosed, TicketUnknown
from deskstream_runtime.testing.scenario import given

RESOLVE = ResolveTicket(AGENT, after(60), code="answered", note="Told her.")
REOPEN = ReopenTicket(AGENT, after(90), reason="mistake", note="Not yet.")


def test_a_ticket_is_resolved() -> None:
    snapshot = CREATED.ticket.model_copy(
        update={
            "version": 2, "status": "resolved", "updated_at": after(60), "resolved_at": after(60),
        }
    )  # fmt: skip
    given(DECIDER, CREATED).when(RESOLVE).then(
        TicketResolved(
            ticket=snapshot, actor=AGENT, occurred_at=after(60), elapsed_s=60.0, code="answered",
            note="Told her.",
        )
    )  # fmt: skip


def test_resolving_ends_the_escalation() -> None:
    assert head_after(CREATED, take(escalated(level=2))).escalation_level == 2
    assert head_after(CREATED, take(escalated(level=2)), RESOLVE).escalation_level == 0


def test_a_clock_that_runs_behind_makes_no_negative_duration() -> None:
    event = happened(CREATED, ResolveTicket(AGENT, after(-1)))[-1]
    assert isinstance(event, TicketResolved)
    assert event.elapsed_s == 0


def test_resolving_twice_is_nothing() -> None:
    given(DECIDER, *happened(CREATED, RESOLVE)).when(RESOLVE).then_nothing()


def test_a_resolved_ticket_is_reopened() -> None:
    snapshot = CREATED.ticket.model_copy(
        update={"version": 3, "status": "open", "updated_at": after(90), "reopen_count": 1}
    )
    given(DECIDER, *happened(CREATED, RESOLVE)).when(REOPEN).then(
        TicketReopened(
            ticket=snapshot, actor=AGENT, occurred_at=after(90), reason="mistake", note="Not yet."
        )
    )


def test_reopening_what_is_not_resolved_is_nothing() -> None:
    given(DECIDER, CREATED).when(ReopenTicket(AGENT, after(90))).then_nothing()


@pytest.mark.parametrize("command", [RESOLVE, REOPEN])
def test_a_closed_ticket_stays_closed(command: ResolveTicket | ReopenTicket) -> None:
    given(DECIDER, CREATED, closed()).when(command).then_refused(TicketClosed)


@pytest.mark.parametrize("command", [RESOLVE, REOPEN])
def test_there_must_be_a_ticket(command: ResolveTicket | ReopenTicket) -> None:
    given(DECIDER).when(command).then_refused(TicketUnknown)
