"""A projection for the gateway's tests: echoes WebSocket messages, answers other GETs as the fake
services do.
"""

import json

from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection, serve


def main(port: int) -> None:
    """Answer for ever."""
    with serve(_echo, "127.0.0.1", port, process_request=_answer) as server:
        server.serve_forever()


def _echo(connection: ServerConnection) -> None:
    for message in connection:
        connection.send(message)


def _answer(connection: ServerConnection, request: Request) -> Response | None:
    if "upgrade" in request.headers.get("connection", "").lower():
        return None
    asked = {
        "service": "projection",
        "method": "GET",
        "path": request.path,
        "headers": {name.lower(): value for name, value in request.headers.raw_items()},
    }
    return connection.respond(200, json.dumps(asked))
