"""Keyset cursors: the end of a page, opaque to the client and validated when it returns."""

import base64
import binascii
from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter, ValidationError

K = TypeVar("K", bound=tuple[Any, ...])

CURSOR_MAX_CHARS = 300


class InvalidCursor(Exception):
    """The cursor was not issued for this list and this order."""


class CursorCodec(Generic[K]):
    """Cursors of one list: `order` names the sort, the type adapter validates the key."""

    def __init__(self, key: TypeAdapter[K]) -> None:
        self._key = key
        self._pair: TypeAdapter[tuple[str, list[Any]]] = TypeAdapter(tuple[str, list[Any]])

    def encode(self, order: str, key: K) -> str:
        """The cursor of the row with this key."""
        values = self._key.dump_python(key, mode="json")
        return base64.urlsafe_b64encode(self._pair.dump_json((order, list(values)))).decode()

    def decode(self, order: str, cursor: str) -> K:
        """The key of a cursor. Raises `InvalidCursor`."""
        try:
            text = base64.b64decode(cursor.encode(), altchars=b"-_", validate=True)
            given, values = self._pair.validate_json(text)
            if given != order:
                raise InvalidCursor(f"the cursor is of the order {given[:40]!r}, not {order!r}")
            return self._key.validate_python(values)
        except (binascii.Error, UnicodeEncodeError, ValidationError):
            raise InvalidCursor("the cursor is not one that this list gave") from None
