"""Events of whole ticket lives, in the mix the services write, to measure the projector on."""

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from bench.tickets import texts
from deskstream_contracts import Event, EventData
from deskstream_contracts.events.escalation import Escalated, RuleHit
from deskstream_contracts.events.model_run import ModelRun, Source
from deskstream_contracts.events.notification import NotificationSent
from deskstream_contracts.events.reply import (
    ReplyApproved,
    ReplyAutoApproved,
    ReplyDelivered,
    ReplyDrafted,
)
from deskstream_contracts.events.sentiment import SentimentScored
from deskstream_contracts.events.sla import RunningClock, SlaMet, SlaStarted
from deskstream_contracts.events.ticket import (
    Actor,
    Customer,
    FieldChange,
    TicketCreated,
    TicketMessageAdded,
    TicketResolved,
    TicketSnapshot,
    TicketTriaged,
    TicketUpdated,
)

_START = datetime(2026, 3, 2, 8, tzinfo=UTC)
_BEGINS_EVERY_S = 3
_INTENTS = ("card_arrival", "refund", "login", "transfer", "exchange_rate", "top_up")
_MODEL = ModelRun(provider="local", name="vader", version="3.3.2", latency_ms=1.2)
_CUSTOMER = Actor(kind="customer")
_SYSTEM = Actor(kind="system")
_ESCALATED_SHARE = 0.1
_APPROVED_SHARE = 0.5
_SHA256 = "0" * 64


def stories(tickets: int, seed: int, first: int = 0) -> list[Event[Any]]:
    """The events of this many tickets, mixed as they would come with many under way at once.

    Half of the tickets are answered and resolved, one in ten is escalated. They are numbered from
    `first` on: a long log is made piece by piece.
    """
    chance, known = random.Random(seed), texts()
    lives = (_Story(number, chance, known) for number in range(first, first + tickets))
    events = [event for life in lives for event in life.events()]
    return sorted(events, key=lambda event: event.time)


class _Story:
    """One ticket's life; each event a second after the one before."""

    def __init__(self, number: int, chance: random.Random, known: Sequence[str]) -> None:
        self._texts = known
        self._chance = chance
        self._number = number
        self._begin = _START + timedelta(seconds=number * _BEGINS_EVERY_S)
        self._now = self._begin
        self._ticket_id = uuid4()
        self._message_id = uuid4()
        self._customer = Customer(
            id=uuid4(), name="Maya Lindqvist", email=f"maya{number}@example.com"
        )
        self._channel = chance.choice(("email", "web", "rest", "sms"))
        self._version = 0
        self._head: dict[str, Any] = {"status": "open", "priority": "normal"}

    def events(self) -> Iterator[Event[Any]]:
        """The life, in order."""
        yield self._created()
        yield from self._judged()
        if self._chance.random() < _ESCALATED_SHARE:
            yield self._escalated()
        draft_id = uuid4()
        yield self._drafted(draft_id)
        if self._chance.random() < _APPROVED_SHARE:
            yield from self._answered(draft_id)

    def _event(self, data: EventData) -> Event[Any]:
        sequence = self._version if hasattr(data, "ticket") else None
        self._now += timedelta(seconds=1)
        return Event(uuid4(), self._ticket_id, self._now, data, sequence)

    def _ticket(self, **changed: Any) -> TicketSnapshot:
        self._version += 1
        self._head |= changed
        return TicketSnapshot(
            version=self._version,
            channel=self._channel,
            customer_id=self._customer.id,
            created_at=self._begin,
            updated_at=self._now,
            tags=("card",),
            **self._head,
        )

    def _text(self, questions: int) -> str:
        return " ".join(self._chance.choices(self._texts, k=questions))

    def _created(self) -> Event[Any]:
        return self._event(
            TicketCreated(
                ticket=self._ticket(),
                message_id=self._message_id,
                subject=self._text(1),
                body=self._text(3),
                customer=self._customer,
                actor=_CUSTOMER,
                occurred_at=self._now,
                language="en",
                attributes={"order": str(self._number)},
            )
        )

    def _judged(self) -> Iterator[Event[Any]]:
        score = self._chance.uniform(-1, 1)
        yield self._event(
            SentimentScored(
                message_id=self._message_id,
                label="negative" if score < 0 else "positive",
                score=score,
                confidence=0.8,
                model=_MODEL,
                occurred_at=self._now,
            )
        )
        yield self._event(
            TicketTriaged(
                message_id=self._message_id,
                intent=self._chance.choice(_INTENTS),
                intent_confidence=0.7,
                priority="high",
                priority_confidence=0.6,
                model=_MODEL,
                occurred_at=self._now,
                queue="cards",
                reasons=("says 'card'",),
            )
        )
        yield self._event(SlaStarted(clocks=(RunningClock(**self._clock()),), priority="high"))
        yield self._event(
            TicketUpdated(
                ticket=self._ticket(priority="high", queue="cards"),
                actor=_SYSTEM,
                changes=(FieldChange(field="priority", old="normal", new="high"),),
                reason="triage",
                occurred_at=self._now,
            )
        )

    def _escalated(self) -> Event[Any]:
        hit = RuleHit(rule="very_negative", explanation="sentiment below -0.6")
        common: dict[str, Any] = {"rules_version": "1", "occurred_at": self._now}
        return self._event(Escalated(escalation_id=uuid4(), level=1, hits=(hit,), **common))

    def _drafted(self, draft_id: UUID) -> Event[Any]:
        source = Source(kind="article", id=uuid4(), version=1, sha256=_SHA256, score=0.8)
        return self._event(
            ReplyDrafted(
                draft_id=draft_id,
                message_id=self._message_id,
                body=self._text(5),
                confidence=0.8,
                model=_MODEL,
                occurred_at=self._now,
                language="en",
                sources=(source,),
            )
        )

    def _answered(self, draft_id: UUID) -> Iterator[Event[Any]]:
        reply_id, notification_id, body = uuid4(), uuid4(), self._text(5)
        common: dict[str, Any] = {"rules_version": "1", "occurred_at": self._now}
        yield self._event(
            ReplyAutoApproved(draft_id=draft_id, rule="confident", confidence=0.8, **common)
        )
        approved = self._event(
            ReplyApproved(
                message_id=reply_id,
                subject="Your question",
                body=body,
                customer=self._customer,
                channel=self._channel,
                actor=_SYSTEM,
                occurred_at=self._now,
                draft_id=draft_id,
                auto=True,
            )
        )
        yield approved
        yield self._event(
            TicketMessageAdded(
                ticket=self._ticket(status="pending", message_count=2, first_response_at=self._now),
                message_id=reply_id,
                kind="outbound",
                actor=_SYSTEM,
                body=body,
                channel=self._channel,
                occurred_at=self._now,
                draft_id=draft_id,
            )
        )
        yield self._event(SlaMet(**self._clock(), met_at=self._now, elapsed_s=9.0, in_time=True))
        yield self._event(
            NotificationSent(
                notification_id=notification_id,
                channel=self._channel,
                purpose="reply",
                recipient_kind="customer",
                recipient=f"maya{self._number}@example.com",
                provider="smtp",
                attempt=1,
                sent_at=self._now,
                cause_id=approved.id,
            )
        )
        yield self._event(
            ReplyDelivered(
                message_id=reply_id,
                notification_id=notification_id,
                channel=self._channel,
                provider="smtp",
                delivered_at=self._now,
                draft_id=draft_id,
            )
        )
        yield self._event(
            TicketResolved(
                ticket=self._ticket(status="resolved", resolved_at=self._now),
                actor=_SYSTEM,
                occurred_at=self._now,
                elapsed_s=14.0,
            )
        )

    def _clock(self) -> dict[str, Any]:
        return {
            "clock_id": self._message_id,
            "clock": "first_response",
            "policy": "normal",
            "policy_version": "1",
            "started_at": self._begin,
            "due_at": self._begin + timedelta(hours=1),
            "target_s": 3600.0,
        }
