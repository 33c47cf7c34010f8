"""Who asks: API keys, known by their hash, with scopes."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from fastapi import Request
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, ValidationError

from deskstream_contracts.model import Code, Identifier, Sha256
from deskstream_runtime.http.problems import Problem
from deskstream_runtime.settings import WrongSettings

_SECRET_MAX_CHARS = 200


class ApiKey(BaseModel):
    """A key as it is kept: only the SHA-256 of its secret, which is random and no password."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Identifier
    name: str
    sha256: Sha256
    scopes: frozenset[Code]


class _ApiKeyFile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    keys: list[ApiKey]


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is asking, and what they may."""

    id: str
    scopes: frozenset[str]


class ApiKeys:
    """The keys this process accepts."""

    def __init__(self, keys: list[ApiKey]) -> None:
        self._principals = {key.sha256: Principal(key.id, key.scopes) for key in keys}

    @classmethod
    def from_file(cls, path: str) -> "ApiKeys":
        """Reads `{"keys": [{"id", "name", "sha256", "scopes"}]}`. Raises `WrongSettings`."""
        try:
            return cls(_ApiKeyFile.model_validate_json(Path(path).read_bytes()).keys)
        except OSError as error:
            why = f"cannot be read ({error.strerror})"
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False, include_context=False)[0]
            why = f"is wrong at {'/'.join(map(str, first['loc'])) or 'its root'}: {first['msg']}"
        raise WrongSettings(f"DESK_API_KEYS_FILE: {path} {why}; `desk up` shows how one looks.")

    def principal(self, secret: str) -> Principal | None:
        """Whose secret this is. The look-up is by hash, so its time tells nothing of the secret."""
        if len(secret) > _SECRET_MAX_CHARS:
            return None
        return self._principals.get(hashlib.sha256(secret.encode()).hexdigest())


def secret_of(headers: Mapping[str, str]) -> str | None:
    """The secret a request carries: `Authorization: Bearer …`, else `X-API-Key`."""
    scheme, _, value = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and value:
        return value.strip()
    return headers.get("x-api-key")


class Permission:
    """A route's dependency: answers 401 or 403 unless the caller's key has the scope."""

    def __init__(self, scope: str) -> None:
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
                "Send a valid API key as `Authorization: Bearer <key>`.",
                headers={"WWW-Authenticate": "Bearer"},
            )
        if self.scope not in principal.scopes:
            raise Problem(403, "forbidden", "Not allowed", f"This needs the scope {self.scope!r}.")
        return principal


def routes_without_permission(routes: list[object], public: frozenset[str]) -> list[str]:
    """Paths that neither declare a `Permission` nor are listed as public: there must be none."""
    return [
        route.path
        for route in routes
        if isinstance(route, APIRoute)
        and route.path not in public
        and not any(
            isinstance(dependency.call, Permission) for dependency in route.dependant.dependencies
        )
    ]
