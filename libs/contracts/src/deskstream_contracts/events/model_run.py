"""A model and its input, recorded beside all of its output."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from deskstream_contracts.model import (
    Code,
    Confidence,
    Count,
    DurationMilliseconds,
    Identifier,
    Line,
    Part,
    Sha256,
)


class ModelRun(Part):
    """One use of a model: enough to compare it with another run, or to explain it years later."""

    provider: Code
    name: Identifier
    version: Identifier
    prompt_version: Identifier | None = None
    parameters: Annotated[dict[Code, Line], Field(max_length=50)] = {}  # noqa: RUF012 (pydantic copies it)
    input_tokens: Count | None = None
    output_tokens: Count | None = None
    latency_ms: DurationMilliseconds | None = None
    input_sha256: Sha256 | None = None


class Source(Part):
    """A passage the model was shown or quoted: what it was then, by hash."""

    kind: Code
    id: UUID
    version: Count
    sha256: Sha256
    score: Confidence | None = None
    title: Line | None = None
