"""What is settled: asked for again it is nothing, asked for otherwise it is refused by name."""

import pytest
from ingest_scenarios import (
    AGENT,
    CREATED,
    DECIDER,
    REPLY,
    START,
    after,
    auto_approved,
    case_after,
    closed,
    create,
    drafted,
    escalated,
    happened,
    some_id,
    take,
)

from deskstream_contracts import EventData
from deskstream_contracts.events.ticket import Actor
from deskstream_ingest.domain.aggregate import TicketAggregate
from deskstream_ingest.domain.commands import (
    AddMessage,
    ApproveDraft,
    Command,
    RejectDraft,
    ReopenTicket,
    RequestEscalation,
    ResolveTicket,
    UpdateTicket,
)
from deskstream_ingest.domain.decide import decide
from deskstream_ingest.domain.draft import Draft
from deskstream_ingest.domain.refusals import (
    DraftSettled,
    EscalatedOtherwise,
    OpenOtherwise,
    Refused,
    ResolvedOtherwise,
    TicketClosed,
    TicketResolvedAlready,
)
from deskstream_ingest.domain.ticket import Ticket
from deskstream_runtime.testing.scenario import given

BO = Actor(kind="agent", id="bo")
DRAFT = some_id("draft")
WHEN = after(9)


def resolve(code: str | None = None, note: str | None = None, by: Actor = AGENT) -> ResolveTicket:
    return ResolveTicket(by, WHEN, code, note)


def reopen(reason: str | None = None, note: str | None = None, by: Actor = AGENT) -> ReopenTicket:
    return ReopenTicket(by, WHEN, reason, note)


def escalate(
    level: int | None, reason: str | None = None, note: str | None = None, by: Actor = AGENT
) -> RequestEscalation:
    return RequestEscalation(some_id("request"), by, WHEN, reason, note, level)


def approve(body: str | None = None, by: Actor = AGENT) -> ApproveDraft:
    return ApproveDraft(DRAFT, REPLY, by, WHEN, body)


def reject(
    reason: str | None = None, feedback: str | None = None, by: Actor = AGENT
) -> RejectDraft:
    return RejectDraft(DRAFT, by, WHEN, reason, feedback)


RESOLVED = happened(CREATED, resolve("answered", "Told her."))
REOPENED = happened(*RESOLVED, reopen("mistake", "Not yet."))
ESCALATED = happened(
    CREATED, escalate(2, "angry", "Please look."), take(escalated(level=2)),
)  # fmt: skip
APPROVED = happened(CREATED, drafted(), approve())
EDITED = happened(CREATED, drafted(), approve("Saturday!"))
WENT_ALONE = happened(CREATED, take(drafted()), take(auto_approved()))
REJECTED = happened(CREATED, drafted(), reject("wrong", "It is Monday."))
REJECTED_WITHOUT_A_WORD = happened(CREATED, drafted(), reject())


@pytest.mark.parametrize(
    ("history", "command"),
    [
        (RESOLVED, resolve("answered", "Told her.", by=BO)),
        (RESOLVED, resolve("answered", by=BO)),
        (RESOLVED, resolve(by=BO)),
        (REOPENED, reopen("mistake", "Not yet.", by=BO)),
        (REOPENED, reopen(by=BO)),
        ([CREATED], reopen()),
        (ESCALATED, escalate(2, "angry", "Please look.", by=BO)),
        (ESCALATED, escalate(2, by=BO)),
        (APPROVED, approve(by=BO)),
        (APPROVED, approve("It will come on Friday.", by=BO)),
        (EDITED, approve("Saturday!", by=BO)),
        (WENT_ALONE, approve(by=BO)),
        (WENT_ALONE, approve("It will come on Friday.", by=BO)),
        (REJECTED, reject("wrong", "It is Monday.", by=BO)),
        (REJECTED, reject(by=BO)),
        (REJECTED_WITHOUT_A_WORD, reject("requested", by=BO)),
        ([*APPROVED, closed()], approve(by=BO)),
        ([*REJECTED, closed()], reject(by=BO)),
        ([CREATED, closed()], UpdateTicket({"tags": ()}, BO, WHEN)),
    ],
)  # fmt: skip
def test_what_is_so_already_is_nothing_whoever_asks(
    history: list[EventData], command: Command
) -> None:
    given(DECIDER, *history).when(command).then_nothing()


@pytest.mark.parametrize(
    ("history", "command", "error", "fields", "who"),
    [
        (RESOLVED, resolve("spam"), ResolvedOtherwise, ("code",), "console"),
        (RESOLVED, resolve("spam", "Other."), ResolvedOtherwise, ("code", "note"), "console"),
        (happened(CREATED, resolve()), resolve("spam"), ResolvedOtherwise, ("code",), "console"),
        (RESOLVED, UpdateTicket({"status": "open"}, BO, WHEN), TicketResolvedAlready, (),
         "console"),
        (RESOLVED, escalate(1), TicketResolvedAlready, (), "console"),
        (REOPENED, reopen("regression"), OpenOtherwise, ("reason",), "console"),
        (REOPENED, reopen("mistake", "Else."), OpenOtherwise, ("note",), "console"),
        ([CREATED], reopen("mistake"), OpenOtherwise, ("reason",), START.isoformat()),
        (ESCALATED, escalate(1), EscalatedOtherwise, ("level",), "escalation"),
        (ESCALATED, escalate(2, "legal"), EscalatedOtherwise, ("reason",), "escalation"),
        (ESCALATED, escalate(2, "angry", "Now!"), EscalatedOtherwise, ("note",), "escalation"),
        (happened(CREATED, take(escalated(level=3))), escalate(3, "angry"), EscalatedOtherwise,
         ("reason",), "escalation"),
        (APPROVED, approve("Saturday!"), DraftSettled, ("body",), "console"),
        (EDITED, approve(), DraftSettled, ("body",), "console"),
        (EDITED, approve("It will come on Friday."), DraftSettled, ("body",), "console"),
        (WENT_ALONE, approve("Saturday!"), DraftSettled, ("body",), "sure_enough"),
        (WENT_ALONE, reject("wrong"), DraftSettled, (), "sure_enough"),
        (APPROVED, reject(), DraftSettled, (), "console"),
        (REJECTED, approve(), DraftSettled, (), "console"),
        (REJECTED, reject("rude"), DraftSettled, ("reason",), "console"),
        (REJECTED, reject("wrong", "Rude."), DraftSettled, ("feedback",), "console"),
        (REJECTED_WITHOUT_A_WORD, reject("wrong"), DraftSettled, ("reason",), "console"),
        ([CREATED, closed()], resolve(), TicketClosed, (), "console"),
        ([CREATED, closed()], reopen(), TicketClosed, (), "console"),
        ([CREATED, closed()], escalate(1), TicketClosed, (), "console"),
        ([CREATED, closed()], UpdateTicket({"status": "open"}, BO, WHEN), TicketClosed, (),
         "console"),
        ([CREATED, closed()],
         AddMessage(some_id("m"), "note", "Hm.", BO, WHEN, WHEN), TicketClosed, (), "console"),
        ([*APPROVED, closed()], approve("Saturday!"), DraftSettled, ("body",), "console"),
    ],
)  # fmt: skip
def test_what_is_settled_otherwise_is_refused_with_what_is_so(
    history: list[EventData],
    command: Command,
    error: type[Refused],
    fields: tuple[str, ...],
    who: str,
) -> None:
    refused = given(DECIDER, *history).when(command).then_refused(error)
    assert isinstance(refused, Refused)
    assert refused.fields == fields
    assert who in str(refused)
    assert any(time.isoformat() in str(refused) for time in (START, after(5), WHEN))
    for secret in ("Told her", "Not yet", "Monday", "Friday", "Saturday", "Please look"):
        assert secret not in str(refused)


def test_a_settled_ticket_is_told_who_settled_it_when_a_customer_did() -> None:
    wrote = AddMessage(some_id("m"), "inbound", "Still broken!", AGENT, WHEN, WHEN)
    history = happened(*RESOLVED, wrote)
    error = given(DECIDER, *history).when(reopen("mistake")).then_refused(OpenOtherwise)
    assert f"by customer {CREATED.customer.id}" in str(error)
    assert "(customer_wrote)" in str(error)


def test_a_resolution_after_a_reopening_is_a_new_one() -> None:
    history = happened(*REOPENED, resolve("answered", "Told her again.", by=BO))
    given(DECIDER, *history).when(resolve("answered", "Told her again.")).then_nothing()
    error = given(DECIDER, *history).when(resolve(note="Told her.")).then_refused(ResolvedOtherwise)
    assert "agent bo" in str(error)


def stored_before(history: list[EventData]) -> TicketAggregate:
    """As it was stored before decisions were kept."""
    aggregate = case_after(*history)
    assert aggregate.ticket is not None
    kept = {"content", "settled", "escalated", "asked_escalation"}
    old = aggregate.ticket.model_dump_json(exclude=kept)
    drafts = {
        id_: Draft.model_validate_json(draft.model_dump_json(exclude={"decision", "edited"}))
        for id_, draft in aggregate.drafts.items()
    }
    return TicketAggregate(aggregate.ticket_id, Ticket.model_validate_json(old), drafts)


@pytest.mark.parametrize(
    ("history", "same", "other"),
    [
        (RESOLVED, resolve(), resolve("answered")),
        (REOPENED, reopen(), reopen("mistake")),
        (ESCALATED, escalate(2), escalate(2, "angry")),
        (APPROVED, approve(), approve("It will come on Friday.")),
        (REJECTED, reject(), reject("wrong")),
    ],
)
def test_of_a_decision_that_was_not_kept_nothing_is_taken_for_granted(
    history: list[EventData], same: Command, other: Command
) -> None:
    aggregate = stored_before(history)
    assert decide(aggregate, same) == ()
    with pytest.raises(Refused, match=r"Draft|Ticket"):
        decide(aggregate, other)


def settled_by(*steps: EventData | Command) -> Actor | None:
    ticket = case_after(*steps).ticket
    assert ticket is not None
    return None if ticket.settled is None else ticket.settled.by


def test_closing_settles_a_ticket_and_no_other_update_does() -> None:
    edited = UpdateTicket({"priority": "high"}, BO, WHEN)
    assert settled_by(create(), edited) is None
    assert settled_by(create(), closed()) == AGENT
    again = closed().model_copy(update={"actor": BO})
    assert settled_by(create(), closed(), again) == AGENT
