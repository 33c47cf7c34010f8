"""Progress messages of a long command."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TaskID, TextColumn


class Reporter:
    """Says what is being done from its first moment, and writes one line for what is done.

    On a terminal the steps that run show as moving lines. Elsewhere (a file, a CI's log) each step
    is written when it begins, too, so that nobody looks at silence.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            TextColumn("{task.fields[count]}"),
            console=console,
            transient=True,
        )
        self._download: TaskID | None = None

    @contextmanager
    def step(self, text: str) -> Iterator[None]:
        """Report `text` with the time it took, once the block has ended well."""
        began_at = time.monotonic()
        task = self._begin(text)
        try:
            yield
        finally:
            self._end(task)
        took_s = time.monotonic() - began_at
        self._console.print(f"[green]✓[/] {text} [dim]({took_s:.1f} s)[/]", highlight=False)

    def note(self, text: str) -> None:
        """Report something that takes no time."""
        self._console.print(f"[yellow]•[/] {text}", highlight=False)

    def download(self, done: int, total: int) -> None:
        """Show how many of the broker's files have been downloaded."""
        if self._download is None:
            self._download = self._begin("Downloading Kafka (43 MB)")
        self._progress.update(self._download, count=f"{done}/{total} files")
        if done == total:
            self._end(self._download)
            self._download = None

    def close(self) -> None:
        """Take moving lines off the screen, should a step have been cut off."""
        if self._console.is_terminal:
            self._progress.stop()

    def _begin(self, text: str) -> TaskID:
        if not self._console.is_terminal:
            self._console.print(f"[dim]… {text}[/]", highlight=False)
        else:
            self._progress.start()
        return self._progress.add_task(text, total=None, count="")

    def _end(self, task: TaskID) -> None:
        self._progress.remove_task(task)
        if not self._progress.tasks:
            self.close()
