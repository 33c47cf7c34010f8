"""Who listens on a port is the program that was started, not whoever was there first."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from deskstream_cli.stack.readiness import listens

_LISTENS = "import socket; s = socket.create_server(('127.0.0.1', 0)); print(s.getsockname()[1])"


@pytest.fixture
def other() -> Iterator[tuple[int, int]]:
    """Another process and the port that it listens on."""
    code = f"{_LISTENS}; import sys; sys.stdout.flush(); sys.stdin.read()"
    argv = [sys.executable, "-c", code]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        yield process.pid, int(process.stdout.readline())
        process.kill()


def test_a_process_listens_on_its_port_and_so_does_the_one_that_started_it(
    other: tuple[int, int],
) -> None:
    pid, port = other
    assert listens(pid, port)
    assert listens(os.getpid(), port)


def test_a_port_of_somebody_else_is_not_the_processs_own(other: tuple[int, int]) -> None:
    pid, _ = other
    with socket.create_server(("127.0.0.1", 0)) as ours:
        assert not listens(pid, ours.getsockname()[1])


def test_a_process_that_is_gone_listens_nowhere(other: tuple[int, int]) -> None:
    _, port = other
    ended = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"],
                           capture_output=True, text=True, check=True)  # fmt: skip
    assert not listens(int(ended.stdout), port)
