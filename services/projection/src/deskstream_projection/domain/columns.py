"""Text as Postgres can keep it."""

from typing import overload


@overload
def storable(text: str) -> str: ...
@overload
def storable(text: None) -> None: ...
@overload
def storable(text: str | None) -> str | None: ...
def storable(text: str | None) -> str | None:
    """The same text; a NUL, which JSON may hold and Postgres may not, becomes U+FFFD."""
    return text.replace("\x00", "\ufffd") if text else text
