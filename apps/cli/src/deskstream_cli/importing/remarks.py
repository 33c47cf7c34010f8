"""Remarks on a row in the report: not imported, or with something left out or changed."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Remark:
    """Something about a row. `reason` holds no text of it; `column` is empty for the whole row."""

    line: int
    column: str
    reason: str


@dataclass(frozen=True, slots=True)
class WrongRow:
    """A row that cannot be sent, and why."""

    line: int
    reason: str
    column: str = ""


class Unfit(Exception):
    """A row cannot be imported. Raised while it is made, and turned into a `WrongRow`."""

    def __init__(self, reason: str, column: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.column = column
