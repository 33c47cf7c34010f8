"""The walks drawn in ARCHITECTURE.md, and which of our files run for an input."""

import asyncio
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple, TypeAlias

ROOT = Path(__file__).parents[1]
SOURCES = [str(folder) + "/" for folder in ROOT.glob("*/*/src")]
EDGE = "deskstream_runtime/http/edge.py"
UNIT_OF_WORK = "deskstream_runtime/unit_of_work.py"
ARCHITECTURE = ROOT / "ARCHITECTURE.md"
Task: TypeAlias = "asyncio.Task[Any] | None"


def drawn_walks() -> dict[str, list[str]]:
    """Each walk by the first word of its heading: its files, from top to bottom."""
    section = ARCHITECTURE.read_text().partition("\n## Three walks\n")[2].partition("\n## ")[0]
    drawings = re.findall(r"^### (?:An? )?(\w+):.*?^```text\n(.*?)^```", section, flags=re.M | re.S)
    return {name.lower(): re.findall(r"^(\S+\.py)", text, flags=re.M) for name, text in drawings}


class Call(NamedTuple):
    """A function of ours was called, by this task. `turn`: as in `Trace.turns_back`, or none."""

    task: Task
    file: str
    turn: tuple[str, ...]


class Trace:
    """The functions of ours that were called, in order."""

    def __init__(self) -> None:
        self._calls: list[Call] = []

    def __call__(self, frame: FrameType, event: str, _argument: object) -> None:
        if event != "call" or _ours(frame) is None:
            return
        *callers, file = _files_entered(frame)
        turn = (*callers[callers.index(file) :], file) if file in callers else ()
        self._calls.append(Call(_current_task(), file, turn))

    def files(self, first: str) -> list[str]:
        """Of the tasks that begin with a file, all calls: others serve what waits meanwhile."""
        return [call.file for call in self._walk(first)]

    def turns_back(self, drawn: Sequence[str]) -> set[tuple[str, ...]]:
        """Until the walk has passed its last file: each file that is called from below itself.

        With the files between. Two are no turns: ASGI hands an application its callbacks, and a
        file that gives the unit of work a function of its own is read straight on.
        """
        turns: set[tuple[str, ...]] = set()
        remaining = list(drawn)
        for call in self._walk(drawn[0]):
            if call.turn and call.turn[0] != EDGE and call.turn[1:-1] != (UNIT_OF_WORK,):
                turns.add(call.turn)
            remaining = passed_in_order(remaining, [call.file])
            if not remaining:
                break
        return turns

    def _walk(self, first: str) -> Iterator[Call]:
        begins: dict[Task, str] = {}
        for call in self._calls:
            if begins.setdefault(call.task, call.file) == first:
                yield call


def _ours(frame: FrameType) -> str | None:
    path = frame.f_code.co_filename
    return next((path.removeprefix(source) for source in SOURCES if path.startswith(source)), None)


def _files_entered(frame: FrameType) -> list[str]:
    """Our files on the stack, the outermost first, each as often as it is entered."""
    files: list[str] = []
    caller: FrameType | None = frame
    while caller is not None:
        path = _ours(caller)
        if path is not None and path not in files[-1:]:
            files.append(path)
        caller = caller.f_back
    return files[::-1]


def _current_task() -> Task:
    try:
        return asyncio.current_task()
    except RuntimeError:  # a callback of the loop
        return None


@contextmanager
def tracing() -> Iterator[Trace]:
    """Notes every call of a function of ours until the end of the block, in this thread."""
    trace = Trace()
    sys.setprofile(trace)
    try:
        yield trace
    finally:
        sys.setprofile(None)


def passed_in_order(drawn: Sequence[str], called: Sequence[str]) -> list[str]:
    """The drawn files that were not called in this order, from the first one on."""
    remaining = list(drawn)
    for path in called:
        if remaining and path == remaining[0]:
            remaining.pop(0)
    return remaining
