"""On a shared machine Kafka and Valkey ask for a login; elsewhere they do not."""

import socket
from collections.abc import Mapping

import psutil
import pytest

from deskstream_cli.stack.errors import StackError
from deskstream_cli.stack.login import choose_login, kafka_environment, valkey_url
from deskstream_cli.stack.state import Login
from deskstream_cli.stack.supervisor import supervisor_of
from deskstream_cli.testing import Desk
from deskstream_localstack.kafka import KafkaLogin, has_live_broker
from deskstream_localstack.part import LOOPBACK

KNOWN = Login(username="kim", password="known")
SASL = {"DESK_KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT"}


def test_nobody_asks_unless_told_to() -> None:
    assert choose_login(None, {}) is None
    assert kafka_environment(None)["DESK_KAFKA_SECURITY_PROTOCOL"] == "PLAINTEXT"
    assert valkey_url(6380, None) == "redis://127.0.0.1:6380/0"


def test_what_was_closed_stays_closed_until_it_is_opened() -> None:
    assert choose_login(KNOWN, {}) == KNOWN
    assert choose_login(KNOWN, SASL) == KNOWN
    assert choose_login(KNOWN, {"DESK_KAFKA_SECURITY_PROTOCOL": "PLAINTEXT"}) is None


def test_what_is_not_given_is_made_up() -> None:
    made, other = choose_login(None, SASL), choose_login(None, SASL)
    assert made is not None
    assert other is not None
    assert made.username == "desk"
    assert len(made.password) >= 32
    assert made.password != other.password
    given = {"DESK_KAFKA_SECURITY_USERNAME": "ann", "DESK_KAFKA_SECURITY_PASSWORD": "pass.word"}
    assert choose_login(KNOWN, SASL | given) == Login(username="ann", password="pass.word")
    assert "known" not in repr(KNOWN)


@pytest.mark.parametrize(
    ("environment", "says"),
    [
        ({"DESK_KAFKA_SECURITY_PROTOCOL": "SASL_SSL"}, "not SASL_SSL"),
        ({"DESK_KAFKA_SECURITY_PROTOCOL": "on"}, "not on"),
        (SASL | {"DESK_KAFKA_SECURITY_MECHANISM": "SCRAM-SHA-256"}, "SCRAM-SHA-256"),
        (SASL | {"DESK_KAFKA_SECURITY_PASSWORD": 'a"b'}, "DESK_KAFKA_SECURITY_PASSWORD: "),
        (SASL | {"DESK_KAFKA_SECURITY_USERNAME": "a b"}, "DESK_KAFKA_SECURITY_USERNAME: "),
    ],
)
def test_what_a_local_stack_cannot_do_is_refused(environment: Mapping[str, str], says: str) -> None:
    with pytest.raises(StackError) as caught:
        choose_login(None, environment)
    assert says in str(caught.value)
    assert 'a"b' not in str(caught.value)


def test_a_closed_stack_lets_in_only_who_has_the_login(desk: Desk) -> None:
    up = desk.run("up", **SASL)
    assert up.returncode == 0, up.stdout + up.stderr
    state = desk.state()
    assert state.login is not None
    kafka = state.ports["kafka"]

    login = KafkaLogin(state.login.username, state.login.password)
    assert has_live_broker(kafka, login)
    assert not has_live_broker(kafka)
    assert _valkey_says(state.ports["valkey"], "GET x").startswith("-NOAUTH")
    assert _valkey_says(state.ports["valkey"], f"AUTH {login.password}") == "+OK\r\n"
    assert state.login.password not in up.stdout + up.stderr

    assert "as they should be" in desk.run("topics", "apply").stdout
    assert desk.run("status").returncode == 0
    assert desk.run("dead-letters", "list").returncode == 0
    again = desk.run("up")
    assert again.returncode == 0
    assert "restarting" not in again.stdout
    supervisor = supervisor_of(desk.folder, state)
    assert supervisor is not None
    for process in supervisor.processes().values():
        assert login.password not in " ".join(psutil.Process(process.pid).cmdline())


def _valkey_says(port: int, command: str) -> str:
    with socket.create_connection((LOOPBACK, port), timeout=5) as connection:
        connection.sendall(f"{command}\r\n".encode())
        return connection.recv(100).decode()
