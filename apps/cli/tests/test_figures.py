"""The few figures of a service that `desk status` shows."""

import re
from pathlib import Path

from prometheus_client import REGISTRY

import deskstream_runtime.observability.metrics  # noqa: F401  (registers them)
from deskstream_cli.stack import figures
from deskstream_cli.stack.figures import Figures, figures_of, read_figures
from deskstream_localstack.ports import free_ports

METRICS = """
# TYPE deskstream_outbox_rows gauge
deskstream_outbox_rows 3.0
# TYPE deskstream_outbox_oldest_age_seconds gauge
deskstream_outbox_oldest_age_seconds 12.5
# TYPE deskstream_work_due gauge
deskstream_work_due{kind="a"} 2.0
deskstream_work_due{kind="b"} 5.0
# TYPE deskstream_work_due_oldest_age_seconds gauge
deskstream_work_due_oldest_age_seconds{kind="a"} 60.0
deskstream_work_due_oldest_age_seconds{kind="b"} 4.0
# TYPE deskstream_records_dead_lettered counter
deskstream_records_dead_lettered_total{reason="rejected",topic="t"} 4.0
# TYPE deskstream_circuit_breakers_open gauge
deskstream_circuit_breakers_open{breaker="host"} 1.0
"""


def test_numbers_are_added_up_and_of_ages_the_greatest_counts() -> None:
    assert figures_of("notify", METRICS) == Figures("notify", 3, 12.5, 7, 60.0, 0, 0.0, 4, 1)


def test_who_does_not_answer_tells_nothing() -> None:
    [port] = free_ports(1)
    assert read_figures("ai", port, "key") is None


def test_every_name_is_one_of_the_metrics() -> None:
    known = {family.name for family in REGISTRY.collect()}
    text = Path(figures.__file__).read_text()
    asked = {name.removesuffix("_total") for name in re.findall(r'"(deskstream_\w+)"', text)}
    assert len(asked) == 8
    assert asked <= known
