"""A page that shows the service's OpenAPI document: Swagger UI, from a package, offline.

`/docs` is a service's own page; the gateway serves it as `/docs/<service>`. Its files come from the
installed package `fastapi-offline` and nothing is fetched from elsewhere, which the page's content
security policy enforces.
"""

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from fastapi import APIRouter
from fastapi.responses import FileResponse, HTMLResponse, Response

PAGE = "/docs"
ASSET = "/docs/assets/{name}"

_SECURITY = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
_CACHED = _SECURITY | {"Cache-Control": "public, max-age=3600"}
_HTML = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Deskstream API</title>
<link rel="stylesheet" href="/docs/assets/swagger-ui.css">
<link rel="icon" href="data:,">
<div id="viewer"></div>
<script src="/docs/assets/swagger-ui-bundle.js"></script>
<script src="/docs/assets/start.js"></script>
</html>
"""
# The gateway shows a service's page as /docs/<service> and its document below that.
_START = """const page = location.pathname.replace(/\\/+$/, "");
SwaggerUIBundle({
  url: page === "/docs" ? "/openapi.json" : page + "/openapi.json",
  dom_id: "#viewer",
  deepLinking: true,
  validatorUrl: "none",
});
"""


def viewer_router() -> APIRouter:
    """The page and its files, for everybody: what they show is no secret."""
    router = APIRouter()

    @router.get(PAGE)
    async def page() -> HTMLResponse:
        return HTMLResponse(_HTML, headers=_SECURITY)

    @router.get(ASSET)
    async def asset(
        name: Literal["start.js", "swagger-ui-bundle.js", "swagger-ui.css"],
    ) -> Response:
        if name == "start.js":
            return Response(_START, media_type="text/javascript", headers=_CACHED)
        return FileResponse(_package() / name, headers=_CACHED)

    return router


@cache
def _package() -> Path:
    """Where the package's files are. It is found and not imported: only its files are wanted."""
    spec = find_spec("fastapi_offline")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("fastapi-offline is not installed: its files show the API")
    return Path(spec.origin).parent / "static"
