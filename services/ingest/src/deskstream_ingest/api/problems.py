"""The problems a command on a ticket may answer with, for the OpenAPI document."""

from typing import Any

from deskstream_runtime.http.problems import ProblemDocument

_PROBLEM: dict[str, Any] = {"model": ProblemDocument, "content": {"application/problem+json": {}}}

ON_CREATE: dict[int | str, dict[str, Any]] = {
    409: _PROBLEM
    | {
        "description": "The external id was accepted with other content, or customer.id is not "
        "the customer of the address."
    },
}

ON_TICKET: dict[int | str, dict[str, Any]] = {
    404: _PROBLEM | {"description": "No such ticket or draft."},
    409: _PROBLEM | {"description": "The state does not allow it, or it was settled otherwise."},
    412: _PROBLEM | {"description": "The ticket changed meanwhile (If-Match)."},
}
