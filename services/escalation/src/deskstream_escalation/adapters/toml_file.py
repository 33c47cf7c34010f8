"""A TOML file against its model, with errors that say where and what to do."""

import hashlib
import tomllib
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from pydantic import BaseModel, ValidationError

from deskstream_runtime.validation import faults_of

M = TypeVar("M", bound=BaseModel)

_SIZE_MAX_BYTES = 262_144


class InvalidFile(ValueError):
    """A file of rules or service levels cannot be used; the message has a line per fault."""


class Contents(NamedTuple):
    """A file's text and its version: the start of its SHA-256."""

    path: Path
    text: str
    version: str


def read(path: Path) -> Contents:
    """The file. Raises `InvalidFile` when it is missing, too large or not UTF-8."""
    try:
        with path.open("rb") as file:
            raw = file.read(_SIZE_MAX_BYTES + 1)
    except OSError as error:
        raise InvalidFile(f"{path}: cannot be read ({error.strerror})") from error
    if len(raw) > _SIZE_MAX_BYTES:
        raise InvalidFile(f"{path}: larger than {_SIZE_MAX_BYTES} bytes")
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        raise InvalidFile(f"{path}: not UTF-8 at byte {error.start}") from error
    return Contents(path, text, hashlib.sha256(raw).hexdigest()[:16])


def parse(contents: Contents, model: type[M]) -> M:
    """The file as `model`. Raises `InvalidFile`."""
    try:
        document = tomllib.loads(contents.text)
        return model.model_validate(document)
    except tomllib.TOMLDecodeError as error:
        raise InvalidFile(f"{contents.path}: {error}") from error
    except ValidationError as error:
        faults = [
            f"{contents.path}: {_field(document, fault.location)}: {fault.message}"
            for fault in faults_of(error)
        ]
        raise InvalidFile("\n".join(faults)) from None


def _field(document: dict[str, Any], loc: tuple[int | str, ...]) -> str:
    """The path of a field. A rule in it has its name, or its number if it has none."""
    rule = ""
    if len(loc) > 1 and loc[0] == "rule" and isinstance(loc[1], int):
        entry, number = document["rule"][loc[1]], loc[1] + 1
        name = entry.get("name", number) if isinstance(entry, dict) else number
        rule, loc = f"rule {name!r}: ", loc[2:]
    return rule + ".".join(str(step) for step in loc)
