"""The FastAPI application of a service: its routes, health, metrics, problems, limits."""

from collections.abc import Sequence
from functools import cache, partial

from fastapi import APIRouter, Depends, FastAPI

from deskstream_runtime.http.api_keys import ApiKeys
from deskstream_runtime.http.documents import openapi_document
from deskstream_runtime.http.edge import Edge
from deskstream_runtime.http.health import HEALTH_PATHS, HealthReport, health_router
from deskstream_runtime.http.json_body import refuse_unstorable_text, require_json_in_utf8
from deskstream_runtime.http.problems import NO_REFUSALS, Refusals, install_problem_handlers
from deskstream_runtime.http.responses import problems
from deskstream_runtime.http.viewer import ASSET, PAGE, viewer_router
from deskstream_runtime.settings import ServiceSettings

PUBLIC_PATHS = HEALTH_PATHS | {PAGE, ASSET}


def create_app(
    name: str,
    settings: ServiceSettings,
    routers: Sequence[APIRouter],
    health: HealthReport,
    refusals: Refusals = NO_REFUSALS,
) -> FastAPI:
    """Builds the application; `health` answers for the process."""
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
    install_problem_handlers(app, refusals)
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
    app.include_router(health_router(health, api_keys), include_in_schema=False)
    app.include_router(viewer_router(), include_in_schema=False)
    document = cache(partial(openapi_document, app))
    app.openapi = document  # type: ignore[method-assign]
    return app
