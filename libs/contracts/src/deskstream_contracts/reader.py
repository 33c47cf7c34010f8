"""Which function reads which version of which body: always into the newest type."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from deskstream_contracts.model import EventData

Reader = Callable[[bytes], EventData]
"""Reads a JSON body. Raises pydantic's `ValidationError` when it is not of that version."""


@dataclass(frozen=True, slots=True)
class Retired:
    """A body that is written no more but still lies in the log, and how it becomes the newest."""

    body: type[EventData]
    # Takes an instance of `body`; the type system has no way to tie the two fields together.
    upcast: Callable[[Any], EventData]

    def read(self, value: bytes) -> EventData:
        """The newest form of an old body."""
        return self.upcast(self.body.__pydantic_validator__.validate_json(value))


def schema_uri(event_type: str, major: int) -> str:
    """The `dataschema` attribute: names the type and its major version."""
    return f"urn:deskstream:{event_type}:{major}"


def readers_of(newest: Iterable[type[EventData]], retired: Iterable[Retired]) -> dict[str, Reader]:
    """`dataschema` to reader. Raises `ValueError` when two bodies claim the same version."""
    bodies: list[tuple[type[EventData], Reader]] = [
        *((body, body.__pydantic_validator__.validate_json) for body in newest),
        *((old.body, old.read) for old in retired),
    ]
    readers: dict[str, Reader] = {}
    for body, reader in bodies:
        uri = schema_uri(body.event_type, body.major)
        if uri in readers:
            raise ValueError(f"{uri} has two bodies, {body.__name__} is one: raise its `major`")
        readers[uri] = reader
    return readers
