"""Ports are the remembered ones, else the usual ones, else free ones."""

import socket

from deskstream_cli.stack.port_plan import USUAL_PORTS, choose_ports
from deskstream_localstack.ports import free_ports, is_free


def test_every_name_gets_a_port_of_its_own() -> None:
    ports = choose_ports({})

    assert set(ports) == set(USUAL_PORTS)
    assert len(set(ports.values())) == len(USUAL_PORTS)


def test_a_remembered_port_is_kept_while_it_is_free() -> None:
    (remembered,) = free_ports(1)

    assert choose_ports({"gateway": remembered})["gateway"] == remembered


def test_a_taken_port_is_replaced_by_a_free_one() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]

        chosen = choose_ports({"gateway": taken})["gateway"]

        assert chosen != taken
        assert is_free(chosen)
