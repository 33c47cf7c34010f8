"""Encode and decode of a `ticket.created` beside pydantic's bare work on the same body.

    python bench/codec.py

Each round times every case in turn, so that a busy machine slows all of them alike; the ratios are
medians over rounds. `new ticket` hashes the partition key, `known ticket` finds the hash at hand.
"""

from collections.abc import Callable, Sequence
from statistics import median
from time import perf_counter
from uuid import uuid4

from deskstream_contracts import Event, decode, encode
from deskstream_contracts.documents.checkout import this_checkout
from deskstream_contracts.events.ticket import TicketCreated
from deskstream_contracts.model import EventData
from deskstream_contracts.partition import murmur2, partition_of
from deskstream_contracts.structured import from_document

ROUNDS = 15
EVENTS_PER_ROUND = 2_000

Case = Callable[[], None]


def events_of_new_tickets() -> list[Event[EventData]]:
    """The same realistic body for many tickets: what the import of a CSV file writes."""
    full = from_document(this_checkout().example(TicketCreated, "full"))
    data = full.data.model_copy(update={"attachments": ()})
    return [full._replace(id=uuid4(), subject=uuid4(), data=data) for _ in range(EVENTS_PER_ROUND)]


def cases(events: Sequence[Event[EventData]]) -> dict[str, Case]:
    """What is timed, each case over all events; the bare parts come first."""
    records = [encode(event) for event in events]
    to_json = TicketCreated.__pydantic_serializer__.to_json
    validate_json = TicketCreated.__pydantic_validator__.validate_json

    def bare_to_json() -> None:
        for event in events:
            to_json(event.data)

    def encode_known() -> None:
        for event in events:
            encode(event)

    def encode_new() -> None:
        murmur2.cache_clear()
        encode_known()

    def bare_validate_json() -> None:
        for record in records:
            validate_json(record.value)

    def decode_all() -> None:
        for record in records:
            decode(record.topic, record.headers, record.value)

    def build_events() -> None:
        for event in events:
            Event(event.id, event.subject, event.time, event.data, 1, None, None, None, 1)

    def hash_new() -> None:
        murmur2.cache_clear()
        for event in events:
            partition_of(str(event.subject), 6)

    return {
        "pydantic to_json": bare_to_json,
        "encode, known ticket": encode_known,
        "encode, new ticket": encode_new,
        "pydantic validate_json": bare_validate_json,
        "decode": decode_all,
        "Event()": build_events,
        "partition_of, new ticket": hash_new,
    }


def microseconds(case: Case) -> float:
    """The time of one event in one run of the case."""
    started = perf_counter()
    case()
    return (perf_counter() - started) / EVENTS_PER_ROUND * 1e6


def main() -> None:
    """Prints one line a case: median time, and its share of the bare part in the same round."""
    events = events_of_new_tickets()
    timed = cases(events)
    rounds = [{name: microseconds(case) for name, case in timed.items()} for _ in range(ROUNDS)]
    bare_of = {
        "encode, known ticket": "pydantic to_json",
        "encode, new ticket": "pydantic to_json",
        "decode": "pydantic validate_json",
    }
    print(f"body of {len(encode(events[0]).value)} bytes, {ROUNDS} rounds of {EVENTS_PER_ROUND}")
    for name in timed:
        line = f"{name:26} {median(times[name] for times in rounds):6.2f} us"
        if bare := bare_of.get(name):
            ratio = median(times[bare] / times[name] for times in rounds)
            line += f"   {ratio:4.2f} x the speed of {bare}"
        print(line)


if __name__ == "__main__":
    main()
