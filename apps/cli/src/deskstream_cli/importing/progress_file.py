"""How far an import got, so that the next run of the same file resumes there."""

import hashlib
from pathlib import Path

from pydantic import BaseModel

from deskstream_cli.stack.secret_file import write_secret


class ImportProgress(BaseModel):
    """Rows that begin up to `done_line` are done: accepted, or reported as wrong."""

    file_sha256: str
    meaning: str
    gateway: str
    done_line: int = 0


class ProgressFile:
    """The progress of an import. Another file, address or way to read it starts over."""

    def __init__(self, folder: Path, csv_file: Path, meaning: str, gateway: str) -> None:
        with csv_file.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        self.name = hashlib.sha256(f"{digest} {meaning} {gateway}".encode()).hexdigest()[:24]
        self._path = folder / f"{self.name}.json"
        self._fresh = ImportProgress(file_sha256=digest, meaning=meaning, gateway=gateway)

    def load(self) -> int:
        """The last line that is done; 0 when there is none."""
        if not self._path.exists():
            return 0
        return ImportProgress.model_validate_json(self._path.read_bytes()).done_line

    def save(self, done_line: int) -> None:
        """Replaces what was remembered, whole or not at all."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        progress = self._fresh.model_copy(update={"done_line": done_line})
        write_secret(self._path, progress.model_dump_json())

    def forget(self) -> None:
        """Forgets the progress: nothing is left to resume."""
        self._path.unlink(missing_ok=True)
