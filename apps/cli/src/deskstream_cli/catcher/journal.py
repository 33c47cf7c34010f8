"""An append-only JSON-lines file with its newest entries in memory."""

from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import BaseModel

Record = TypeVar("Record", bound=BaseModel)


class Journal(Generic[Record]):
    """Keeps every record on disk and the newest `listed_max` in memory.

    `key`, where given, makes a record that came before known: `holds` says so, across restarts.
    """

    def __init__(
        self,
        path: Path,
        record: type[Record],
        listed_max: int,
        key: Callable[[Record], str] | None = None,
    ) -> None:
        self._path = path
        self._key = key
        self._keys: set[str] = set()
        self._newest: deque[Record] = deque(maxlen=listed_max)
        self.total = 0
        if path.exists():
            with path.open(encoding="utf-8") as lines:
                for line in lines:
                    self._remember(record.model_validate_json(line))

    def append(self, record: Record) -> None:
        """Write the record to the file, then list it."""
        with self._path.open("a", encoding="utf-8") as file:
            file.write(record.model_dump_json() + "\n")
        self._remember(record)

    def holds(self, key: str) -> bool:
        """Say whether a record with this key was kept before."""
        return key in self._keys

    def newest_first(self) -> list[Record]:
        return list(reversed(self._newest))

    def _remember(self, record: Record) -> None:
        self._newest.append(record)
        self.total += 1
        if self._key:
            self._keys.add(self._key(record))
