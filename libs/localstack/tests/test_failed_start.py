"""A server that cannot start is reported with its log, and nothing is left running."""

import socket
import sys
from pathlib import Path

import pytest

from deskstream_localstack.part import LOOPBACK, LocalStackError, StackPart
from deskstream_localstack.ports import accepts_connections, free_ports, is_free
from deskstream_localstack.process import PartProcess
from deskstream_localstack.testing import local_stack
from deskstream_localstack.valkey import prepare_valkey


@pytest.mark.usefixtures("servers")
def test_a_taken_port_is_reported_with_the_servers_own_words(tmp_path: Path) -> None:
    with socket.create_server((LOOPBACK, 0)) as other:
        port = other.getsockname()[1]
        valkey = PartProcess(prepare_valkey(tmp_path, port), tmp_path / "valkey.log")

        with pytest.raises(LocalStackError, match="Address already in use"):
            valkey.start()

        assert valkey.has_exited()
        assert not is_free(port)


@pytest.mark.usefixtures("servers")
def test_a_server_that_never_answers_is_reported(tmp_path: Path) -> None:
    silent = PartProcess(_python("import signal; signal.pause()"), tmp_path / "silent.log")
    silent.launch()
    try:
        with pytest.raises(LocalStackError, match="was not ready within"):
            silent.wait_until_ready(timeout_s=0.2)
    finally:
        silent.stop()
    assert silent.has_exited()


@pytest.mark.usefixtures("servers")
def test_a_server_that_was_not_chosen_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DESK_TEST_VALKEY", raising=False)
    with (
        local_stack("valkey") as stack,
        pytest.raises(LocalStackError, match="started without kafka"),
    ):
        _ = stack.kafka_bootstrap


def test_a_server_named_in_the_environment_is_used_and_left_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DESK_TEST_VALKEY", "redis://cache.example:6379/0")
    with local_stack("valkey") as stack:
        assert stack.valkey_url == "redis://cache.example:6379/0"
        with pytest.raises(LocalStackError, match="DESK_TEST_VALKEY"):
            stack.control("valkey")


def test_free_ports_differ_and_are_free() -> None:
    ports = free_ports(5)

    assert len(set(ports)) == 5
    assert all(is_free(port) and not accepts_connections(port) for port in ports)


def _python(code: str) -> StackPart:
    argv = (sys.executable, "-c", code)
    return StackPart(name="silent", version="1", port=0, argv=argv, is_ready=lambda: False)
