"""Authentication by API key, and authorisation by scope."""

from collections.abc import Iterator, Mapping

from fastapi import FastAPI, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts

from deskstream_runtime.http.api_keys import ApiKeys, Principal
from deskstream_runtime.http.problems import Problem
from deskstream_runtime.http.scopes import Scope

__all__ = ["ApiKeys", "Permission", "Principal", "scopes_by_route", "secret_of"]


def secret_of(headers: Mapping[str, str]) -> str | None:
    """The secret a request carries: `Authorization: Bearer …`, else `X-API-Key`."""
    scheme, _, value = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and value:
        return value.strip()
    return headers.get("x-api-key")


class Permission:
    """A route's dependency: answers 401 or 403 unless the caller's key has the scope."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    async def __call__(self, request: Request) -> Principal:
        secret = secret_of(request.headers)
        keys: ApiKeys = request.app.state.api_keys
        principal = keys.principal(secret) if secret else None
        if principal is None:
            raise Problem(
                401,
                "unauthenticated",
                "Who are you?",
                "Send a valid API key as `Authorization: Bearer <key>` or as `X-API-Key: <key>`.",
                headers={"WWW-Authenticate": "Bearer"},
            )
        if self.scope not in principal.scopes:
            raise Problem(403, "forbidden", "Not allowed", f"This needs the scope {self.scope!r}.")
        return principal


def scopes_by_route(app: FastAPI) -> dict[str, frozenset[str]]:
    """The scopes that each HTTP route asks for, by `METHOD path`; none for one that is open."""
    return {
        f"{method} {route.path}": frozenset(_asked_by(route.dependant))
        for route in iter_route_contexts(app.routes)
        if isinstance(route.original_route, APIRoute)
        for method in route.methods or ()
    }


def _asked_by(dependant: Dependant) -> Iterator[str]:
    if isinstance(dependant.call, Permission):
        yield dependant.call.scope
    for inner in dependant.dependencies:
        yield from _asked_by(inner)
