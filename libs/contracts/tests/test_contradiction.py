"""A record is taken for its event only when its key and its time agree."""

from datetime import timedelta
from uuid import UUID

import pytest

from deskstream_contracts import UndecodableRecord, encode, refuse_contradiction
from deskstream_contracts.documents.checkout import this_checkout
from deskstream_contracts.events.ticket import TicketCreated
from deskstream_contracts.structured import from_document

EVENT = from_document(this_checkout().example(TicketCreated, "full"))
KEY = encode(EVENT).key
TIME_MS = int(EVENT.time.timestamp() * 1_000)
DAY_MS = 86_400_000


@pytest.mark.parametrize("logged_at_ms", [TIME_MS, TIME_MS + 900 * DAY_MS, TIME_MS - DAY_MS + 1])
def test_a_record_written_at_its_time_later_or_a_little_earlier_is_taken(logged_at_ms: int) -> None:
    refuse_contradiction(EVENT, key=KEY, logged_at_ms=logged_at_ms)


@pytest.mark.parametrize(
    "key",
    [
        None,
        b"",
        EVENT.id.bytes,
        KEY.upper(),
        KEY.replace(b"-", b""),
        KEY + b" ",
        str(EVENT.subject).encode(),
        str(UUID(int=1)).encode(),
    ],
)
def test_a_key_that_is_not_the_event_id_as_we_write_it_is_refused(key: bytes | None) -> None:
    with pytest.raises(UndecodableRecord, match="wrong_key: the record's key is not ce_id"):
        refuse_contradiction(EVENT, key=key, logged_at_ms=TIME_MS)


@pytest.mark.parametrize("logged_at_ms", [TIME_MS - DAY_MS - 1_000, 0, -1])
def test_an_event_a_day_ahead_of_its_record_is_refused(logged_at_ms: int) -> None:
    with pytest.raises(UndecodableRecord) as raised:
        refuse_contradiction(EVENT, key=KEY, logged_at_ms=logged_at_ms)
    assert raised.value.reason == "ahead_of_log"


def test_how_far_it_is_ahead_is_told() -> None:
    later = EVENT._replace(time=EVENT.time + timedelta(hours=69))
    with pytest.raises(UndecodableRecord, match=r"ce_time is 69\.0 hours after"):
        refuse_contradiction(later, key=KEY, logged_at_ms=TIME_MS)
