from typing import Any

import pytest
from ingest_scenarios import (
    AGENT,
    ANNA,
    CREATED,
    DECIDER,
    FIRST_MESSAGE,
    FROM_ANNA,
    SHOP,
    after,
    case_after,
    closed,
    created,
    happened,
    head_after,
    some_id,
)

from deskstream_contracts.events.reply import ReplyApproved
from deskstream_contracts.events.ticket import TicketMessageAdded, TicketReopened
from deskstream_ingest.domain.commands import AddMessage, ResolveTicket, TicketChanges, UpdateTicket
from deskstream_ingest.domain.refusals import TicketClosed, TicketUnknown
from deskstream_runtime.testing.scenario import given

RESOLVE = ResolveTicket(AGENT, after(5))


def message(kind: Any, at_s: float = 9, name: str = "message", **fields: Any) -> AddMessage:
    return AddMessage(
        message_id=some_id(name),
        kind=kind,
        body="Any news?",
        actor=AGENT,
        occurred_at=after(at_s - 1),
        at=after(at_s),
        **fields,
    )


def status(value: str) -> UpdateTicket:
    return UpdateTicket(TicketChanges(status=value), AGENT, after(4))  # type: ignore[typeddict-item]


@pytest.mark.parametrize("before", ["open", "pending", "on_hold"])
def test_when_the_customer_writes_the_ticket_is_open(before: str) -> None:
    history = happened(CREATED, status(before))
    snapshot = head_after(*history)
    given(DECIDER, *history).when(message("inbound", channel="email", language="de")).then(
        TicketMessageAdded(
            ticket=snapshot.model_copy(
                update={
                    "version": snapshot.version + 1, "status": "open", "updated_at": after(9),
                    "message_count": 2,
                }
            ),
            message_id=some_id("message"),
            kind="inbound",
            actor=FROM_ANNA,
            body="Any news?",
            channel="email",
            occurred_at=after(8),
            language="de",
        )
    )  # fmt: skip


def test_when_the_customer_writes_again_a_resolved_ticket_is_reopened() -> None:
    history = happened(CREATED, RESOLVE)
    reopened, added = happened(*history, message("inbound"))[len(history) :]
    assert isinstance(reopened, TicketReopened)
    assert isinstance(added, TicketMessageAdded)
    assert (reopened.reason, reopened.actor) == ("customer_wrote", FROM_ANNA)
    assert (reopened.ticket.version, added.ticket.version) == (3, 4)
    assert (added.ticket.status, added.ticket.resolved_at) == ("open", None)
    assert (added.ticket.reopen_count, added.ticket.message_count) == (1, 2)


def test_an_answer_is_sent_and_the_customer_is_next() -> None:
    history = [created(external=SHOP, language="en")]
    approved, added = happened(*history, message("outbound"))[1:]
    snapshot = history[0].ticket.model_copy(
        update={
            "version": 2, "status": "pending", "updated_at": after(9), "message_count": 2,
            "first_response_at": after(9),
        }
    )  # fmt: skip
    assert approved == ReplyApproved(
        message_id=some_id("message"), subject="Where is my order?", body="Any news?",
        customer=ANNA, channel="rest", actor=AGENT, occurred_at=after(9), language="en",
        in_reply_to=FIRST_MESSAGE, external=SHOP,
    )  # fmt: skip
    assert added == TicketMessageAdded(
        ticket=snapshot, message_id=some_id("message"), kind="outbound", actor=AGENT,
        body="Any news?", channel="rest", occurred_at=after(9), language="en",
        in_reply_to=FIRST_MESSAGE,
    )  # fmt: skip


def test_only_the_first_answer_is_the_first_response() -> None:
    snapshot = head_after(CREATED, message("outbound", 9), message("outbound", 30, "second"))
    assert snapshot.first_response_at == after(9)


def test_an_answer_names_the_customers_last_message() -> None:
    history = happened(CREATED, message("inbound", 9, "second"), message("outbound", 10, "third"))
    assert isinstance(history[-1], TicketMessageAdded)
    assert history[-1].in_reply_to == some_id("second")


def test_an_answer_leaves_a_resolved_ticket_resolved() -> None:
    assert head_after(CREATED, RESOLVE, message("outbound")).status == "resolved"


@pytest.mark.parametrize("before", ["open", "pending", "on_hold"])
def test_a_note_changes_neither_status_nor_response(before: str) -> None:
    snapshot = head_after(CREATED, status(before), message("note"))
    assert (snapshot.status, snapshot.first_response_at) == (before, None)
    assert snapshot.message_count == 2


def test_a_note_does_not_reopen() -> None:
    history = happened(CREATED, RESOLVE)
    (added,) = happened(*history, message("note"))[len(history) :]
    assert isinstance(added, TicketMessageAdded)
    assert (added.ticket.status, added.actor) == ("resolved", AGENT)


@pytest.mark.parametrize("kind", ["inbound", "outbound", "note"])
def test_a_closed_ticket_takes_no_message(kind: str) -> None:
    given(DECIDER, CREATED, closed()).when(message(kind)).then_refused(TicketClosed)


@pytest.mark.parametrize("kind", ["inbound", "outbound", "note"])
def test_a_message_needs_its_ticket(kind: str) -> None:
    given(DECIDER).when(message(kind)).then_refused(TicketUnknown)


def test_time_does_not_go_back() -> None:
    assert head_after(CREATED, message("note", 9), message("note", 3)).updated_at == after(9)


def test_what_was_said_stays_with_the_case() -> None:
    ticket = case_after(CREATED, message("inbound", 9, "second"), message("note", 10)).ticket
    assert ticket is not None
    assert ticket.last_inbound_id == some_id("second")
