"""Trains the broker's ahead-of-time cache, once per machine.

Run it with `python -m deskstream_localstack.kafka_aot`. A cache is kept only
after a trial start with it has succeeded.
"""

import asyncio
import logging
import os
import subprocess
import tempfile
from dataclasses import replace
from pathlib import Path

from filelock import FileLock, Timeout

from deskstream_localstack.kafka import prepare_kafka
from deskstream_localstack.kafka_jars import kafka_jars
from deskstream_localstack.kafka_jvm import JVM_ENV, aot_cache_path, java_argv
from deskstream_localstack.kafka_version import KAFKA_VERSION
from deskstream_localstack.kafka_warm_up import warm_up
from deskstream_localstack.part import LOOPBACK, LocalStackError
from deskstream_localstack.ports import free_ports
from deskstream_localstack.process import PartProcess

TRAINING_BURST_S = 1.0
ASSEMBLY_TIMEOUT_S = 120.0
TRIAL_TIMEOUT_S = 30.0

log = logging.getLogger(__name__)


def train_aot_cache() -> Path:
    """Train the cache with a broker of its own under some traffic; return its path.

    Takes about ten seconds of one core. Does nothing when the cache exists. Raises LocalStackError
    when the trained cache does not pass its trial start; it is not kept then.
    """
    path = aot_cache_path()
    with FileLock(path.with_suffix(".lock"), timeout=0):
        if not path.exists():
            with tempfile.TemporaryDirectory(dir=path.parent, prefix="training-") as scratch:
                trained = Path(scratch) / path.name
                _run_training_broker(Path(scratch), trained)
                _check_it_starts(trained)
                trained.rename(path)
    return path


def _run_training_broker(scratch: Path, trained: Path) -> None:
    port, controller_port = free_ports(2)
    part = prepare_kafka(scratch / "kafka", port, controller_port)
    java = java_argv(kafka_jars(), f"-XX:AOTCacheOutput={trained}")
    main_class_and_config = part.argv[-2:]
    training = replace(
        part,
        name="kafka-training",
        argv=(*java, *main_class_and_config),
        repair=lambda: False,
    )
    broker = PartProcess(training, scratch / "training.log")
    try:
        broker.start()
        asyncio.run(warm_up({"bootstrap_servers": f"{LOOPBACK}:{port}"}, TRAINING_BURST_S))
    finally:
        # The JVM writes the cache when it ends, in a second process of its own.
        broker.stop(ASSEMBLY_TIMEOUT_S)


def _check_it_starts(trained: Path) -> None:
    command = [*java_argv(kafka_jars(), f"-XX:AOTCache={trained}", "-XX:AOTMode=on")]
    result = subprocess.run(  # noqa: S603 - our own Java and files
        [*command, "kafka.Kafka", "--version"],
        env=os.environ | JVM_ENV,
        capture_output=True,
        text=True,
        timeout=TRIAL_TIMEOUT_S,
        check=False,
    )
    if result.returncode != 0 or KAFKA_VERSION not in result.stdout:
        raise LocalStackError(
            f"The trained AOT cache failed its trial start and was dropped:\n{result.stderr}"
        )


def main() -> None:
    """Train the cache unless someone else is doing so already."""
    try:
        path = train_aot_cache()
    except Timeout:
        log.info("Another process is training the cache.")
    else:
        log.info("The broker's AOT cache is at %s.", path)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    main()
