"""`Idempotency-Key`: same key and body, same answer; another body under it is refused."""

import hashlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Annotated, TypeVar

from fastapi import Header, Request, Response
from pydantic import BaseModel, StringConstraints

from deskstream_runtime.clock import Clock
from deskstream_runtime.effects import NO_EFFECTS, Effects
from deskstream_runtime.errors import Unavailable
from deskstream_runtime.http.problems import Problem
from deskstream_runtime.postgres.connection import Transaction

R = TypeVar("R")

IdempotencyKey = Annotated[
    Annotated[str, StringConstraints(min_length=1, max_length=255)] | None,
    Header(alias="Idempotency-Key"),
]

_CLAIM = """
insert into idempotency_key (principal, key, request_sha256, status, headers, body, created_at)
values ($1, $2, $3, 0, '', '', $4)
on conflict (principal, key) do nothing
returning true
"""
_READ = """
select request_sha256, status, headers, body from idempotency_key
where principal = $1 and key = $2
"""
_KEEP = """
update idempotency_key set status = $3, headers = $4, body = $5
where principal = $1 and key = $2
"""
_FORGET = "delete from idempotency_key where created_at < $1"


@dataclass(frozen=True, slots=True)
class CommandResponse:
    """What a command answers: kept with its key, so that a retry gets exactly this again."""

    status: int
    body: BaseModel
    headers: dict[str, str] = field(default_factory=dict)

    def response(self) -> Response:
        body = self.body.model_dump_json(exclude_none=True)
        return Response(body, self.status, self.headers, "application/json")


class IdempotencyKeys:
    """The keys of the last days, each with the response that was given under it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def once(
        self,
        request: Request,
        principal_id: str,
        key: str,
        handler: Callable[[Transaction], Awaitable[tuple[Effects, R]]],
        respond: Callable[[R], CommandResponse],
    ) -> Callable[[Transaction], Awaitable[tuple[Effects, Response]]]:
        """A handler that runs this one at most once for the key, and answers the same again.

        It claims the key first: a second request waits for the response of the one before it.
        It raises a 422 problem when the key came with another request.
        """
        digest = await _digest(request)

        async def handle_once(tx: Transaction) -> tuple[Effects, Response]:
            if not await tx.fetchval(_CLAIM, principal_id, key, digest, self._clock()):
                return NO_EFFECTS, await _given_before(tx, principal_id, key, digest)
            effects, result = await handler(tx)
            answer = respond(result)
            response = answer.response()
            headers = json.dumps(answer.headers)
            await tx.execute(_KEEP, principal_id, key, answer.status, headers, response.body)
            return effects, response

        return handle_once

    async def forget_old(self, tx: Transaction, kept_h: int) -> Effects:
        await tx.execute(_FORGET, self._clock() - timedelta(hours=kept_h))
        return NO_EFFECTS


async def _given_before(tx: Transaction, principal_id: str, key: str, digest: bytes) -> Response:
    before = await tx.fetchrow(_READ, principal_id, key)
    if before is None:
        raise Unavailable("the key was forgotten just now")
    if before["request_sha256"] != digest:
        raise Problem(
            422,
            "idempotency-key-reused",
            "Key used for another request",
            "This Idempotency-Key came with another request before; use a new one.",
        )
    headers = json.loads(before["headers"]) | {"Idempotent-Replayed": "true"}
    return Response(before["body"], before["status"], headers, "application/json")


async def _digest(request: Request) -> bytes:
    """What makes two requests the same: method, address, condition, body."""
    digest = hashlib.sha256(f"{request.method} {request.url.path}?{request.url.query}\n".encode())
    digest.update(f"{', '.join(request.headers.getlist('if-match'))}\n".encode())
    digest.update(await request.body())
    return digest.digest()
