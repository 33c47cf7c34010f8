"""What a service says of itself is read, whatever it says."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from deskstream_cli.demo.reasons import remarks
from deskstream_cli.stack.service_readiness import ServiceReadiness
from deskstream_contracts.topics import SERVICES
from deskstream_localstack.ports import free_ports


class Health(HTTPServer):
    status = 200
    body = b"{}"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Health)
        self.send_response(self.server.status)
        self.send_header("content-length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, *_: object) -> None:
        """Write nothing for each request."""


@pytest.fixture
def service() -> Iterator[Health]:
    with Health(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield server
        server.shutdown()


def test_ready_with_a_warning(service: Health) -> None:
    service.body = json.dumps(
        {"ready": True, "troubles": {}, "warnings": {"model": "no key"}}
    ).encode()
    found = ServiceReadiness.read(service.server_port)
    assert (found.ready, found.warnings) == (True, {"model": "no key"})


def test_not_ready_with_its_troubles(service: Health) -> None:
    service.status = 503
    service.body = json.dumps({"ready": False, "troubles": {"relay": "no broker"}}).encode()
    found = ServiceReadiness.read(service.server_port)
    assert (found.ready, found.working) == (False, False)
    assert found.troubles == {"relay": "no broker"}


def test_ready_though_its_log_does_not_move(service: Health) -> None:
    service.status = 503
    said = {"ready": True, "working": False, "troubles": {"relay": "no broker"}}
    service.body = json.dumps(said).encode()
    found = ServiceReadiness.read(service.server_port)
    assert (found.ready, found.working) == (True, False)
    lines = remarks(dict.fromkeys(SERVICES, service.server_port))
    assert "ai answers, and its log does not move" in lines


@pytest.mark.parametrize("body", [b"", b"ok", b"[]", b'{"troubles": 7}', b"\xff"])
def test_another_body_says_nothing_more_than_the_status(service: Health, body: bytes) -> None:
    service.body = body
    assert ServiceReadiness.read(service.server_port) == ServiceReadiness(ready=True, working=True)


def test_what_is_away_is_not_ready() -> None:
    [port] = free_ports(1)
    found = ServiceReadiness.read(port)
    assert not found.ready
    assert "ConnectionRefusedError" in found.troubles["http"]


def test_remarks_name_the_service_and_obey_no_escape(service: Health) -> None:
    service.body = json.dumps({"warnings": {"model": "a\x1b[2Jb"}}).encode()
    lines = remarks(dict.fromkeys(SERVICES, service.server_port))
    assert "ai: model: a␛[2Jb" in lines
