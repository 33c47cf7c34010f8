"""A start that fails or is interrupted leaves nothing running and names the log to read."""

import signal
import socket
from collections.abc import Iterator

import psutil
import pytest

from deskstream_cli.stack.orphans import MARKER
from deskstream_cli.testing import TIMEOUT_S, Desk


@pytest.fixture(autouse=True)
def nothing_stays(desk: Desk) -> Iterator[None]:
    """After each test no process of the stack is left."""
    yield
    assert _survivors(desk) == []
    assert desk.run("status").returncode == 3


def test_a_failed_migration(desk: Desk) -> None:
    result = desk.run("up", FAIL_MIGRATE="ai")

    assert result.returncode == 1
    assert "The migrations of ai failed" in result.stderr
    assert str(desk.folder.log_of("ai")) in result.stderr
    assert "ai was told to fail" in desk.folder.log_of("ai").read_text()


def test_a_service_that_keeps_ending(desk: Desk) -> None:
    result = desk.run("up", FAIL_SERVE="notify")

    assert result.returncode == 1
    assert "notify keeps ending by itself" in result.stderr
    assert "notify was told to fail at serve" in result.stderr


def test_a_port_that_is_taken_meanwhile(desk: Desk) -> None:
    port = desk.state().ports["notify"]
    starting = desk.start("up")
    assert starting.stdout is not None
    while "postgres" not in starting.stdout.readline():
        pass

    with socket.create_server(("127.0.0.1", port)):
        printed, _ = starting.communicate(timeout=TIMEOUT_S)

    assert starting.returncode == 0, printed
    assert "Somebody took the port of notify: trying others." in printed
    assert desk.state().ports["notify"] != port
    assert desk.run("status").returncode == 0
    assert desk.run("down").returncode == 0


def test_ctrl_c_in_the_middle(desk: Desk) -> None:
    starting = desk.start("up")
    assert starting.stdout is not None
    while "kafka" not in starting.stdout.readline():
        pass

    starting.send_signal(signal.SIGINT)

    starting.communicate(timeout=60)
    assert starting.returncode != 0


def test_two_at_once(desk: Desk) -> None:
    with desk.folder.lock():
        result = desk.run("up")

    assert result.returncode == 1
    assert "Another `desk` command" in result.stderr


def _survivors(desk: Desk) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARKER) == str(desk.folder.root):
                found.append(process)
        except psutil.Error:
            continue
    return found
