"""The FastAPI application of a service: its routes, health, metrics, problems, limits."""

from collections.abc import Callable, Sequence
from functools import cache, partial

from fastapi import APIRouter, Depends, FastAPI, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel

from deskstream_runtime.http.answers import problems
from deskstream_runtime.http.api_keys import ApiKeys
from deskstream_runtime.http.auth import Permission
from deskstream_runtime.http.documents import openapi_document
from deskstream_runtime.http.edge import Edge
from deskstream_runtime.http.json_body import require_json_in_utf8
from deskstream_runtime.http.problems import install_problem_handlers
from deskstream_runtime.http.text import refuse_unstorable_text
from deskstream_runtime.http.viewer import ASSET, PAGE, viewer_router
from deskstream_runtime.settings import ServiceSettings

PUBLIC_PATHS = frozenset({"/health/live", "/health/ready", PAGE, ASSET})


class Readiness(BaseModel):
    """Whether the service can do its work now; if not, which part is in trouble and why.

    `warnings` is what a person should mend though the work goes on: no traffic is taken away.
    """

    ready: bool
    troubles: dict[str, str]
    warnings: dict[str, str]


def create_app(
    name: str,
    settings: ServiceSettings,
    routers: Sequence[APIRouter],
    troubles: Callable[[], dict[str, str]],
    warnings: Callable[[], dict[str, str]],
) -> FastAPI:
    """Builds the application.

    `troubles` says, by part, what keeps the service from its work; `warnings` what is wrong though
    the work is done without it.
    """
    app = FastAPI(
        title=f"Deskstream {name}",
        version="1",
        docs_url=None,
        redoc_url=None,
        swagger_ui_oauth2_redirect_url=None,
        redirect_slashes=False,
        # `Edge` measures and traces each request, once.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    api_keys = ApiKeys(settings.api_keys_file)
    app.state.api_keys = api_keys
    install_problem_handlers(app)
    app.add_middleware(
        Edge,
        body_max_bytes=settings.http_body_max_bytes,
        headers_max_bytes=settings.http_headers_max_bytes,
        in_flight_max=settings.http_in_flight_max,
    )
    for router in routers:
        app.include_router(
            # Named here, else FastAPI documents a 422 of its own.
            router,
            responses=problems(422),
            dependencies=[Depends(require_json_in_utf8), Depends(refuse_unstorable_text)],
        )
    app.include_router(_health(troubles, warnings, api_keys), include_in_schema=False)
    app.include_router(viewer_router(), include_in_schema=False)
    document = cache(partial(openapi_document, app))
    app.openapi = document  # type: ignore[method-assign]
    return app


def _health(
    troubles: Callable[[], dict[str, str]],
    warnings: Callable[[], dict[str, str]],
    api_keys: ApiKeys,
) -> APIRouter:
    router = APIRouter()

    @router.get("/health/live")
    async def live() -> dict[str, bool]:
        return {"live": True}

    @router.get("/health/ready")
    async def ready(response: Response) -> Readiness:
        found = troubles()
        response.status_code = 503 if found else 200
        trouble = api_keys.trouble()
        to_mend = warnings() | ({"api_keys": trouble} if trouble else {})
        return Readiness(ready=not found, troubles=found, warnings=to_mend)

    @router.get("/metrics", dependencies=[Depends(Permission("metrics:read"))])
    async def metrics() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return router
