"""How a long command tells the user what it is doing."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn


class Reporter:
    """Writes one line a finished step, and a bar while something is downloaded."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._progress = Progress(
            TextColumn("[cyan]…[/] {task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            console=console,
            transient=True,
        )
        self._download: TaskID | None = None

    @contextmanager
    def step(self, text: str) -> Iterator[None]:
        """Report `text` with the time it took, once the block has ended well."""
        began_at = time.monotonic()
        yield
        took_s = time.monotonic() - began_at
        self._console.print(f"[green]✓[/] {text} [dim]({took_s:.1f} s)[/]", highlight=False)

    def note(self, text: str) -> None:
        """Report something that takes no time."""
        self._console.print(f"[yellow]•[/] {text}", highlight=False)

    def download(self, done: int, total: int) -> None:
        """Show how many of the broker's files have been downloaded."""
        if self._download is None:
            self._progress.start()
            self._download = self._progress.add_task("Downloading Kafka", total=total)
        self._progress.update(self._download, completed=done, total=total)
        if done == total:
            self._progress.stop()

    def close(self) -> None:
        """Take the bar off the screen, should a download have been cut off."""
        self._progress.stop()
