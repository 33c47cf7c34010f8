"""The toy service as a process of its own, to be killed, frozen and stopped."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deskstream_runtime.settings import ServiceSettings

_TOY = Path(__file__).with_name("runtime_toy.py")


class ToyProcess:
    """A running process and its log."""

    def __init__(self, settings: ServiceSettings, log: Path, **environment: str) -> None:
        self.log = log
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, str(_TOY)],
                env=os.environ | _environment(settings) | environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    @property
    def ready(self) -> bool:
        """Whether it has begun to read the log."""
        return "consumer.positioned" in self.log.read_text()

    def send(self, number: signal.Signals) -> None:
        """Sends a signal."""
        self._process.send_signal(number)

    def ended(self) -> bool:
        """Whether it is gone."""
        return self._process.poll() is not None

    def exit_code(self, within_s: float = 20.0) -> int:
        """Waits for its end."""
        return self._process.wait(within_s)

    def kill(self) -> None:
        """Kill -9."""
        self._process.kill()
        self._process.wait()


@contextmanager
def toy_process(settings: ServiceSettings, log: Path, **environment: str) -> Iterator[ToyProcess]:
    """Runs the toy; kills what is left of it at the end."""
    process = ToyProcess(settings, log, **environment)
    try:
        yield process
    finally:
        process.kill()


def _environment(settings: ServiceSettings) -> dict[str, str]:
    return {
        "DESK_POSTGRES_DSN": settings.postgres.dsn.get_secret_value(),
        "DESK_KAFKA_BOOTSTRAP": settings.kafka.bootstrap,
        "DESK_KAFKA_SESSION_TIMEOUT_MS": str(settings.kafka.session_timeout_ms),
        "DESK_VALKEY_URL": settings.valkey_url.get_secret_value(),
        "DESK_HTTP_PORT": str(settings.http_port),
        "DESK_API_KEYS_FILE": settings.api_keys_file,
        "DESK_DRAIN_TIMEOUT_S": str(settings.drain_timeout_s),
    }
