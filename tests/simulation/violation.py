"""How a broken invariant is reported."""


class Violation(AssertionError):
    """Something that must hold does not."""


def equal(what: str, found: object, expected: object) -> None:
    """Raises `Violation` where they differ."""
    if found != expected:
        raise Violation(f"{what}: {found!r}, expected {expected!r}")
