"""Commands over HTTP: principal, expected versions, idempotency; each in one transaction."""

import inspect
from collections.abc import Awaitable, Callable, Container
from dataclasses import dataclass
from functools import wraps
from typing import Annotated, Any, Generic, ParamSpec, TypeAlias, TypeVar

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel

from deskstream_runtime.effects import Effects
from deskstream_runtime.http.auth import Permission, Principal
from deskstream_runtime.http.idempotency import CommandResponse, IdempotencyKey, IdempotencyKeys
from deskstream_runtime.http.preconditions import IfMatch
from deskstream_runtime.http.responses import Responses
from deskstream_runtime.http.scopes import Scope
from deskstream_runtime.postgres.connection import Transaction
from deskstream_runtime.unit_of_work import UnitOfWork

P = ParamSpec("P")
R = TypeVar("R")

CommandHandler: TypeAlias = Callable[[Transaction], Awaitable[tuple[Effects, R]]]
"""Decides on a command and stores what follows; gives its result beside the effects."""


@dataclass(frozen=True, slots=True)
class CommandContext:
    """The context of a command: what its request holds beside the body.

    `expected` holds the versions it is meant for, None where it names none. Under the same
    `idempotency_key` it is done once.
    """

    request: Request
    principal: Principal
    idempotency_key: str | None = None
    expected: Container[int] | None = None


@dataclass(frozen=True, slots=True)
class Command(Generic[R]):
    """What a command route returns: the handler, and the response to its result."""

    context: CommandContext
    handler: CommandHandler[R]
    respond: Callable[[R], CommandResponse]


# Coroutines: FastAPI runs plain callables in a thread, which costs as much as a statement.
def creation(scope: Scope) -> Callable[..., Awaitable[CommandContext]]:
    """The dependency of a route that makes something new, so that there is no version to name."""

    async def context(
        request: Request,
        principal: Annotated[Principal, Depends(Permission(scope))],
        idempotency_key: IdempotencyKey = None,
    ) -> CommandContext:
        return CommandContext(request, principal, idempotency_key)

    return context


def change(scope: Scope) -> Callable[..., Awaitable[CommandContext]]:
    """The dependency of a route that changes what is there."""

    async def context(
        request: Request,
        principal: Annotated[Principal, Depends(Permission(scope))],
        expected: IfMatch,
        idempotency_key: IdempotencyKey = None,
    ) -> CommandContext:
        return CommandContext(request, principal, idempotency_key, expected)

    return context


def replacement(scope: Scope) -> Callable[..., Awaitable[CommandContext]]:
    """The dependency of a route that is idempotent by its method (PUT, DELETE)."""

    async def context(
        request: Request,
        principal: Annotated[Principal, Depends(Permission(scope))],
        expected: IfMatch,
    ) -> CommandContext:
        return CommandContext(request, principal, expected=expected)

    return context


class Commands:
    """Runs commands: one transaction each, at most once for a key."""

    def __init__(self, unit_of_work: UnitOfWork, keys: IdempotencyKeys) -> None:
        self._unit_of_work = unit_of_work
        self._keys = keys

    async def run(self, command: Command[R]) -> Response:
        """Handles a command and answers with its result.

        With a key: what was answered before is answered again, and nothing is done. Raises a 422
        problem when the key came with another request, and whatever the handler raises.
        """
        context = command.context
        if context.idempotency_key is None:
            result = await self._unit_of_work.run(command.handler)
            return command.respond(result).response()
        once = await self._keys.once(
            context.request,
            context.principal.id,
            context.idempotency_key,
            command.handler,
            command.respond,
        )
        return await self._unit_of_work.run(once)

    def route(
        self,
        router: APIRouter,
        method: str,
        path: str,
        model: type[BaseModel],
        *,
        status: int = 200,
        responses: Responses | None = None,
    ) -> Callable[[Callable[P, Command[Any]]], Callable[P, Awaitable[Response]]]:
        """Makes a function that builds a `Command` from a request a route, document and all.

        Its parameters are those of a FastAPI endpoint, its docstring describes the operation, and
        `model` is the body of the response.
        """

        def declare(build: Callable[P, Command[Any]]) -> Callable[P, Awaitable[Response]]:
            @wraps(build)
            async def endpoint(*args: P.args, **kwargs: P.kwargs) -> Response:
                return await self.run(build(*args, **kwargs))

            # Of the request alone: what `build` returns is no response.
            endpoint.__signature__ = inspect.signature(build).replace(  # type: ignore[attr-defined]
                return_annotation=Response
            )
            router.add_api_route(
                path,
                endpoint,
                methods=[method],
                response_model=model,
                status_code=status,
                responses=responses,
            )
            return endpoint

        return declare
