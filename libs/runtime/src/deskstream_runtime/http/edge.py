"""What surrounds every request: its trace, its time, limits that hold before any parsing."""

import time

from fastapi import HTTPException
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from deskstream_runtime.http.json_body import unstorable
from deskstream_runtime.http.problems import Problem, problem_of, problem_response
from deskstream_runtime.http.request_id import HEADER as REQUEST_ID
from deskstream_runtime.http.request_id import request_id_of
from deskstream_runtime.observability.metrics import HTTP_SECONDS
from deskstream_runtime.observability.telemetry import span

_HEALTH = "/health/"
_NUL = "\0"
_NUL_ESCAPED = b"%00"


class Edge:
    """ASGI middleware: refuses what is too large or too much, and answers what nobody else did."""

    def __init__(
        self, app: ASGIApp, body_max_bytes: int, headers_max_bytes: int, in_flight_max: int
    ) -> None:
        self._app = app
        self._body_max_bytes = body_max_bytes
        self._headers_max_bytes = headers_max_bytes
        self._in_flight_max = in_flight_max
        self._in_flight = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request inside a span; what the application raises becomes a problem."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 0
        method = scope["method"]
        headers = Headers(scope=scope)
        # HEAD is GET without the body (RFC 9110 section 9.3.2), for every route alike.
        scope = {**scope, "method": "GET" if method == "HEAD" else method}

        async def send_and_note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[REQUEST_ID] = request_id
            elif method == "HEAD" and message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        self._in_flight += 1
        try:
            with request_id_of(headers) as request_id, span("http", headers.get("traceparent")):
                try:
                    await self._answer(scope, receive, send_and_note)
                except Exception as error:
                    if status:
                        raise
                    answer = problem_response(problem_of(error, scope["path"]))
                    await answer(scope, receive, send_and_note)
        finally:
            self._in_flight -= 1
            route = getattr(scope.get("route"), "path", "unmatched")
            elapsed_s = time.perf_counter() - started
            HTTP_SECONDS.labels(method, route, str(status or 499)).observe(elapsed_s)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        problem = self._refusal(scope)
        if problem is None:
            await self._app(scope, self._limited(receive), send)
        else:
            await problem_response(problem)(scope, receive, send)

    def _refusal(self, scope: Scope) -> Problem | None:
        """Why this request is not looked at any further, or nothing."""
        if self._in_flight > self._in_flight_max and not scope["path"].startswith(_HEALTH):
            detail = "Too many requests at once; try again."
            return Problem(503, "busy", "Too busy", detail, headers={"Retry-After": "1"})
        size_bytes = sum(len(name) + len(value) for name, value in scope["headers"])
        if size_bytes > self._headers_max_bytes:
            detail = f"The headers may have {self._headers_max_bytes} bytes together."
            return Problem(431, "headers-too-large", "Headers too large", detail)
        declared = Headers(scope=scope).get("content-length", "0")
        if declared.isdigit() and int(declared) > self._body_max_bytes:
            return self._too_large()
        if _NUL_ESCAPED in scope["query_string"] or _NUL in scope["path"]:
            return unstorable("U+0000")
        return None

    def _limited(self, receive: Receive) -> Receive:
        """A body that declares no length is counted as it comes."""
        received_bytes = 0

        async def receive_limited() -> Message:
            nonlocal received_bytes
            message = await receive()
            received_bytes += len(message.get("body", b""))
            if received_bytes > self._body_max_bytes:
                # FastAPI lets its own HTTPException alone through while it reads a body.
                raise HTTPException(413, self._too_large().detail)
            return message

        return receive_limited

    def _too_large(self) -> Problem:
        detail = f"The body may have {self._body_max_bytes} bytes at most."
        return Problem(413, "too-large", "Too large", detail)
