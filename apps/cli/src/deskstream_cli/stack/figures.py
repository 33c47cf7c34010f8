"""The backlog of a service, read from its metrics."""

import http.client
from collections import defaultdict
from dataclasses import dataclass

from prometheus_client.parser import text_string_to_metric_families

from deskstream_localstack.part import LOOPBACK

TIMEOUT_S = 2.0
ANSWER_MAX_BYTES = 4_000_000


@dataclass(frozen=True, slots=True)
class Figures:
    """Events not sent, work due, tickets parked, each with the age of its oldest in seconds."""

    service: str
    outbox_rows: int
    outbox_oldest_age_s: float
    work_due: int
    work_oldest_age_s: float
    parked_tickets: int
    parked_oldest_age_s: float
    dead_letters_since_start: int
    breakers_open: int


def read_figures(service: str, port: int, api_key: str) -> Figures | None:
    """Ask a service on a loopback port; None when it does not answer, or not to this key."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=TIMEOUT_S)
    try:
        connection.request("GET", "/metrics", headers={"Authorization": f"Bearer {api_key}"})
        response = connection.getresponse()
        if response.status != http.HTTPStatus.OK:
            return None
        return figures_of(service, response.read(ANSWER_MAX_BYTES).decode())
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        connection.close()


def figures_of(service: str, text: str) -> Figures:
    """The few that matter, over all labels: numbers added up, of ages the greatest."""
    found: dict[str, list[float]] = defaultdict(lambda: [0.0])
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found[sample.name].append(sample.value)
    return Figures(
        service=service,
        outbox_rows=int(sum(found["deskstream_outbox_rows"])),
        outbox_oldest_age_s=max(found["deskstream_outbox_oldest_age_seconds"]),
        work_due=int(sum(found["deskstream_work_due"])),
        work_oldest_age_s=max(found["deskstream_work_due_oldest_age_seconds"]),
        parked_tickets=int(sum(found["deskstream_parked_tickets"])),
        parked_oldest_age_s=max(found["deskstream_parked_oldest_age_seconds"]),
        dead_letters_since_start=int(sum(found["deskstream_records_dead_lettered_total"])),
        breakers_open=int(sum(found["deskstream_circuit_breakers_open"])),
    )
