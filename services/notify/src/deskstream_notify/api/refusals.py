"""The problem that answers each refusal of a command."""

from types import MappingProxyType

from deskstream_notify.domain.endpoint import UnacceptableUrl
from deskstream_notify.domain.refusals import (
    NotRedeliverable,
    SubscriptionDisabled,
    SubscriptionUnknown,
    TooManySubscriptions,
)
from deskstream_runtime.http.problems import Problem, Refusals, conflict
from deskstream_runtime.http.wrong_values import WrongValue


def _not_found(error: SubscriptionUnknown) -> Problem:
    return Problem(404, "not-found", "Not found", str(error))


def _conflict(error: SubscriptionDisabled | TooManySubscriptions) -> Problem:
    return conflict(str(error))


def _unacceptable_url(error: UnacceptableUrl) -> Problem:
    return Problem(
        422,
        "unacceptable-url",
        "URL cannot be called",
        f"This URL cannot be called: {error}.",
        errors=[WrongValue(pointer="/url", detail=str(error))],
    )


def _not_redeliverable(error: NotRedeliverable) -> Problem:
    """One status for all: an unknown delivery comes before a gone one, and that before a 409."""
    kinds = {one.obstacle.kind for one in error.blocked}
    errors = [
        WrongValue(pointer=f"/ids/{one.index}", detail=one.obstacle.text) for one in error.blocked
    ]
    if "unknown" in kinds:
        return Problem(404, "not-found", "Not found", str(error), errors=errors)
    if "gone" in kinds:
        return Problem(410, "payload-gone", "Not kept any more", str(error), errors=errors)
    return Problem(409, "conflict", "Not possible now", str(error), errors=errors)


REFUSALS: Refusals = MappingProxyType(
    {
        SubscriptionUnknown: _not_found,
        SubscriptionDisabled: _conflict,
        TooManySubscriptions: _conflict,
        UnacceptableUrl: _unacceptable_url,
        NotRedeliverable: _not_redeliverable,
    }
)
