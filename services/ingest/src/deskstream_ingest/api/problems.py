"""The problems a command on a ticket may answer with, for the OpenAPI document."""

from typing import Any

from deskstream_runtime.http.problems import ProblemDocument

_PROBLEM: dict[str, Any] = {"model": ProblemDocument, "content": {"application/problem+json": {}}}

ON_TICKET: dict[int | str, dict[str, Any]] = {
    404: _PROBLEM | {"description": "No such ticket or draft."},
    409: _PROBLEM | {"description": "The ticket's state does not allow it."},
    412: _PROBLEM | {"description": "The ticket changed meanwhile (If-Match)."},
}
