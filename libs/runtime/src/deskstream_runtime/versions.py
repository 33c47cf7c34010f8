"""Optimistic concurrency: a command may name the versions it is meant for."""

from collections.abc import Container


class StaleVersion(Exception):
    """The version is none of those the command is meant for; 0 is that of what does not exist."""

    def __init__(self, actual: int) -> None:
        super().__init__(f"version {actual} is none of those expected")
        self.actual = actual


def require_version(actual: int, expected: Container[int] | None) -> None:
    """Raises `StaleVersion` unless the version is expected; None expects any."""
    if expected is not None and actual not in expected:
        raise StaleVersion(actual)
