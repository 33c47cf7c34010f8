"""Why a command is refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID


class SubscriptionUnknown(Exception):
    def __init__(self, subscription_id: UUID) -> None:
        super().__init__(f"There is no webhook {subscription_id}.")


class SubscriptionDisabled(Exception):
    def __init__(self, reason: str | None) -> None:
        super().__init__(f"The webhook is disabled: {reason}. Make a new one.")


class TooManySubscriptions(Exception):
    def __init__(self, subscriptions_max: int) -> None:
        super().__init__(
            f"There are {subscriptions_max} webhooks, the most there may be; remove one."
        )


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why a delivery cannot be repeated.

    `unknown`: this subscription has no delivery with this id. `gone`: its content is not kept any
    more. `not_ended`: it still waits, or was never to be sent.
    """

    kind: Literal["unknown", "gone", "not_ended"]
    text: str


@dataclass(frozen=True, slots=True)
class Blocked:
    """The delivery at this index of the request cannot be repeated."""

    index: int
    obstacle: Obstacle


class NotRedeliverable(Exception):
    """Some of the requested deliveries cannot be repeated, so none is."""

    def __init__(self, blocked: Sequence[Blocked]) -> None:
        super().__init__(
            f"{len(blocked)} of the deliveries cannot be made again, so none was; see errors."
        )
        self.blocked = tuple(blocked)
