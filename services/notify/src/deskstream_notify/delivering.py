"""One attempt, from row to outcome to events: the same for mails and webhooks.

That a call is about to be made is committed before it is made. So whatever dies, the ledger never
says less than what may have happened.
"""

import random
from collections.abc import Sequence
from datetime import timedelta
from typing import Generic, Protocol, TypeVar
from uuid import UUID

from deskstream_notify.adapters import subscriptions
from deskstream_notify.adapters.breaker import Breakers, Resting
from deskstream_notify.adapters.ledger import Ledger
from deskstream_notify.domain.message import Message, WebhookCall
from deskstream_notify.domain.outcome import Accepted, Outcome, Refused, Withdrawn
from deskstream_notify.domain.settled import facts_of_failure, facts_of_success
from deskstream_runtime.clock import Clock
from deskstream_runtime.effects import Effects, Transaction
from deskstream_runtime.work import (
    Finished,
    GivenUp,
    LeasedWork,
    NeverRetry,
    RetryLater,
    backoff_s,
)

M = TypeVar("M", bound=Message)
M_contra = TypeVar("M_contra", bound=Message, contravariant=True)


class Sender(Protocol[M_contra]):
    """The port to the outside world."""

    provider: str

    def route(self, message: M_contra) -> str:
        """Which provider or host this goes to: they fail, and rest, as one."""

    async def send(self, notification_id: UUID, message: M_contra) -> Outcome:
        """Makes the call. What goes wrong outside is an outcome, never an error."""


class Delivery(Generic[M]):
    """How one kind of work is delivered: the three functions of its `WorkKind`."""

    def __init__(
        self,
        message_type: type[M],
        sender: Sender[M],
        ledger: Ledger,
        breakers: Breakers,
        clock: Clock,
        *,
        retry_first_s: float,
        retry_max_s: float,
        give_up_after: timedelta,
    ) -> None:
        self._message_type = message_type
        self._sender = sender
        self._ledger = ledger
        self._breakers = breakers
        self._clock = clock
        self._retry_first_s = retry_first_s
        self._retry_max_s = retry_max_s
        self._give_up_after = give_up_after

    async def perform(self, work: LeasedWork) -> Accepted | Withdrawn:
        """Makes an attempt. Raises `RetryLater` or `NeverRetry` when it did not work."""
        message = self._message(work)
        if work.attempt > 1 and self._clock() - message.planned_at > self._give_up_after:
            raise NeverRetry(f"not delivered for {self._give_up_after}")
        attempts = 0

        async def attempt() -> Outcome:
            nonlocal attempts
            begun = await self._ledger.begin(work.id, self._clock())
            if begun is None:
                return Withdrawn()
            attempts = begun
            return await self._sender.send(work.id, message)

        try:
            outcome = await self._breakers.call(self._sender.route(message), attempt)
        except Resting as resting:
            raise RetryLater(resting.for_s * _jitter(), str(resting)) from None
        if isinstance(outcome, Refused):
            await self._ledger.attempt_failed(work.id, outcome)
            raise self._after(outcome, attempts)
        return outcome

    async def finish(
        self, tx: Transaction, finished: Sequence[Finished[Accepted | Withdrawn]]
    ) -> Effects:
        """Notes what was taken, and says so."""
        now = self._clock()
        messages = {one.work.id: self._message(one.work) for one in finished}
        withdrawn = [one.work.id for one in finished if isinstance(one.result, Withdrawn)]
        await self._ledger.withdrawn(tx, withdrawn, now)
        taken = {
            one.work.id: one.result.provider_message_id
            for one in finished
            if isinstance(one.result, Accepted)
        }
        rows = await self._ledger.sent(tx, taken, now)
        events = [
            fact
            for row in rows
            for fact in facts_of_success(row, messages[row.id], self._sender.provider)
        ]
        return Effects(events=events)

    async def give_up(self, tx: Transaction, given_up: Sequence[GivenUp]) -> Effects:
        """Notes what will not be tried again, and says so. Who is gone is called no more."""
        now = self._clock()
        messages = {one.work.id: self._message(one.work) for one in given_up}
        rows = await self._ledger.given_up(tx, list(messages), now)
        gone = [
            message.subscription_id
            for row in rows
            if row.reason == "gone" and isinstance(message := messages[row.id], WebhookCall)
        ]
        await subscriptions.disable(tx, gone, "gone", now)
        events = [
            fact
            for row in rows
            for fact in facts_of_failure(row, messages[row.id], self._sender.provider)
        ]
        return Effects(events=events)

    def _after(self, refused: Refused, attempts: int) -> RetryLater | NeverRetry:
        if refused.final:
            return NeverRetry(refused.reason)
        delay_s = backoff_s(attempts, self._retry_first_s, self._retry_max_s)
        asked_s = min(refused.retry_after_s or 0.0, self._retry_max_s)
        return RetryLater(max(delay_s, asked_s), refused.reason)

    def _message(self, work: LeasedWork) -> M:
        return self._message_type.model_validate_json(work.payload)


def _jitter() -> float:
    """Those who wait for one provider must not all come back at the same moment."""
    return random.uniform(1.0, 1.5)  # noqa: S311  (spreads load, keeps no secret)
