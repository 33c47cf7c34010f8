"""Fresh ids. An event that follows from another has `deskstream_contracts.follow_id`."""

from uuid import UUID

import uuid_utils


def new_id() -> UUID:
    """A fresh RFC 9562 version 7 id: later ids sort after earlier ones."""
    return UUID(int=uuid_utils.uuid7().int)
