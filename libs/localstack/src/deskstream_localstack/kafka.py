"""One Kafka node in KRaft mode, small enough for a laptop.

The settings are those of the runtime trials: little memory, and back two seconds after a kill
instead of twelve.
"""

import base64
import os
import socket
import struct
import subprocess
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiokafka.protocol.admin import SaslAuthenticateRequest_v0, SaslHandShakeRequest_v1
from aiokafka.protocol.metadata import MetadataRequest_v1, MetadataResponse_v1

from deskstream_localstack.kafka_jars import kafka_jars
from deskstream_localstack.kafka_jvm import (
    JVM_ENV,
    aot_cache_flags,
    discard_aot_cache,
    java_argv,
)
from deskstream_localstack.kafka_version import KAFKA_VERSION, DownloadProgress
from deskstream_localstack.part import LOOPBACK, LocalStackError, StackPart

BROKER_SETTINGS = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "auto.create.topics.enable": "false",
    # A broker killed and started again is refused until its old session has run out.
    "broker.session.timeout.ms": "1000",
    "broker.heartbeat.interval.ms": "200",
    # Consumer groups here have one member each at first: there is nobody to wait for.
    "group.initial.rebalance.delay.ms": "0",
    "num.network.threads": "2",
    "num.io.threads": "4",
    "background.threads": "2",
    "log.cleaner.threads": "1",
    # The default takes 128 MB, all of the heap.
    "log.cleaner.dedupe.buffer.size": "4194304",
    "group.coordinator.threads": "1",
    "offsets.topic.num.partitions": "2",
    "offsets.topic.replication.factor": "1",
    "transaction.state.log.num.partitions": "2",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "share.coordinator.threads": "1",
    "share.coordinator.state.topic.num.partitions": "2",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
}

FORMAT_TIMEOUT_S = 60


@dataclass(frozen=True, slots=True)
class KafkaLogin:
    """The one user of a broker that asks for a login; neither word needs quoting."""

    username: str
    password: str = field(repr=False)


def prepare_kafka(
    data_dir: Path,
    port: int,
    controller_port: int,
    progress: DownloadProgress | None = None,
    login: KafkaLogin | None = None,
) -> StackPart:
    """Return a broker that listens on `port`, its storage formatted under `data_dir`.

    It accepts anyone, or with a login that user alone (SASL PLAIN). Downloads the jars the first
    time (`progress` as in `kafka_jars`). Raises LocalStackError when the download or the format
    fails.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    java = java_argv(kafka_jars(progress), *aot_cache_flags())
    config = write_config(data_dir.resolve(), port, controller_port, login)
    format_storage(java, config, data_dir.resolve())
    return StackPart(
        name="kafka",
        version=KAFKA_VERSION,
        port=port,
        argv=(*java, "kafka.Kafka", str(config)),
        env=JVM_ENV,
        is_ready=lambda: has_live_broker(port, login),
        repair=discard_aot_cache,
    )


def write_config(data_dir: Path, port: int, controller_port: int, login: KafkaLogin | None) -> Path:
    """Write `server.properties` for these ports and return its path."""
    protocol = "SASL_PLAINTEXT" if login else "PLAINTEXT"
    listeners = f"{protocol}://{LOOPBACK}:{port},CONTROLLER://{LOOPBACK}:{controller_port}"
    settings = (
        BROKER_SETTINGS
        | _login_settings(login)
        | {
            "listeners": listeners,
            "advertised.listeners": listeners,
            "controller.quorum.bootstrap.servers": f"{LOOPBACK}:{controller_port}",
            "log.dirs": str(data_dir / "log"),
        }
    )
    config = data_dir / "server.properties"
    # It may hold a password: nobody else can read it before it is written.
    config.touch(mode=0o600)
    config.chmod(0o600)
    config.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
    return config


def _login_settings(login: KafkaLogin | None) -> dict[str, str]:
    """Return the settings by which both listeners ask for a login, the broker's own too."""
    if login is None:
        return {}
    module = (
        "org.apache.kafka.common.security.plain.PlainLoginModule required "
        f'username="{login.username}" password="{login.password}" '
        f'user_{login.username}="{login.password}";'
    )
    return {
        "listener.security.protocol.map": (
            "SASL_PLAINTEXT:SASL_PLAINTEXT,CONTROLLER:SASL_PLAINTEXT"
        ),
        "sasl.enabled.mechanisms": "PLAIN",
        "sasl.mechanism.controller.protocol": "PLAIN",
        "sasl.mechanism.inter.broker.protocol": "PLAIN",
        "security.inter.broker.protocol": "SASL_PLAINTEXT",
        "listener.name.sasl_plaintext.plain.sasl.jaas.config": module,
        "listener.name.controller.plain.sasl.jaas.config": module,
    }


def format_storage(java: tuple[str, ...], config: Path, data_dir: Path) -> None:
    """Format the log folder unless that has been done before.

    `meta.properties` is the last file the tool writes: a format that was cut off is done again.
    """
    if (data_dir / "log" / "meta.properties").exists():
        return
    result = _run_format(java, config)
    if result.returncode != 0 and discard_aot_cache():
        result = _run_format(java, config)
    if result.returncode != 0:
        raise LocalStackError(
            f"Kafka's storage in {data_dir} could not be formatted:\n{result.stdout}{result.stderr}"
        )


def new_cluster_id() -> str:
    """A random id in Kafka's own form; as Kafka's, never one that looks like an option."""
    while True:
        cluster_id = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        if not cluster_id.startswith("-"):
            return cluster_id


def _run_format(java: tuple[str, ...], config: Path) -> subprocess.CompletedProcess[str]:
    cluster_id = new_cluster_id()
    tool = ("kafka.tools.StorageTool", "format", "--standalone", "--ignore-formatted")
    return subprocess.run(  # noqa: S603 - our own Java and files
        [*java, *tool, "--cluster-id", cluster_id, "--config", str(config)],
        env=os.environ | JVM_ENV,
        capture_output=True,
        text=True,
        timeout=FORMAT_TIMEOUT_S,
        check=False,
    )


def has_live_broker(port: int, login: KafkaLogin | None = None) -> bool:
    """Say whether the node on `port` lists a live broker within a second.

    An open port is not enough: the broker listens before the controller lets it serve, and lists
    itself in the metadata only from then on.
    """
    try:
        with socket.create_connection((LOOPBACK, port), timeout=1.0) as connection:
            if login:
                _ask(connection, SaslHandShakeRequest_v1("PLAIN"))
                words = f"\0{login.username}\0{login.password}".encode()
                _ask(connection, SaslAuthenticateRequest_v0(words))
            reply = _ask(connection, MetadataRequest_v1([]))
    except (OSError, struct.error):
        return False
    return bool(MetadataResponse_v1.decode(reply).brokers)


def _ask(connection: socket.socket, request: Any) -> bytes:
    """Send one request and return its answer, behind its correlation id."""
    message = request.build_request_header(1, "ready").encode() + request.encode()
    connection.sendall(struct.pack(">i", len(message)) + message)
    stream = connection.makefile("rb")
    (size_bytes,) = struct.unpack(">i", stream.read(4))
    answer = stream.read(size_bytes)
    correlation_id_bytes = 4
    return bytes(answer[correlation_id_bytes:])
