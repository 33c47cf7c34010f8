"""A tiny service with the contract of a real one: its commands and its health.

Tests put it on the import path under the names of the five services. With FAIL_MIGRATE or
FAIL_SERVE set to a service's name, that service fails there.
"""

import json
import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from deskstream_runtime.postgres.migrate import migrate


class Handler(BaseHTTPRequestHandler):
    """Answers every request with what it was asked, and health with 200."""

    service = ""

    def _answer(self) -> None:
        size = int(self.headers.get("content-length", "0"))
        self.rfile.read(size)
        asked = {
            "service": self.service,
            "method": self.command,
            "path": self.path,
            "body_bytes": size,
            "headers": {name.lower(): value for name, value in self.headers.items()},
            "warnings": {"model": "gives no answers"} if self.service == "ai" else {},
        }
        body = json.dumps(asked).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _answer  # noqa: N815

    def log_message(self, *_: object) -> None:
        """Write nothing for each request."""


def main(service: str) -> None:
    """Run the command line of the service."""
    command = sys.argv[1]
    if os.environ.get(f"FAIL_{command.upper()}") == service:
        sys.exit(f"{service} was told to fail at {command}")
    if command == "migrate":
        migrate(os.environ["DESK_POSTGRES_DSN"])
    if command == "check":
        print(f"asked as {os.environ['DESK_INSTANCE_ID']}", flush=True)  # noqa: T201
        sys.exit(2)
    if command == "rebuild":
        if service == "notify":
            sys.exit("notify: the log is not there")
        print(f"rebuilt as {os.environ['DESK_INSTANCE_ID']}", flush=True)  # noqa: T201
    if command == "serve":
        print(f"{service} serves", flush=True)  # noqa: T201
        serve(service, int(os.environ["DESK_HTTP_PORT"]))


def serve(service: str, port: int) -> None:
    """Answer requests for ever."""
    Handler.service = service
    ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
