"""A TOML file of the local model, validated at start."""

import tomllib
from typing import Self

from pydantic import BaseModel, ConfigDict


class TomlTable(BaseModel):
    """A table of a file, or the whole. A key that it does not know is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @classmethod
    def parse(cls, toml: str) -> Self:
        """The file of this text. Raises pydantic's `ValidationError`, which names the key."""
        return cls.model_validate(tomllib.loads(toml))
