"""Which Kafka runs, and how its download is reported."""

from collections.abc import Callable

KAFKA_VERSION = "4.4.0"

DownloadProgress = Callable[[int, int], None]
"""Called with the jars done and the jars in all."""
