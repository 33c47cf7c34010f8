"""The name of the system that rows come from, which with a row's id names the ticket for ever.

A file's name is a good name only for the file that had it first: two systems both export
`export.csv`, and their tickets 1 are two tickets. See docs/decisions/0013-csv-import.md.
"""

import re
from pathlib import Path

from pydantic import BaseModel

from deskstream_cli.importing.limits import CODE
from deskstream_cli.importing.refusals import FileRefused
from deskstream_cli.stack.secret_file import write_secret


class KnownSources(BaseModel):
    """The file that each name was taken from, by the name."""

    files: dict[str, str] = {}


class SourceNames:
    """Remembers which file a name was made of, in a folder of the stack whose tickets it names."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "sources.json"

    def of_file(self, file: Path) -> str:
        """The file's name as a source. Raises `FileRefused` when it is another file's already."""
        source = stem_code(file)
        owner = self._load().files.get(source, str(file.resolve()))
        if owner != str(file.resolve()):
            raise FileRefused(
                f"A file of the same name was imported before: {owner} as source {source}. If "
                f"{file.resolve()} is of the same system, give --source {source}; else give it "
                "another, for example the system's name."
            )
        return source

    def keep(self, source: str, file: Path) -> None:
        """The name is this file's from now on."""
        known = self._load()
        if known.files.get(source) == str(file.resolve()):
            return
        files = known.files | {source: str(file.resolve())}
        self._path.parent.mkdir(parents=True, exist_ok=True)
        write_secret(self._path, KnownSources(files=files).model_dump_json(indent=2))

    def _load(self) -> KnownSources:
        if not self._path.exists():
            return KnownSources()
        return KnownSources.model_validate_json(self._path.read_bytes())


def stem_code(file: Path) -> str:
    """The file's name as an open word: `My export.csv` is `my_export`."""
    return re.sub(r"[^a-z0-9_.:-]+", "_", file.stem.lower()).strip("_.:-")[:100] or "csv"


def checked_source(source: str) -> str:
    """A source that the user named. Raises `FileRefused` when it is no code."""
    if not CODE.fullmatch(source):
        raise FileRefused(
            f"--source {source!r}: use small letters, digits and _ . : - (at most 100)."
        )
    return source
