"""Prometheus metrics of a service, each named and described once. Names stay as they are.

`docs/reference/metrics.md` is generated from here. Gauges are set by `watch`, every few seconds.
"""

import time
from collections.abc import Sequence

from aiokafka import ConsumerRecord
from prometheus_client import Counter, Gauge, Histogram

_LATENCY_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

# --- what is done ---------------------------------------------------------------------------------

RECORDS_HANDLED = Counter(
    "deskstream_records_handled", "Records whose effects are committed.", ["topic"]
)
RECORDS_DEAD = Counter(
    "deskstream_records_dead_lettered",
    "Records that went to the dead letters.",
    ["topic", "reason"],
)
RECORDS_PARKED = Counter("deskstream_records_parked", "Records of parked tickets.", ["topic"])
BATCHES_FAILED = Counter(
    "deskstream_batches_failed", "Batches rolled back, by kind of error.", ["error"]
)
TRANSIENT_FAILURES = Counter(
    "deskstream_transient_failures",
    "What failed and was tried again, by the part that met it and the kind of error.",
    ["part", "error"],
)
BATCH_RECORDS = Histogram(
    "deskstream_batch_records", "Records in a batch.", buckets=(1, 2, 5, 10, 20, 50, 100, 200, 500)
)
BATCH_SECONDS = Histogram(
    "deskstream_batch_duration_seconds",
    "From a batch's arrival to its commit.",
    buckets=_LATENCY_S,
)
RECORD_AGE_SECONDS = Histogram(
    "deskstream_record_age_seconds",
    "From a record's time in the log to its commit here (the oldest of each batch).",
    buckets=(*_LATENCY_S, 30.0, 60.0, 300.0, 3600.0),
)
REBALANCES = Counter(
    "deskstream_consumer_rebalances", "Times that partitions were assigned to this process."
)
OUTBOX_RELAYED = Counter("deskstream_outbox_relayed", "Outbox rows the broker has acknowledged.")
OUTBOX_FAILED = Counter("deskstream_relay_failures", "Relay rounds that failed.", ["error"])
WORK_FINISHED = Counter("deskstream_work_finished", "Pieces of work done or given up.", ["kind"])
WORK_FAILED = Counter("deskstream_work_failed", "Attempts that failed.", ["kind", "error"])
HTTP_SECONDS = Histogram(
    "deskstream_http_request_duration_seconds",
    "Time to answer a request.",
    ["method", "route", "status"],
    buckets=_LATENCY_S,
)

# --- what waits -----------------------------------------------------------------------------------

OUTBOX_ROWS = Gauge(
    "deskstream_outbox_rows", "Events committed and not yet acknowledged by the broker (capped)."
)
OUTBOX_OLDEST_AGE = Gauge(
    "deskstream_outbox_oldest_age_seconds", "How long the oldest of them has waited; 0: none does."
)
HELD_ROWS = Gauge(
    "deskstream_outbox_aside_rows", "Events of topics that Kafka refuses, waiting for a person."
)
HELD_AGE = Gauge(
    "deskstream_outbox_aside_age_seconds",
    "How long the first of these topics has been held back; 0: none is.",
)
WORK_DUE = Gauge("deskstream_work_due", "Pieces of work due and not under way (capped).", ["kind"])
WORK_DUE_OLDEST_AGE = Gauge(
    "deskstream_work_due_oldest_age_seconds",
    "How long the oldest of them has been due; 0: none is.",
    ["kind"],
)
WORK_IN_FLIGHT = Gauge(
    "deskstream_work_in_flight", "Pieces of work that this process performs.", ["kind"]
)
PARKED_TICKETS = Gauge(
    "deskstream_parked_tickets", "Tickets that wait for a person, as their event failed (capped)."
)
PARKED_OLDEST_AGE = Gauge(
    "deskstream_parked_oldest_age_seconds", "How long the oldest of them has waited; 0: none does."
)
LAG_RECORDS = Gauge(
    "deskstream_consumer_lag_records",
    "Records of this process' partitions that are not handled.",
    ["topic"],
)
LAG_SECONDS = Gauge(
    "deskstream_consumer_lag_seconds",
    "How far behind that is in time: the partition that is worst; 0: caught up.",
    ["topic"],
)
LOG_TIME_AGE = Gauge(
    "deskstream_log_time_age_seconds",
    "How far the time of the clocks lies behind; 0: this service has none.",
)
BACKLOG_READ = Gauge(
    "deskstream_backlog_read_timestamp_seconds",
    "When outbox, work and parked tickets were last counted.",
)

# --- what stands still ----------------------------------------------------------------------------

READY = Gauge("deskstream_ready", "1 while this process can answer HTTP: /health/ready.")
WORKING = Gauge("deskstream_working", "1 while its log moves: /health/working.")
PROBLEM_AGE = Gauge(
    "deskstream_trouble_age_seconds",
    "How long a part has had a problem without a break, as /health/working says; 0: it has none.",
    ["part"],
)
HALTED = Gauge(
    "deskstream_consumer_halted",
    "1 while the consumer is halted: too much fails.",
)
HALTED_AGE = Gauge("deskstream_consumer_halted_age_seconds", "Since how long; 0: it is not.")
MISSING_TOPICS = Gauge(
    "deskstream_consumer_missing_topics", "Topics to read that are not there yet."
)
HELD_TOPICS = Gauge(
    "deskstream_consumer_held_topics",
    "Topics that are there and not read: lost or made anew, or not allowed to be read.",
)
REJOINING = Gauge(
    "deskstream_consumer_rejoining",
    "1 while the consumer joins its group again and again: two processes with one instance id do.",
)
LOOP_DELAY_SECONDS = Histogram(
    "deskstream_event_loop_delay_seconds",
    "How late the event loop ran what was due: meanwhile the process did nothing else.",
    buckets=(0.005, 0.025, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0),
)
RELAY_ACTIVE = Gauge(
    "deskstream_relay_active", "1 in the one process of a service that sends its outbox."
)
RELAY_ACK_AGE = Gauge(
    "deskstream_relay_last_ack_age_seconds",
    "Since the broker last acknowledged an event that this process sent; 0: it has sent none.",
)
BREAKERS_OPEN = Gauge(
    "deskstream_circuit_breakers_open", "Circuit breakers that hold calls back now.", ["breaker"]
)
BREAKERS_OPEN_AGE = Gauge(
    "deskstream_circuit_breakers_open_age_seconds",
    "How long at least one of them has been open; 0: none is.",
    ["breaker"],
)


def observe_batch(records: "Sequence[ConsumerRecord[bytes, bytes]]", took_s: float) -> None:
    if not records:
        return
    BATCH_RECORDS.observe(len(records))
    BATCH_SECONDS.observe(took_s)
    oldest_ms = min(record.timestamp for record in records)
    RECORD_AGE_SECONDS.observe(max(0.0, time.time() - oldest_ms / 1000))
