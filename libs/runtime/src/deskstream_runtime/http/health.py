"""The health of a process over HTTP: three questions, and its metrics."""

from typing import Protocol

from fastapi import APIRouter, Depends, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel

from deskstream_runtime.http.api_keys import ApiKeys
from deskstream_runtime.http.auth import Permission

HEALTH_PATHS = frozenset({"/health/live", "/health/ready", "/health/working"})


class HealthReport(Protocol):
    """The problems of a process, by part; each is empty when all is well."""

    def readiness_problems(self) -> dict[str, str]:
        """What keeps it from answering HTTP."""

    def problems(self) -> dict[str, str]:
        """What keeps its log from moving, the former included."""

    def warnings(self) -> dict[str, str]:
        """What a person should fix though the work continues."""


class Live(BaseModel):
    """The process runs. When this does not come, start it anew."""

    live: bool = True


class Ready(BaseModel):
    """Whether the process can answer HTTP now; if not, why. No traffic while it cannot."""

    ready: bool
    troubles: dict[str, str]
    warnings: dict[str, str]


class Working(BaseModel):
    """Whether its log moves; if not, which part has a problem and why. Calls a person.

    `warnings` is what a person should fix though the work continues.
    """

    working: bool
    ready: bool
    troubles: dict[str, str]
    warnings: dict[str, str]


def health_router(health: HealthReport, api_keys: ApiKeys) -> APIRouter:
    """The routes. Health answers anyone, metrics those with a key for them."""
    router = APIRouter()

    def warnings() -> dict[str, str]:
        problem = api_keys.problem()
        return health.warnings() | ({"api_keys": problem} if problem else {})

    @router.get("/health/live")
    async def live() -> Live:
        return Live()

    @router.get("/health/ready")
    async def ready(response: Response) -> Ready:
        found = health.readiness_problems()
        response.status_code = 503 if found else 200
        return Ready(ready=not found, troubles=found, warnings=warnings())

    @router.get("/health/working")
    async def working(response: Response) -> Working:
        found = health.problems()
        response.status_code = 503 if found else 200
        return Working(
            working=not found,
            ready=not health.readiness_problems(),
            troubles=found,
            warnings=warnings(),
        )

    @router.get("/metrics", dependencies=[Depends(Permission("metrics:read"))])
    async def metrics() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return router
