"""What a request says beside its body."""

from collections.abc import Container
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from deskstream_contracts.events.ticket import Actor
from deskstream_runtime.http.auth import Permission, Principal
from deskstream_runtime.http.conditions import IfMatch
from deskstream_runtime.http.idempotency import IdempotencyKey

Writer = Annotated[Principal, Depends(Permission("tickets:write"))]
Importer = Annotated[Principal, Depends(Permission("tickets:import"))]


@dataclass(frozen=True, slots=True)
class RequestContext:
    """The request, the key that makes it happen once, the versions it is meant for."""

    request: Request
    idempotency_key: str | None
    expected: Container[int] | None


async def _call(
    request: Request, expected: IfMatch, idempotency_key: IdempotencyKey = None
) -> RequestContext:
    # A coroutine: FastAPI runs plain callables in a thread, which costs as much as a statement.
    return RequestContext(request, idempotency_key, expected)


Call = Annotated[RequestContext, Depends(_call)]


def actor_of(principal: Principal) -> Actor:
    """Who acts: API keys belong to systems."""
    return Actor(kind="integration", id=principal.id)
