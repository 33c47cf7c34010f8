"""`Idempotency-Key`: same key and body, same answer; another body under it is refused."""

import hashlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Annotated

from fastapi import Header, Request, Response
from pydantic import BaseModel, StringConstraints

from deskstream_runtime.clock import Clock
from deskstream_runtime.commit import Committer
from deskstream_runtime.effects import Effects, Transaction
from deskstream_runtime.errors import Unavailable
from deskstream_runtime.http.auth import Principal
from deskstream_runtime.http.problems import Problem

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
class Answer:
    """What a command answers: kept with its key, so that a retry gets exactly this again."""

    status: int
    body: BaseModel
    headers: dict[str, str] = field(default_factory=dict)


class Commands:
    """Runs commands: one transaction each, at most once for a key."""

    def __init__(self, committer: Committer, clock: Clock) -> None:
        self._committer = committer
        self._clock = clock

    async def answer(
        self,
        request: Request,
        principal: Principal,
        key: str | None,
        act: Callable[[Transaction], Awaitable[tuple[Effects, Answer]]],
    ) -> Response:
        """Runs `act` in a transaction and answers with what it says.

        With a key: what was answered before is answered again, and nothing is done. Raises a 422
        problem when the key came with another request, and whatever `act` raises.
        """
        if key is None:
            answer = await self._committer.commit(act)
            return Response(
                answer.body.model_dump_json(exclude_none=True),
                answer.status,
                answer.headers,
                "application/json",
            )
        digest = await _digest(request)
        return await self._committer.commit(
            lambda tx: self._once(tx, principal.id, key, digest, act=act)
        )

    async def _once(
        self,
        tx: Transaction,
        principal: str,
        key: str,
        digest: bytes,
        *,
        act: Callable[[Transaction], Awaitable[tuple[Effects, Answer]]],
    ) -> tuple[Effects, Response]:
        """Claims the key before anything else: who comes second waits for the first's answer."""
        if not await tx.fetchval(_CLAIM, principal, key, digest, self._clock()):
            return Effects(), await self._answer_before(tx, principal, key, digest)
        effects, answer = await act(tx)
        body = answer.body.model_dump_json(exclude_none=True).encode()
        headers_text = json.dumps(answer.headers)
        await tx.execute(_KEEP, principal, key, answer.status, headers_text, body)
        return effects, Response(body, answer.status, answer.headers, "application/json")

    async def _answer_before(
        self, tx: Transaction, principal: str, key: str, digest: bytes
    ) -> Response:
        before = await tx.fetchrow(_READ, principal, key)
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

    async def forget_old_keys(self, tx: Transaction, kept_h: int) -> Effects:
        """Removes keys older than `kept_h` hours."""
        await tx.execute(_FORGET, self._clock() - timedelta(hours=kept_h))
        return Effects()


async def _digest(request: Request) -> bytes:
    """What makes two requests the same: method, address, condition, body."""
    digest = hashlib.sha256(f"{request.method} {request.url.path}?{request.url.query}\n".encode())
    digest.update(f"{', '.join(request.headers.getlist('if-match'))}\n".encode())
    digest.update(await request.body())
    return digest.digest()
