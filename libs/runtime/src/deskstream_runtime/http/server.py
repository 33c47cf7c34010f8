"""uvicorn within the service's life: it starts and stops with it."""

import asyncio
import contextlib
import socket

import uvicorn
from fastapi import FastAPI

from deskstream_runtime.settings import ServiceSettings


class CannotListenError(Exception):
    """The address to serve on cannot be had; the message says why and names the settings."""


class HttpServer:
    """Serves the application on `http_host:http_port`; port 0 is any that is free."""

    def __init__(self, app: FastAPI, settings: ServiceSettings) -> None:
        self._host, self._port = settings.http_host, settings.http_port
        self._server = uvicorn.Server(
            uvicorn.Config(
                app,
                lifespan="off",
                access_log=False,
                log_config=None,
                server_header=False,
                ws="websockets-sansio",
                timeout_keep_alive=settings.http_keep_alive_s,
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
        """Listens. Raises `CannotListenError` when the port is taken, say, or the host not ours."""
        listening = await _listen(self._host, self._port)
        config = self._server.config
        config.load()
        self._server.lifespan = config.lifespan_class(config)
        await self._server.startup(sockets=listening)

    async def run(self) -> None:
        await self._server.main_loop()

    async def stop(self, timeout_s: float) -> None:
        """Lets requests in flight finish, then closes every connection, if it ever listened."""
        if not self._server.started:
            return
        self._server.should_exit = True
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await self._server.shutdown()


async def _listen(host: str, port: int) -> list[socket.socket]:
    """A socket for each address of the host. uvicorn would end the process without a word."""
    listening: list[socket.socket] = []
    try:
        for family, _, _, _, address in await asyncio.get_running_loop().getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        ):
            listening.append(socket.create_server(address[:2], family=family))
    except OSError as error:
        for one in listening:
            one.close()
        raise CannotListenError(
            f"Cannot listen on {host}:{port}: {error.strerror}. "
            "Choose another address with DESK_HTTP_HOST and DESK_HTTP_PORT, or stop what has it."
        ) from error
    return listening
