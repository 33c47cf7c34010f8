"""The HTTP edge listens where its settings say, or reports why it cannot."""

import asyncio
import socket

import pytest
from conftest import Bench
from fastapi import FastAPI
from runtime_toy import build

from deskstream_runtime.http.server import CannotListenError, HttpServer


async def test_a_taken_port_is_named_with_what_to_set(bench: Bench) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        server = HttpServer(FastAPI(), bench.settings.model_copy(update={"http_port": port}))
        with pytest.raises(CannotListenError, match=rf"127\.0\.0\.1:{port}: .*DESK_HTTP_PORT"):
            await server.start()


async def test_a_service_whose_port_is_taken_says_so(bench: Bench) -> None:
    """And does not stumble over stopping what never started."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        settings = bench.settings.model_copy(update={"http_port": port})
        service, _ = build(settings)
        with pytest.raises(CannotListenError, match="DESK_HTTP_PORT"):
            async with service.running():
                pass


async def test_a_host_that_is_not_ours_is_named(bench: Bench) -> None:
    server = HttpServer(FastAPI(), bench.settings.model_copy(update={"http_host": "192.0.2.1"}))
    with pytest.raises(CannotListenError, match=r"192\.0\.2\.1:0"):
        await server.start()


async def test_a_free_port_is_listened_on(bench: Bench) -> None:
    server = HttpServer(FastAPI(), bench.settings)
    await server.start()
    try:
        assert server.url.startswith("http://127.0.0.1:")
    finally:
        await server.stop(1.0)


async def test_an_idle_connection_is_kept_as_long_as_is_set(bench: Bench) -> None:
    """A server that closes before its gateway does loses the requests that cross the closing."""
    server = HttpServer(FastAPI(), bench.settings.model_copy(update={"http_keep_alive_s": 1}))
    await server.start()
    try:
        reader, writer = await asyncio.open_connection(*server.url[len("http://") :].split(":"))
        writer.write(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
        await reader.readuntil(b"\r\n\r\n")
        # uvicorn's own choice is five seconds.
        async with asyncio.timeout(4):
            assert await reader.read() == b'{"detail":"Not Found"}'
        writer.close()
    finally:
        await server.stop(1.0)
