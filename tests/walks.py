"""The walks drawn in ARCHITECTURE.md, and which of our files run for an input."""

import asyncio
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, TypeAlias

ROOT = Path(__file__).parents[1]
SOURCES = [str(folder) + "/" for folder in ROOT.glob("*/*/src")]
ARCHITECTURE = ROOT / "ARCHITECTURE.md"
Task: TypeAlias = "asyncio.Task[Any] | None"


def drawn_walks() -> dict[str, list[str]]:
    """Each walk by the first word of its heading: its files, from top to bottom."""
    section = ARCHITECTURE.read_text().partition("\n## Three walks\n")[2].partition("\n## ")[0]
    drawings = re.findall(r"^### (?:An? )?(\w+):.*?^```text\n(.*?)^```", section, flags=re.M | re.S)
    return {name.lower(): re.findall(r"^(\S+\.py)", text, flags=re.M) for name, text in drawings}


class Trace:
    """The files whose functions were called, in order, by the task that called them."""

    def __init__(self) -> None:
        self._calls: list[tuple[Task, str]] = []

    def __call__(self, frame: FrameType, event: str, _argument: object) -> None:
        if event != "call":
            return
        path = frame.f_code.co_filename
        for source in SOURCES:
            if path.startswith(source):
                self._calls.append((_current_task(), path.removeprefix(source)))
                return

    def files(self, first: str) -> list[str]:
        """Of the tasks that begin with a file, all calls: others serve what waits meanwhile."""
        begins: dict[Task, str] = {}
        for task, path in self._calls:
            begins.setdefault(task, path)
        return [path for task, path in self._calls if begins[task] == first]


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
