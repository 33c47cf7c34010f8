import pytest
from ingest_scenarios import (
    ANNA,
    DECIDER,
    FROM_ANNA,
    SHOP,
    START,
    after,
    case_after,
    create,
    created,
)

from deskstream_contracts.events.ticket import TicketCreated, TicketSnapshot
from deskstream_ingest.domain.refusals import TicketExists
from deskstream_runtime.testing.scenario import given


def test_a_first_message_makes_an_open_ticket() -> None:
    written = after(-86_400)
    command = create(
        occurred_at=written, priority="high", tags=("vip",), external=SHOP,
        attributes={"order": "77"}, language="en",
    )  # fmt: skip
    given(DECIDER).when(command).then(
        TicketCreated(
            ticket=TicketSnapshot(
                version=1, status="open", priority="high", channel="rest", customer_id=ANNA.id,
                created_at=START, updated_at=START, tags=("vip",),
            ),
            message_id=command.message_id,
            subject=command.subject,
            body=command.body,
            customer=ANNA,
            actor=FROM_ANNA,
            occurred_at=written,
            language="en",
            external=SHOP,
            attributes={"order": "77"},
        )
    )  # fmt: skip


def test_a_ticket_is_created_once() -> None:
    before = created(external=SHOP)
    given(DECIDER, before).when(create(external=SHOP)).then_nothing()
    given(DECIDER, before).when(create(external=SHOP, body="Else")).then_refused(TicketExists)


@pytest.mark.parametrize(("priority", "settled"), [("urgent", {"priority"}), ("normal", set())])
def test_a_priority_that_was_chosen_is_settled(priority: str, settled: set[str]) -> None:
    ticket = case_after(create(priority=priority)).ticket
    assert ticket is not None
    assert ticket.settled_fields == settled
