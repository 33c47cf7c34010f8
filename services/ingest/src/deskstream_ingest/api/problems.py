"""What every command on a ticket that is there answers, for the OpenAPI document."""

from deskstream_runtime.http.answers import Responses, problems

ON_CREATE: Responses = problems(
    409,
    because="The external id was accepted with other content, or customer.id is not the customer "
    "of the address.",
)

ON_TICKET: Responses = {
    **problems(404, because="No such ticket or draft."),
    **problems(409, because="The state does not allow it, or it was settled otherwise."),
}
