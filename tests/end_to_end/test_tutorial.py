"""The tutorial works as it is written: a first consumer reads, reacts, stops and continues."""

import json
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

from page_commands import ROOT, Shell, blocks
from whole_stack import WholeStack

from deskstream_runtime.testing.waiting import eventually

PAGE = ROOT / "docs" / "tutorials" / "first-consumer.md"
WITHIN_S = 60


class Terminal:
    """A program that runs, and the lines it has printed."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self._lines: list[str] = []
        self._reading = Thread(target=self._read, daemon=True)
        self._reading.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        self._lines.extend(iter(self._process.stdout.readline, ""))

    async def shows(self, ticket_id: str) -> None:
        """Returns once the ticket went to care."""

        def has_shown() -> bool:
            assert self._process.poll() is None, "".join(self._lines)
            return any(line.startswith(f"{ticket_id} goes to care") for line in self._lines)

        await eventually(has_shown, within_s=WITHIN_S, what="an angry ticket in the queue")

    def interrupt(self) -> list[str]:
        """Ctrl+C; returns the lines."""
        self._process.send_signal(signal.SIGINT)
        self._process.wait(timeout=WITHIN_S)
        self._reading.join(timeout=WITHIN_S)
        return self._lines


@contextmanager
def terminal(shell: Shell, *commands: str) -> Iterator[Terminal]:
    """Runs commands, the last of which does not end by itself, until the end of the block."""
    *first, last = commands
    process = shell.start(*first, f"exec {last}")
    try:
        yield Terminal(process)
    finally:
        process.kill()


def sent(shell: Shell, ticket: str) -> str:
    """The id of the ticket that a command sends."""
    return str(json.loads(shell.run(ticket))["id"])


async def test_a_first_consumer(stack: WholeStack, tmp_path: Path) -> None:
    shell = Shell(tmp_path, stack)
    (program,) = blocks(PAGE, "python")
    (tmp_path / "care.py").write_text(program)
    start, variables, run, angry, look, polite = blocks(PAGE, "bash")
    activate = start.replace("make up\n", "")
    assert activate != start
    before_curl = angry.partition("curl")[0]

    with terminal(shell, activate, variables, run) as first:
        moved = sent(shell, angry)
        await first.shows(moved)

        def is_in_the_queue() -> bool:
            return moved in shell.run(before_curl, look)

        await eventually(is_in_the_queue, within_s=WITHIN_S, what="the ticket in the queue care")
        left_alone = sent(shell, before_curl + polite)
        await first.shows(sent(shell, angry))
        assert left_alone not in "".join(first.interrupt())

    while_it_was_away = sent(shell, angry)
    with terminal(shell, activate, variables, run) as again:
        await again.shows(while_it_was_away)
        assert moved not in "".join(again.interrupt())
