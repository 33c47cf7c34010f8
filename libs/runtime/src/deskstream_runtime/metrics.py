"""Prometheus metrics of the delivery runtime, each named and described once."""

from prometheus_client import Counter, Gauge, Histogram

_LATENCY_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

RECORDS_HANDLED = Counter("desk_records_handled", "Records whose effects are committed.", ["topic"])
RECORDS_DEAD = Counter(
    "desk_records_dead_lettered", "Records set aside for good.", ["topic", "reason"]
)
RECORDS_PARKED = Counter("desk_records_parked", "Records of parked tickets.", ["topic"])
PARKED_TICKETS = Gauge("deskstream_parked_tickets", "Tickets that wait for a person's replay.")
BATCHES_FAILED = Counter("desk_batches_failed", "Batches rolled back, by kind of error.", ["error"])
TRANSIENT_FAILURES = Counter(
    "deskstream_transient_failures",
    "What failed and was tried again, by the part that met it and the kind of error.",
    ["part", "error"],
)
BATCH_RECORDS = Histogram(
    "desk_batch_records", "Records in a batch.", buckets=(1, 2, 5, 10, 20, 50, 100, 200, 500)
)
BATCH_SECONDS = Histogram(
    "desk_batch_seconds", "From a batch's arrival to its commit.", buckets=_LATENCY_S
)
RECORD_AGE_SECONDS = Histogram(
    "desk_record_age_seconds",
    "From a record's time in the log to its commit here (the oldest of each batch).",
    buckets=(*_LATENCY_S, 30.0, 60.0, 300.0, 3600.0),
)
OUTBOX_RELAYED = Counter("desk_outbox_relayed", "Outbox rows the broker has acknowledged.")
OUTBOX_FAILED = Counter("desk_outbox_failed", "Relay rounds that failed.", ["error"])
WORK_FINISHED = Counter("desk_work_finished", "Pieces of work settled.", ["kind"])
WORK_FAILED = Counter("desk_work_failed", "Attempts that failed.", ["kind", "error"])
WORK_IN_FLIGHT = Gauge("desk_work_in_flight", "Pieces of work being performed.", ["kind"])
HTTP_SECONDS = Histogram(
    "desk_http_seconds",
    "Time to answer a request.",
    ["method", "route", "status"],
    buckets=_LATENCY_S,
)
