"""Errors as RFC 9457 `application/problem+json`: what was wrong, what to do, nothing inside."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Annotated, Any, TypeAlias

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from pydantic.json_schema import SkipJsonSchema
from starlette.exceptions import HTTPException

from deskstream_runtime.errors import is_transient
from deskstream_runtime.http.request_id import current_request_id
from deskstream_runtime.http.wrong_values import WrongValue, never_null, wrong_value
from deskstream_runtime.observability.telemetry import current_trace_id
from deskstream_runtime.versions import StaleVersion

_log = structlog.get_logger()

MEDIA_TYPE = "application/problem+json"
NOT_UTF_8 = "The body is not UTF-8, in which JSON is sent (RFC 8259 section 8.1)."
_FIELD_ERRORS_MAX = 20


class ProblemDocument(BaseModel):
    """The body of every error answer (RFC 9457), the gateway's too."""

    model_config = ConfigDict(json_schema_extra=never_null)

    type: str = Field(pattern=r"^urn:deskstream:problem:[a-z0-9-]+$", description="The kind.")
    title: str = Field(description="The kind in words.")
    status: int = Field(ge=400, le=599)
    detail: str = Field(description="What was wrong this time, and what to do.")
    trace_id: Annotated[str, StringConstraints(pattern="^[0-9a-f]{32}$")] | SkipJsonSchema[None] = (
        Field(None, description="Finds the request in traces and logs.")
    )
    request_id: str | SkipJsonSchema[None] = Field(
        None, description="The X-Request-Id of the answer."
    )
    errors: list[WrongValue] | SkipJsonSchema[None] = Field(
        None, description="Each wrong value, the first 20."
    )


class Problem(Exception):
    """Raised to answer a request with an error.

    `code` names the kind: `urn:deskstream:problem:<code>`.
    """

    def __init__(
        self,
        status: int,
        code: str,
        title: str,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        errors: Sequence[WrongValue] = (),
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.title = title
        self.detail = detail
        self.headers = dict(headers or {})
        self.errors = [*errors]


def not_found(what: str, identifier: object) -> Problem:
    """404: there is no such thing, or it is not there yet."""
    return Problem(404, "not-found", "Not found", f"There is no {what} {identifier}.")


def conflict(detail: str) -> Problem:
    """409: the thing's state does not allow it."""
    return Problem(409, "conflict", "Not possible now", detail)


def stale_version(actual: int) -> Problem:
    """412: the caller's If-Match does not allow the version; 0 is that of what does not exist."""
    detail = (
        f"If-Match does not name the version, which is {actual}. Read it again and retry."
        if actual
        else "If-Match asks for a version of what does not exist. Leave it out to create it."
    )
    headers = {"ETag": f'"{actual}"'} if actual else {}
    return Problem(412, "stale-version", "Changed meanwhile", detail, headers=headers)


Refusals: TypeAlias = Mapping[type[Exception], Callable[[Any], Problem]]
"""Which problem answers an exception of a service's own, by its type or a base of it."""

NO_REFUSALS: Refusals = MappingProxyType({})


def install_problem_handlers(app: FastAPI, refusals: Refusals = NO_REFUSALS) -> None:
    """Makes every error the framework knows, and each refusal, a problem document.

    `Edge` sees to all others.
    """
    for refusal, problem_for in refusals.items():
        app.add_exception_handler(refusal, _answering(problem_for))
    for error in (Problem, StaleVersion, RequestValidationError, HTTPException):
        app.add_exception_handler(error, _on_error)


def problem_response(problem: Problem) -> JSONResponse:
    document = ProblemDocument(
        type=f"urn:deskstream:problem:{problem.code}",
        title=problem.title,
        status=problem.status,
        detail=problem.detail,
        trace_id=current_trace_id(),
        request_id=current_request_id(),
        errors=problem.errors or None,
    )
    return JSONResponse(
        document.model_dump(exclude_none=True),
        status_code=problem.status,
        headers=problem.headers,
        media_type=MEDIA_TYPE,
    )


def problem_of(error: Exception, path: str) -> Problem:
    """What to answer for an error; one nobody foresaw is logged, and answered without its words."""
    match error:
        case Problem():
            return error
        case StaleVersion():
            return stale_version(error.actual)
        case RequestValidationError():
            return _of_validation(error)
        case HTTPException():
            return _of_http(error, path)
    if is_transient(error):
        _log.warning("http.unavailable", path=path, error=type(error).__name__)
        return Problem(
            503,
            "unavailable",
            "Not available now",
            "A part this needs is away. Nothing is known to have changed; try again.",
            headers={"Retry-After": "1"},
        )
    _log.error("http.unexpected", path=path, exc_info=error)
    detail = "This failed unexpectedly; the trace id finds it."
    return Problem(500, "unexpected", "Our mistake", detail)


def _answering(
    problem_for: Callable[[Any], Problem],
) -> Callable[[Request, Exception], Awaitable[JSONResponse]]:
    async def answer(_request: Request, error: Exception) -> JSONResponse:
        return problem_response(problem_for(error))

    return answer


async def _on_error(request: Request, error: Exception) -> JSONResponse:
    path = request.url.path
    if isinstance(error, HTTPException) and error.status_code == 405:
        return problem_response(_wrong_method(request.method, path, _methods_of(request.app, path)))
    return problem_response(problem_of(error, path))


def _methods_of(app: FastAPI, path: str) -> list[str]:
    """The methods of the path, in the order of the alphabet; HEAD is where GET is."""
    found: set[str] = set()
    for route in iter_route_contexts(app.routes):
        # A WebSocket's route has none.
        if route.methods and route.path_regex.match(path):
            found |= route.methods
    return sorted(found | {"HEAD"} if "GET" in found else found)


def _wrong_method(method: str, path: str, allowed: Sequence[str]) -> Problem:
    detail = f"{method} is not for {path}, which takes {', '.join(allowed)}."
    headers = {"Allow": ", ".join(allowed)}
    return Problem(405, "method-not-allowed", "Method not allowed", detail, headers=headers)


def _of_validation(error: RequestValidationError) -> Problem:
    wrong = error.errors()
    if any(item["type"] == "json_invalid" for item in wrong):
        return Problem(400, "malformed-json", "Malformed JSON", "The body is not valid JSON.")
    return invalid_request([wrong_value(item, error.body) for item in wrong])


def invalid_request(wrong: Sequence[WrongValue]) -> Problem:
    """422: values of the request are wrong. The answer names the first 20 of them."""
    verb = "is" if len(wrong) == 1 else "are"
    detail = f"{len(wrong)} of the request's values {verb} wrong; see errors."
    errors = wrong[:_FIELD_ERRORS_MAX]
    return Problem(422, "invalid-request", "Invalid request", detail, errors=errors)


def _of_http(error: HTTPException, path: str) -> Problem:
    match error.status_code:
        case 400:
            why = "The body could not be read: it is not JSON, or nested too deeply."
            detail = NOT_UTF_8 if isinstance(error.__cause__, UnicodeDecodeError) else why
            return Problem(400, "malformed-body", "Malformed body", detail)
        case 404:
            return Problem(404, "not-found", "Not found", _nothing_at(path))
        case 413:
            return Problem(413, "too-large", "Too large", str(error.detail))
    return Problem(error.status_code, "http", "Refused", str(error.detail), headers=error.headers)


def _nothing_at(path: str) -> str:
    """No address of ours ends with a slash, and none is redirected.

    A redirect names a scheme, and a service behind TLS does not know its own.
    """
    bare = path.rstrip("/")
    hint = f" Did you mean {bare}?" if bare and bare != path else ""
    return f"There is nothing at {path}.{hint}"
