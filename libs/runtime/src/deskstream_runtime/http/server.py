"""uvicorn inside our own life: it starts and stops when the service does."""

import asyncio
import contextlib

import uvicorn
from fastapi import FastAPI

from deskstream_runtime.settings import ServiceSettings


class HttpServer:
    """Serves the application on `http_host:http_port`; port 0 is any that is free."""

    def __init__(self, app: FastAPI, settings: ServiceSettings) -> None:
        self._server = uvicorn.Server(
            uvicorn.Config(
                app,
                host=settings.http_host,
                port=settings.http_port,
                lifespan="off",
                access_log=False,
                log_config=None,
                server_header=False,
                ws="websockets-sansio",
                ws_max_size=settings.http_body_max_bytes,
                timeout_graceful_shutdown=int(settings.drain_timeout_s),
            )
        )

    @property
    def url(self) -> str:
        """Where it answers, once started."""
        host, port = self._server.servers[0].sockets[0].getsockname()[:2]
        return f"http://{host}:{port}"

    async def start(self) -> None:
        """Listens. Ends the process when the port is taken, as uvicorn does."""
        config = self._server.config
        config.load()
        self._server.lifespan = config.lifespan_class(config)
        await self._server.startup()

    async def run(self) -> None:
        """Serves until `stop`."""
        await self._server.main_loop()

    async def stop(self, timeout_s: float) -> None:
        """Lets requests in flight finish, then closes every connection."""
        self._server.should_exit = True
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await self._server.shutdown()
