"""The cursor of the delivery log: where its next page begins, as an opaque text."""

import base64
import binascii
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AwareDatetime, Field, TypeAdapter, ValidationError

from deskstream_notify.adapters.delivery_queries import Key
from deskstream_runtime.http.problems import Problem

CURSOR_MAX_CHARS = 200
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
END: Key = (datetime(9999, 1, 1, tzinfo=UTC), 2**63 - 1)

_KEY = TypeAdapter(tuple[AwareDatetime, Annotated[int, Field(ge=0, le=2**63 - 1)]])


def cursor_of(key: Key) -> str:
    """The cursor of a page that begins behind this key."""
    return base64.urlsafe_b64encode(_KEY.dump_json(key)).decode()


def key_of(cursor: str) -> Key:
    """The inverse of `cursor_of`. Raises a 422 problem for a text that it did not make."""
    try:
        text = base64.b64decode(cursor.encode(), altchars=b"-_", validate=True)
        moment, number = _KEY.validate_json(text)
    except (binascii.Error, UnicodeEncodeError, ValidationError):
        raise Problem(
            422,
            "invalid-cursor",
            "Invalid cursor",
            "The cursor is not one that this list gave; begin without one.",
        ) from None
    return within_reach(moment), number


def within_reach(moment: datetime) -> datetime:
    """The moment itself, or the first or last one that has a date in each time zone."""
    return max(BEGINNING, min(moment, END[0]))
