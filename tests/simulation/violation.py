"""How something that must hold and does not is told."""


class Violation(AssertionError):
    """Something that must hold does not."""


def equal(what: str, found: object, expected: object) -> None:
    """Raises `Violation` where they differ."""
    if found != expected:
        raise Violation(f"{what}: {found!r}, expected {expected!r}")
