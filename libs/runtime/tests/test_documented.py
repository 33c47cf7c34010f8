"""The test kit notices an answer that is not as its document says."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import APIRouter, Response
from pydantic import BaseModel, SecretStr

from deskstream_runtime.http.app import create_app
from deskstream_runtime.http.problems import conflict, not_found
from deskstream_runtime.http.responses import ETAG, headers, problems
from deskstream_runtime.settings import KafkaSettings, PostgresSettings, ServiceSettings
from deskstream_runtime.testing.api_keys import write_api_keys
from deskstream_runtime.testing.documented import DocumentedTransport


class Thing(BaseModel):
    name: str


class AllIsWell:
    """Nothing is wrong with this process."""

    def none(self) -> dict[str, str]:
        return {}

    readiness_problems = problems = warnings = none


def router() -> APIRouter:
    routes = APIRouter()

    @routes.get("/things/{name}", responses=problems(404) | headers(200, ETAG))
    async def thing(name: str, response: Response) -> Thing:
        match name:
            case "absent":
                raise not_found("thing", name)
            case "conflict":
                raise conflict("not declared")
            case "unversioned":
                return Thing(name=name)
            case "elsewhere":
                response.headers["Location"] = "/things/2"
        response.headers["ETag"] = '"1"'
        return Thing(name=name)

    @routes.get("/shapeless", response_model=Thing)
    async def shapeless() -> Response:
        return Response('{"nome": "x"}', media_type="application/json")

    @routes.get("/text", response_model=Thing)
    async def text() -> Response:
        return Response("x", media_type="text/plain")

    return routes


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    keys = tmp_path / "keys.json"
    write_api_keys(keys)
    settings = ServiceSettings(
        postgres=PostgresSettings(dsn=SecretStr("postgresql://nobody:nothing@localhost/x")),
        kafka=KafkaSettings(bootstrap="localhost:1"),
        valkey_url=SecretStr("redis://localhost:1/0"),
        http_port=0,
        api_keys_file=str(keys),
    )
    transport = DocumentedTransport(create_app("toy", settings, [router()], AllIsWell()))
    async with httpx.AsyncClient(transport=transport, base_url="http://toy") as client:
        yield client


@pytest.mark.parametrize("path", ["/things/1", "/things/absent", "/nowhere", "/health/live"])
async def test_what_is_documented_passes(client: httpx.AsyncClient, path: str) -> None:
    for method in ("GET", "HEAD"):
        await client.request(method, path)
    await client.delete(path)


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("/things/conflict", "answered 409, which is not documented"),
        ("/things/unversioned", "without the documented headers"),
        ("/things/elsewhere", "headers that are not documented: \\['location'\\]"),
        ("/shapeless", "'name' is a required property"),
        ("/text", "as text/plain, which is not documented"),
    ],
)
async def test_what_is_not_documented_fails(client: httpx.AsyncClient, path: str, why: str) -> None:
    with pytest.raises(AssertionError, match=why):
        await client.get(path)


async def test_the_viewer_needs_nothing_from_elsewhere(client: httpx.AsyncClient) -> None:
    page = await client.get("/docs")
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'; ")
    assert "unsafe" not in page.headers["Content-Security-Policy"]
    assert "http" not in page.text
    for name in ("start.js", "swagger-ui-bundle.js", "swagger-ui.css"):
        assert f"/docs/assets/{name}" in page.text
        asset = await client.get(f"/docs/assets/{name}")
        assert asset.status_code == 200
        assert asset.headers["X-Content-Type-Options"] == "nosniff"
    assert (await client.get("/docs/assets/redoc.standalone.js")).status_code == 422
