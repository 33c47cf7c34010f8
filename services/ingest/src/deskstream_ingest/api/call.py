"""What a request says beside its body."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from deskstream_contracts.events.ticket import Actor
from deskstream_ingest.api.conditions import IfMatch
from deskstream_runtime.http.auth import Permission, Principal
from deskstream_runtime.http.idempotency import IdempotencyKey

Writer = Annotated[Principal, Depends(Permission("tickets:write"))]
Importer = Annotated[Principal, Depends(Permission("tickets:import"))]


@dataclass(frozen=True, slots=True)
class RequestContext:
    """The request, the key that makes it happen once, the version it is meant for."""

    request: Request
    idempotency_key: str | None
    if_match: str | None


async def _call(
    request: Request, idempotency_key: IdempotencyKey = None, if_match: IfMatch = None
) -> RequestContext:
    # A coroutine: FastAPI runs plain callables in a thread, which costs as much as a statement.
    return RequestContext(request, idempotency_key, if_match)


Call = Annotated[RequestContext, Depends(_call)]


def actor_of(principal: Principal) -> Actor:
    """Who acts: API keys belong to systems."""
    return Actor(kind="integration", id=principal.id)
