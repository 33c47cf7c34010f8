"""The broker's jars: resolved from Maven Central once, then read from the user's cache."""

from pathlib import Path

from filelock import FileLock

from deskstream_localstack.cache import cache_dir
from deskstream_localstack.kafka_version import KAFKA_VERSION, DownloadProgress

WAIT_FOR_OTHER_DOWNLOAD_S = 600


def kafka_jars(progress: DownloadProgress | None = None) -> tuple[Path, ...]:
    """Return the jars of the broker in a stable order, downloading them the first time.

    `progress` is called during a download, and not at all otherwise. Raises LocalStackError when
    the download fails; nothing half-downloaded is kept.
    """
    home = cache_dir() / f"kafka-{KAFKA_VERSION}"
    jars_dir = home / "jars"
    if not jars_dir.exists():
        home.mkdir(exist_ok=True)
        with FileLock(home / "download.lock", timeout=WAIT_FOR_OTHER_DOWNLOAD_S):
            if not jars_dir.exists():
                # The resolver takes half a second to import and is needed once per machine.
                from deskstream_localstack.kafka_download import download  # noqa: PLC0415

                download(jars_dir, progress)
    return tuple(sorted(jars_dir.glob("*.jar")))
