"""Where the contracts' files lie in a checkout of the repository."""

import json
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from deskstream_contracts.model import EventData
from deskstream_contracts.structured import Document

ExampleKind = Literal["full", "minimal"]
EXAMPLE_KINDS: tuple[ExampleKind, ...] = ("full", "minimal")


@dataclass(frozen=True, slots=True)
class Checkout:
    """The folder of the contracts inside a repository; tests give another one."""

    contracts: Path

    @property
    def schemas(self) -> Path:
        """Generated: the schemas of the models as they are now."""
        return self.contracts / "schemas"

    @property
    def released(self) -> Path:
        """Committed: the schemas of the last release."""
        return self.contracts / "released"

    @property
    def reference(self) -> Path:
        """Generated pages of the repository's documentation."""
        return self.contracts.parent.parent / "docs" / "reference"

    def version(self) -> str:
        project = tomllib.loads((self.contracts / "pyproject.toml").read_text())["project"]
        return str(project["version"])

    def example(self, body: type[EventData], kind: ExampleKind) -> Document:
        """A committed example of a body, as a CloudEvents document."""
        folder = self.contracts / "examples" / body.event_type / f"v{body.major}"
        document: Document = json.loads((folder / f"{kind}.json").read_text())
        return document


def this_checkout() -> Checkout:
    """The checkout this package runs from. Raises `SystemExit` when it was installed alone."""
    contracts = Path(__file__).resolve().parents[3]
    if not (contracts / "examples").is_dir():
        raise SystemExit(f"{contracts} is no checkout of the contracts: run this in the repository")
    return Checkout(contracts)
