import pytest
from ingest_scenarios import AGENT, CREATED, DECIDER, after, case_after, closed, happened

from deskstream_contracts import EventData
from deskstream_contracts.events.ticket import FieldChange, TicketUpdated
from deskstream_ingest.domain.commands import ResolveTicket, TicketChanges, UpdateTicket
from deskstream_ingest.domain.refusals import TicketClosed, TicketResolvedAlready, TicketUnknown
from deskstream_runtime.testing.scenario import given

RESOLVED = happened(CREATED, ResolveTicket(AGENT, after(5)))


def update(**changes: object) -> UpdateTicket:
    return UpdateTicket(TicketChanges(**changes), AGENT, after(9))  # type: ignore[typeddict-item]


def test_fields_change_together_in_one_event() -> None:
    command = update(
        subject="Late", status="on_hold", priority="low", queue="billing", assignee_id="ida",
        tags=("late", "vip"),
    )  # fmt: skip
    snapshot = CREATED.ticket.model_copy(
        update={
            "version": 2, "updated_at": after(9), "status": "on_hold", "priority": "low",
            "queue": "billing", "assignee_id": "ida", "tags": ("late", "vip"),
        }
    )  # fmt: skip
    given(DECIDER, CREATED).when(command).then(
        TicketUpdated(
            ticket=snapshot,
            actor=AGENT,
            changes=(
                FieldChange(field="status", old="open", new="on_hold"),
                FieldChange(field="priority", old="normal", new="low"),
                FieldChange(field="queue", new="billing"),
                FieldChange(field="assignee_id", new="ida"),
                FieldChange(field="tags", old="", new="late, vip"),
                FieldChange(field="subject", old="Where is my order?", new="Late"),
            ),
            reason="edited",
            occurred_at=after(9),
            subject="Late",
        )
    )


def test_what_is_changed_by_hand_is_settled() -> None:
    ticket = case_after(CREATED, update(queue="billing", assignee_id="ida", subject="Late")).ticket
    assert ticket is not None
    assert ticket.settled_fields == {"queue"}
    assert ticket.subject == "Late"


def test_a_queue_can_be_cleared() -> None:
    ticket = case_after(CREATED, update(queue="billing"), update(queue=None)).ticket
    assert ticket is not None
    assert ticket.snapshot.queue is None


def test_only_what_differs_is_told() -> None:
    event = happened(CREATED, update(queue="billing", priority="normal"))[-1]
    assert isinstance(event, TicketUpdated)
    assert [change.field for change in event.changes] == ["queue"]


def test_nothing_happens_when_all_is_so_already() -> None:
    same = update(status="open", priority="normal", queue=None, tags=(), subject=CREATED.subject)
    given(DECIDER, CREATED).when(same).then_nothing()


def test_the_status_of_a_resolved_ticket_is_not_changed_in_passing() -> None:
    given(DECIDER, *RESOLVED).when(update(status="open")).then_refused(TicketResolvedAlready)


def test_other_fields_of_a_resolved_ticket_can_change() -> None:
    ticket = case_after(*RESOLVED, update(tags=("late",))).ticket
    assert ticket is not None
    assert (ticket.snapshot.tags, ticket.snapshot.status) == (("late",), "resolved")


@pytest.mark.parametrize(
    ("history", "error"), [([], TicketUnknown), ([CREATED, closed()], TicketClosed)]
)
def test_a_ticket_must_be_there(history: list[EventData], error: type[Exception]) -> None:
    given(DECIDER, *history).when(update(priority="low")).then_refused(error)


def test_a_long_list_of_tags_is_cut_in_the_change_and_whole_in_the_head() -> None:
    tags = tuple(f"a-rather-long-tag-number-{number}" for number in range(50))
    event = happened(CREATED, update(tags=tags))[-1]
    assert isinstance(event, TicketUpdated)
    assert event.ticket.tags == tags
    assert event.changes[0].new is not None
    assert len(event.changes[0].new) == 500
