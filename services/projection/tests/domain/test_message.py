"""A message: its content, its sentiment, its delivery."""

from itertools import permutations
from typing import Any

import pytest
from histories import STEPS
from registers import register_of, row_of
from ticket_history import AGENT, TicketHistory, as_imported

from deskstream_contracts import Event
from deskstream_contracts.events.delivery import DeliveryUpdated
from deskstream_contracts.events.reply import ReplyUndeliverable
from deskstream_contracts.events.ticket import Attachment
from deskstream_projection.domain.read_models.message import (
    MESSAGE,
    MessageContent,
    MessageDelivery,
    MessageSentiment,
)
from deskstream_projection.domain.read_models.ticket import TICKET
from deskstream_projection.domain.read_models.ticket_signals import Delivery


def step(ticket: TicketHistory, name: str) -> Event[Any]:
    STEPS[name](ticket)
    return ticket.events[-1]


def content_of(ticket: TicketHistory, *events: Event[Any]) -> MessageContent:
    return register_of(MESSAGE, ticket.message_id, MessageContent, *events)


def test_a_ticket_begins_with_a_message_of_its_customer() -> None:
    ticket = TicketHistory(1, channel="sms", body="Where is it?")
    (created,) = ticket.events
    assert content_of(ticket, created) == MessageContent(
        kind="inbound", body=created.data.body, actor_kind="customer", actor_id=None,
        channel="sms", occurred_at=created.data.occurred_at, language="en", in_reply_to=None,
        draft_id=None, attachments=content_of(ticket, created).attachments, imported=False,
        version=1,
    )  # fmt: skip
    assert content_of(ticket, created).attachments == "[]"


def test_a_later_message_has_its_own_kind_and_what_it_answers() -> None:
    ticket = TicketHistory(1, channel="sms")
    first = ticket.message_id
    event = ticket.message("outbound", "Tomorrow.")
    answer = {"in_reply_to": first, "draft_id": ticket.draft_id, "channel": "email"}
    added = event._replace(data=event.data.model_copy(update=answer))
    content = content_of(ticket, added)
    assert (content.kind, content.body, content.channel) == ("outbound", "Tomorrow.", "email")
    assert (content.in_reply_to, content.draft_id) == (first, ticket.draft_id)
    assert (content.actor_kind, content.actor_id) == (AGENT.kind, AGENT.id)
    assert content.version == 2


def test_attachments_and_the_past_are_kept() -> None:
    ticket = TicketHistory(1)
    (past,) = as_imported(ticket.events, ticket.now)
    attachment = Attachment(
        id=ticket.id("file"), name="card.png", media_type="image/png", size_bytes=7, sha256="0" * 64
    )
    event = past._replace(data=past.data.model_copy(update={"attachments": (attachment,)}))
    content = content_of(ticket, event)
    assert '"card.png"' in content.attachments
    assert content.imported


def test_a_message_sounds_as_it_was_scored_last() -> None:
    ticket = TicketHistory(1)
    scores = ticket.score("negative", -0.5), ticket.score("positive", 0.5)
    for pair in permutations(scores):
        found = register_of(MESSAGE, ticket.message_id, MessageSentiment, *pair)
        assert found == ("positive", 0.5)


def undeliverable(ticket: TicketHistory) -> Event[Any]:
    return ticket.add(
        ReplyUndeliverable(
            message_id=ticket.message_id,
            notification_id=ticket.id("notification"),
            channel="email",
            reason="no_address",
            attempts=0,
            occurred_at=ticket.now,
        )
    )


@pytest.mark.parametrize(
    ("report", "status"), [("deliver", "delivered"), ("report", "read"), ("fail", "undeliverable")]
)
def test_a_report_on_a_delivery_is_shown_at_the_message_and_the_ticket(
    report: str, status: str
) -> None:
    ticket = TicketHistory(1)
    at = ticket.now
    event = undeliverable(ticket) if report == "fail" else step(ticket, report)
    assert register_of(MESSAGE, ticket.message_id, MessageDelivery, event) == (status, at)
    shown = register_of(TICKET, ticket.ticket_id, Delivery, event)
    assert shown == (ticket.message_id, status, at)


def test_the_newest_report_on_a_delivery_stands() -> None:
    ticket = TicketHistory(1)
    reports = step(ticket, "deliver"), step(ticket, "report")
    for pair in permutations(reports):
        found = register_of(MESSAGE, ticket.message_id, MessageDelivery, *pair)
        assert found.delivery_status == "read"
        assert register_of(TICKET, ticket.ticket_id, Delivery, *pair).delivery_status == "read"


def test_a_providers_report_on_no_message_of_ours_changes_nothing() -> None:
    ticket = TicketHistory(1)
    event = step(ticket, "report")
    assert isinstance(event.data, DeliveryUpdated)
    foreign = event._replace(data=event.data.model_copy(update={"message_id": None}))
    assert row_of(MESSAGE, ticket.message_id, foreign) == {}
    assert Delivery not in row_of(TICKET, ticket.ticket_id, foreign)
