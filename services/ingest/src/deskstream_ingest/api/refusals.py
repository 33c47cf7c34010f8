"""Which problem answers which refusal, and what routes say of them in the OpenAPI document."""

from types import MappingProxyType

from deskstream_ingest.domain.refusals import DraftUnknown, Refused, TicketUnknown
from deskstream_runtime.http.problems import Problem, Refusals
from deskstream_runtime.http.responses import Responses, problems
from deskstream_runtime.http.wrong_values import WrongValue
from deskstream_runtime.outbox.own_log import BehindTheLog

ON_CREATE: Responses = problems(
    409,
    because="The external id was accepted with other content, or customer.id is not the customer "
    "of the address.",
)

ON_TICKET: Responses = {
    **problems(404, because="No such ticket or draft."),
    **problems(409, because="The state does not allow it, or it was settled otherwise."),
}


def _not_found(error: Refused) -> Problem:
    return Problem(404, "not-found", "Not found", str(error))


def _conflict(error: Refused) -> Problem:
    """409, with a JSON Pointer to each field that says otherwise than what is so."""
    errors = [
        WrongValue(pointer=f"/{field.replace('.', '/')}", detail="says otherwise than what is so")
        for field in error.fields
    ]
    return Problem(409, "conflict", "Not possible now", str(error), errors=errors)


def _behind(error: BehindTheLog) -> Problem:
    detail = f"Tickets that may be there already cannot be changed now: {error}. Try again soon."
    return Problem(503, "behind-the-log", "Not available now", detail, headers={"Retry-After": "1"})


REFUSALS: Refusals = MappingProxyType(
    {
        TicketUnknown: _not_found,
        DraftUnknown: _not_found,
        Refused: _conflict,
        BehindTheLog: _behind,
    }
)
