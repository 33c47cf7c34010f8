"""A TOML file against its model, with errors that say where and what to do."""

import hashlib
import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, TypeVar

from pydantic import BaseModel, ValidationError

M = TypeVar("M", bound=BaseModel)

_SIZE_MAX_BYTES = 262_144
_RULE_HEADER = re.compile(r"^\s*\[\[\s*rule\s*\]\]")


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
        return model.model_validate(tomllib.loads(contents.text))
    except tomllib.TOMLDecodeError as error:
        raise InvalidFile(f"{contents.path}: {error}") from error
    except ValidationError as error:
        faults = [
            f"{_place(contents, fault['loc'])}: {fault['msg']}"
            for fault in error.errors(include_url=False)
        ]
        raise InvalidFile("\n".join(faults)) from None


def rule_lines(text: str) -> list[int]:
    """The line each `[[rule]]` begins on, counted from 1."""
    return [number for number, line in enumerate(text.splitlines(), 1) if _RULE_HEADER.match(line)]


def _place(contents: Contents, loc: Sequence[int | str]) -> str:
    """Where a fault is: the rule's line when it is in a rule, and the path of the field."""
    field = ".".join(str(step) for step in loc)
    if len(loc) > 1 and loc[0] == "rule" and isinstance(loc[1], int):
        lines = rule_lines(contents.text)
        within = ".".join(str(step) for step in loc[2:])
        line = f":{lines[loc[1]]}" if loc[1] < len(lines) else ""
        return f"{contents.path}{line}: rule {loc[1] + 1}: {within}"
    return f"{contents.path}: {field}"
