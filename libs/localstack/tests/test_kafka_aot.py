"""The ahead-of-time cache is trained by itself and can never keep the broker from starting."""

from pathlib import Path

import pytest

from deskstream_localstack.cache import cache_dir
from deskstream_localstack.kafka import prepare_kafka
from deskstream_localstack.kafka_aot import train_aot_cache
from deskstream_localstack.kafka_jars import kafka_jars
from deskstream_localstack.kafka_jvm import aot_cache_path, discard_aot_cache
from deskstream_localstack.kafka_version import KAFKA_VERSION
from deskstream_localstack.ports import free_ports
from deskstream_localstack.process import PartProcess


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder of the test's own, with the jars and without a trained cache."""
    jars = kafka_jars()[0].parent
    own = tmp_path / "cache" / f"kafka-{KAFKA_VERSION}"
    own.mkdir(parents=True)
    (own / "jars").symlink_to(jars, target_is_directory=True)
    monkeypatch.setenv("DESK_CACHE_DIR", str(tmp_path / "cache"))
    return cache_dir()


@pytest.mark.usefixtures("servers", "own_cache")
def test_a_damaged_cache_is_dropped_and_the_broker_starts(tmp_path: Path) -> None:
    path = train_aot_cache()
    assert path == aot_cache_path()
    # The header stays whole, so that the JVM believes the file and crashes on what follows.
    with path.open("r+b") as cache:
        cache.seek(20_000_000)
        cache.write(b"\xff" * 10_000_000)
    broker = _broker(tmp_path)

    try:
        broker.start()

        assert broker.part.is_ready()
    finally:
        broker.stop()


@pytest.mark.usefixtures("servers", "own_cache")
def test_a_file_that_is_no_cache_is_ignored(tmp_path: Path) -> None:
    aot_cache_path().write_bytes(b"not a cache")
    broker = _broker(tmp_path)

    try:
        broker.start()

        assert broker.part.is_ready()
        assert discard_aot_cache()
        assert not discard_aot_cache()
    finally:
        broker.stop()


def _broker(folder: Path) -> PartProcess:
    port, controller_port = free_ports(2)
    part = prepare_kafka(folder / "kafka", port, controller_port)
    return PartProcess(part, folder / "kafka.log")
