"""Which port everything listens on: the one of last time, else the usual one, else a free one."""

from collections.abc import Mapping

from deskstream_localstack.ports import free_ports, is_free

USUAL_PORTS: Mapping[str, int] = {
    "gateway": 8080,
    "ingest": 8101,
    "ai": 8102,
    "escalation": 8103,
    "notify": 8104,
    "projection": 8105,
    "kafka": 9092,
    "kafka_controller": 9093,
    "postgres": 54320,
    "valkey": 6380,
    "smtp": 1025,
    "catcher": 8025,
    "supervisor": 9001,
}


def choose_ports(remembered: Mapping[str, int]) -> dict[str, int]:
    """Return a port for every name of USUAL_PORTS; `remembered` are those of the last start.

    A remembered port is kept while it is free, so that bookmarks and open clients stay right.
    """
    wanted = {name: remembered.get(name, usual) for name, usual in USUAL_PORTS.items()}
    taken = taken_ports(wanted)
    return wanted | dict(zip(taken, free_ports(len(taken)), strict=True))


def taken_ports(ports: Mapping[str, int]) -> list[str]:
    """Name those of these ports on which somebody listens."""
    return [name for name, port in ports.items() if not is_free(port)]
