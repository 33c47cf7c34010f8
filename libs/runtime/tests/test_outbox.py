"""What the outbox keeps of a record is what comes out of it."""

from typing import Any

from conftest import Bench
from hypothesis import given
from hypothesis import strategies as st
from runtime_toy import request_event

from deskstream_contracts import decode, encode
from deskstream_runtime.observability.telemetry import install_tracing, span
from deskstream_runtime.outbox.store import headers_from_text, headers_to_text, traced
from deskstream_runtime.testing.migrations import forth_and_back

TRACE = "0af7651916cd43dd8448eb211c80319c"


@given(st.lists(st.tuples(st.text(max_size=50), st.text(max_size=200).map(str.encode))))
def test_headers_survive(headers: Any) -> None:
    assert headers_from_text(headers_to_text(headers)) == headers


def test_an_event_survives() -> None:
    event = request_event()
    record = encode(event)
    headers = headers_from_text(headers_to_text(record.headers))
    assert decode(record.topic, headers, record.value) == event


def test_events_get_the_trace_of_the_request_they_were_decided_in() -> None:
    install_tracing("toy")
    other = request_event()._replace(traceparent=f"00-{'1' * 32}-{'2' * 16}-01")
    with span("request", f"00-{TRACE}-b7ad6b7169203331-01"):
        mine, kept = traced([request_event(), other])
    assert mine.traceparent is not None
    assert TRACE in mine.traceparent
    assert kept == other


async def test_what_waits_aside_is_back_in_the_outbox_before_its_table_goes(bench: Bench) -> None:
    up, down = forth_and_back("deskstream_runtime", "20261129000700")
    await bench.query(
        "insert into outbox_aside (topic, partition, key, headers, value)"
        " values ('refused', 0, 'a', '[]', 'first'), ('refused', 0, 'b', '[]', 'second')"
    )
    await bench.execute(down)
    rows = await bench.query("select value from outbox order by seq")
    assert [row["value"] for row in rows] == [b"first", b"second"]
    await bench.execute(up)


def test_outside_a_request_events_have_no_trace() -> None:
    event = request_event()
    assert traced([event]) == [event]
