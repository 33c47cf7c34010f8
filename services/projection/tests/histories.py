"""Whole histories of tickets from few choices, and the ways consumers may get them."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any
from uuid import uuid5

from hypothesis import strategies as st
from ticket_history import SPACE, TicketHistory

from deskstream_contracts import Event
from deskstream_contracts.events.article import ArticlePublished, ArticleWithdrawn
from deskstream_contracts.events.csat import CsatReceived
from deskstream_contracts.events.customer import CustomerEnriched, Money
from deskstream_contracts.events.delivery import DeliveryUpdated
from deskstream_contracts.events.escalation import Deescalated
from deskstream_contracts.events.reply import ReplyDelivered, ReplyDraftFailed

ARTICLE_ID = uuid5(SPACE, "article")

STEPS: dict[str, Callable[[TicketHistory], object]] = {
    "update": lambda t: t.update(priority="high" if t.priority == "normal" else "normal"),
    "subject": lambda t: t.update(subject=f"Subject {len(t.events)}"),
    "inbound": lambda t: t.message("inbound"),
    "outbound": lambda t: t.message("outbound"),
    "resolve": TicketHistory.resolve,
    "reopen": TicketHistory.reopen,
    "score": lambda t: t.score(score=(len(t.events) * 37 % 200 - 100) / 100),
    "triage": TicketHistory.triage,
    "draft": TicketHistory.draft,
    "approve": TicketHistory.approve,
    "reject": TicketHistory.reject,
    "escalate": TicketHistory.escalate,
    "sla_start": lambda t: t.clock("start"),
    "sla_breach": lambda t: t.clock("breach"),
    "sla_met": lambda t: t.clock("met"),
    "draft_failed": lambda t: t.add(
        ReplyDraftFailed(
            message_id=t.message_id, reason="no_knowledge", attempts=1, occurred_at=t.now
        )
    ),
    "deliver": lambda t: t.add(
        ReplyDelivered(
            message_id=t.message_id,
            notification_id=t.id("notification"),
            channel="email",
            provider="smtp",
            delivered_at=t.now,
        )
    ),
    "report": lambda t: t.add(
        DeliveryUpdated(
            provider="smtp",
            provider_message_id="1",
            status="read",
            occurred_at=t.now,
            message_id=t.message_id,
        )
    ),
    "deescalate": lambda t: t.add(
        Deescalated(escalation_id=t.id("escalation"), reason="resolved", occurred_at=t.now)
    ),
    "rate": lambda t: t.add(
        CsatReceived(survey_id=t.id("survey"), score=4, channel="email", occurred_at=t.now)
    ),
    "enrich": lambda t: t.add(
        CustomerEnriched(
            customer_id=t.customer.id,
            provider="shop",
            observed_at=t.now,
            name="Maya L.",
            total_spent=Money(amount_minor=1999, currency="EUR"),
        ),
        t.customer.id,
    ),
    "publish": lambda t: t.add(
        ArticlePublished(
            article_id=ARTICLE_ID,
            version=len(t.events),
            title="Cards",
            body="They take a week.",
            sha256="0" * 64,
            published_at=t.now,
        ),
        ARTICLE_ID,
    ),
    "withdraw": lambda t: t.add(
        ArticleWithdrawn(article_id=ARTICLE_ID, version=len(t.events), withdrawn_at=t.now),
        ARTICLE_ID,
    ),
    "erase": TicketHistory.erase,
}
"""What may happen to a ticket. Whatever it is done to: consumers must cope with any order."""


def history_of(number: int, steps: Sequence[str]) -> list[Event[Any]]:
    """The events of a ticket that went through these steps."""
    ticket = TicketHistory(number)
    for name in steps:
        STEPS[name](ticket)
    return ticket.events


@st.composite
def histories(draw: st.DrawFn) -> list[Event[Any]]:
    """The events of one to three tickets, in the order they were written."""
    tickets = draw(
        st.lists(st.lists(st.sampled_from(list(STEPS)), max_size=8), min_size=1, max_size=3)
    )
    return [event for number, steps in enumerate(tickets) for event in history_of(number, steps)]


@st.composite
def deliveries(draw: st.DrawFn, events: list[Event[Any]]) -> list[list[Event[Any]]]:
    """The same events as consumers may get them: any order, some twice, in batches of any size."""
    twice = draw(st.lists(st.sampled_from(events), max_size=6))
    order = draw(st.permutations([*events, *twice]))
    cuts = sorted(draw(st.lists(st.integers(0, len(order)), max_size=4)))
    bounds = [0, *cuts, len(order)]
    return [order[start:end] for start, end in pairwise(bounds)]
